# With the course's interventions, and an einsum for the attention.
from glasslab.interventions import run_with, swap_pattern


def without_part(model, tokens, labels, part, token):
    _, cache = model.run_with_cache(tokens)
    scores = torch.log(cache["blocks.0.attn.hook_pattern"]) - part
    pattern = torch.softmax(scores, dim=-1)
    scored = (labels >= 0).float()
    right = (run_with(model, tokens, swap_pattern(pattern)).argmax(-1) == labels).float()
    hits = (tokens == token).float()
    attention = torch.einsum("bhqk,bk,bq->h", pattern, hits, scored) / scored.sum()
    return {"accuracy": (right * scored).sum() / scored.sum(), "attention": attention}
