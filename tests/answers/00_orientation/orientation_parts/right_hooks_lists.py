# hooks that collect what passes by, given back as plain lists
def four_parts(model, tokens, position):
    found = {}
    hooks = {
        "token": "hook_embed",
        "position": "hook_pos_embed",
        "head": "blocks.0.attn.hook_out",
        "neurons": "blocks.0.mlp.hook_out",
    }

    def keep(key):
        def hook_function(activation, hook):
            found[key] = activation[:, position].tolist()

        return hook_function

    model.run_with_hooks(tokens, fwd_hooks=[(name, keep(key)) for key, name in hooks.items()])
    return found
