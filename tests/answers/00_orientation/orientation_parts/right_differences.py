# what the stream gains from one place to the next
def four_parts(model, tokens, position):
    _, cache = model.run_with_cache(tokens)
    start, middle, end = (
        cache[f"blocks.0.hook_resid_{where}"][:, position].double()
        for where in ("pre", "mid", "post")
    )
    token = model.W_E[tokens[:, position]].double()
    return {
        "token": token,
        "position": start - token,
        "head": middle - start,
        "neurons": end - middle,
    }
