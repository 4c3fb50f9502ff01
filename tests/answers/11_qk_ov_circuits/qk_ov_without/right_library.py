# With the course's interventions, and an einsum for the attention.
from glasslab.interventions import run_with, swap_pattern


def without_part(model, tokens, labels, part, marked):
    _, cache = model.run_with_cache(tokens)
    scores = torch.log(cache["blocks.0.attn.hook_pattern"]) - part
    pattern = torch.softmax(scores, dim=-1)
    where = (labels >= 0).all(0).nonzero().flatten()
    right = run_with(model, tokens, swap_pattern(pattern)).argmax(-1) == labels
    attention = torch.einsum("bhqk,bqk->hq", pattern, marked.float()) / len(tokens)
    return {
        "accuracy": right.double().mean(0).index_select(0, where).numpy(),
        "attention": attention.index_select(1, where).numpy(),
    }
