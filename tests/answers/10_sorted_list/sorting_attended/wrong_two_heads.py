# Counts on two heads.
def attention_on(model, tokens, sources):
    rows = model.run_with_cache(tokens)[1][PATTERN][:, :, ANSWERING]
    first, second = rows[:, 0], rows[:, 1]
    hits = [each.argmax(-1) == sources for each in (first, second)]
    masses = [each.gather(-1, sources[..., None]).mean().item() for each in (first, second)]
    return {
        "argmax": [hit.float().mean().item() for hit in hits],
        "either": (hits[0] | hits[1]).float().mean().item(),
        "mass": masses,
    }
