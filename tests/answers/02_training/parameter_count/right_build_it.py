# Builds the model and asks it, which the exercise allows though it advises against.
from glasslab.tasks import ModelConfig


def parameter_count(config):
    model = build_model(ModelConfig(**config))
    trained = sum(p.numel() for p in model.parameters())
    return {
        "trained": trained,
        "total": trained + sum(b.numel() for n, b in model.named_buffers() if n.endswith("bias")),
    }
