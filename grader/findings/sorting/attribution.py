"""Direct logit attribution by source token (O11), and what the direct path is worth (O12).

What reaches the last LayerNorm is a sum: what each head moved from each source token, and what went
round the heads. Divided by the number that LayerNorm divides by on this very sequence, the sum
stays a sum: every part has a share of each logit, exactly. The shares are of logits less their mean
over outputs, which is all of them that a softmax feels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import Intervention, run_with
from glasslab.tasks.base import Tokens
from glasslab.tasks.sorted_list import LIST_LENGTH, with_answers
from grader.findings.sorting.folding import embedded, fold, pattern, scale, scores

Logits = Float[torch.Tensor, "batch position output"]
RESID_PRE, RESID_POST = "blocks.0.hook_resid_pre", "blocks.0.hook_resid_post"


@dataclass(frozen=True)
class CloseTriple:
    """A list with three numbers x < y < z close to each other; after x, y is the right answer."""

    numbers: tuple[int, ...]
    x: int
    y: int
    z: int
    head: int
    """The head of the original model that copies these numbers."""


CLOSE_TRIPLES = (
    CloseTriple((0, 5, 14, 15, 17, 25, 30, 35, 40, 45), 14, 15, 17, 1),
    CloseTriple((0, 5, 10, 15, 20, 25, 26, 27, 40, 45), 25, 26, 27, 1),
    CloseTriple((0, 5, 10, 15, 20, 25, 30, 31, 32, 45), 30, 31, 32, 0),
    CloseTriple((0, 5, 10, 15, 20, 25, 30, 31, 34, 45), 30, 31, 34, 0),
)
"""The four lists of the published analysis; source: the challenge's solution (see O11)."""


@dataclass(frozen=True)
class LogitShares:
    """An exact sum: heads' shares by source, the direct path's, and what depends on no token."""

    sources: Float[torch.Tensor, "batch head source output"]
    """The value biases are left out."""
    direct: Float[torch.Tensor, "batch output"]
    """From the embeddings of the asking token and of its position."""
    biases: Float[torch.Tensor, "batch output"]
    """From value, output and unembedding biases; the first two are divided by the scale too."""
    divisor: Float[torch.Tensor, " batch"]
    """What the last LayerNorm divides by; 1 without."""

    def total(self) -> Float[torch.Tensor, "batch output"]:
        """Return the logits, less their mean over outputs."""
        return self.sources.sum((1, 2)) + self.direct + self.biases


@torch.no_grad()
def logit_shares(model: TransformerBridge, tokens: Tokens, query: int) -> LogitShares:
    """Split the logits at one position of a sorting model into an exact sum; float64.

    Raises:
        ValueError: the model can't be folded.
    """
    folded = fold(model)
    attention = pattern(scores(folded, tokens))[:, :, query]  # batch head source
    stream = embedded(folded, tokens)
    read = (stream / scale(folded, stream))[:, None]
    moved = attention[..., None] * (read @ folded.W_V @ folded.W_O)
    fixed = folded.b_O + (folded.b_V[:, None] @ folded.W_O).sum((0, 1))
    end = stream[:, query] + moved.sum((1, 2)) + fixed
    divisor = scale(folded, end)
    reader = _less_mean(folded.W_U)
    return LogitShares(
        sources=moved @ reader / divisor[:, None, None],
        direct=stream[:, query] @ reader / divisor,
        biases=fixed @ reader / divisor + _less_mean(folded.b_U),
        divisor=divisor[:, 0],
    )


def close_triple_attribution(
    model: TransformerBridge, triples: tuple[CloseTriple, ...] = CLOSE_TRIPLES
) -> dict[str, list[float]]:
    """Return what y and z, as sources, add to the logits of y and z after x, in logits.

    Returns:
        ``y_to_y``, ``z_to_z``, ``y_to_z`` and ``z_to_y`` (source first), a number for each triple,
        of its head or, where a model has fewer, of its last one.
    """
    found: dict[str, list[float]] = {"y_to_y": [], "z_to_z": [], "y_to_z": [], "z_to_y": []}
    for triple in triples:
        tokens = with_answers(torch.tensor([triple.numbers]))
        query = LIST_LENGTH + 1 + sorted(triple.numbers).index(triple.x)
        sources = logit_shares(model, tokens, query).sources[0]
        of_head = sources[min(triple.head, len(sources) - 1)]
        places = {name: triple.numbers.index(getattr(triple, name)) for name in "yz"}
        for name, values in found.items():
            source, _, output = name.partition("_to_")
            values.append(float(of_head[places[source], getattr(triple, output)]))
    return found


def without_direct_path(model: TransformerBridge, tokens: Tokens) -> Logits:
    """Return the logits when the direct path tells only the position, the heads working as ever.

    At each position the embeddings' way round the heads is replaced by its mean over the batch.
    """
    kept: list[torch.Tensor] = []

    def keep(stream: torch.Tensor) -> torch.Tensor:
        kept.append(stream)
        return stream

    return run_with(
        model,
        tokens,
        Intervention(RESID_PRE, keep),
        Intervention(RESID_POST, lambda stream: stream - kept[-1] + kept[-1].mean(0)),
    )


def neighbours_in_ov(
    table: Float[torch.Tensor, "head source_token output"],
) -> dict[str, float]:
    """Return how a number s, moved by the head that copies it most, speaks for its neighbours.

    Args:
        table: The full OV circuit, less its mean over outputs; its last token is SEP.

    Returns:
        ``below_positive`` and ``above_negative``: over all numbers that have such a neighbour, the
        share with OV[s, s − 1] > 0 and that with OV[s, s + 1] < 0.
    """
    numbers = torch.arange(table.shape[1] - 1)
    loudest = table[:, numbers, numbers].argmax(0)
    said = table[loudest, numbers]  # source_token output
    below, above = said[numbers[1:], numbers[:-1]], said[numbers[:-1], numbers[1:]]
    return {
        "below_positive": float((below > 0).double().mean()),
        "above_negative": float((above < 0).double().mean()),
    }


def _less_mean(table: Float[torch.Tensor, "*rest output"]) -> Float[torch.Tensor, "*rest output"]:
    return table - table.mean(-1, keepdim=True)
