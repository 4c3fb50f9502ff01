"""TransformerLens, loaded without what makes it slow to load and is of no use here.

Packages that the course has no need of stay unloaded until someone has (`glasslab.unneeded`). And
Python's garbage collector sleeps. Loading makes most of a million objects, nearly all of which
stay. The collector would look through them again and again, and find next to nothing: a quarter to
a third of the time, more than a second where all takes five. Afterwards what is there counts as
permanent, so that it isn't looked through later either.

Modules that learners' cells import first take TransformerLens from here.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from glasslab.unneeded import put_off


@contextmanager
def _uncollected() -> Iterator[None]:
    """Pause the collector, and then spare it what was made meanwhile."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


with _uncollected(), put_off():
    from transformer_lens.config import TransformerBridgeConfig
    from transformer_lens.model_bridge import TransformerBridge
    from transformer_lens.utilities.tl_checkpoint_conversion import convert_tl_checkpoint

__all__ = ["TransformerBridge", "TransformerBridgeConfig", "convert_tl_checkpoint"]
