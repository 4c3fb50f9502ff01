# Runs one list at a time.
def look_only_at(model, tokens, sources):
    answers = []
    for row, places in zip(tokens, sources):

        def swap(pattern, hook, places=places):
            pattern = pattern.clone()
            pattern[:, :, 10:20] = torch.eye(pattern.shape[-1])[places]
            return pattern

        answers.append(model.run_with_hooks(row[None], fwd_hooks=[(PATTERN, swap)])[0, 10:20])
    return torch.stack(answers)
