"""The responder: runs in the learner's kernel, keeps what was handed in, and answers questions.

It stands alone inside the walls as `glasslab_responder`. The learner can change all of it, so
nothing that it says is believed: it only spares honest answers a wrong turn.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from glasslab import wire

MIME = "application/x.glasslab-answer+json"
NOTHING = object()
_kept: dict[str, Any] = {}


def prepare() -> None:
    """Import what models need, which takes seconds: no question's time should pay for it."""
    import glasslab.models  # noqa: F401


def hang(pictures: str) -> None:
    """Hang sealed pictures, as `publish_gallery` told them, where drawing looks first."""
    from glasslab.views import GALLERY

    GALLERY.hang({name: base64.b64decode(one) for name, one in json.loads(pictures).items()})


def publish_gallery() -> None:
    """Publish the sealed pictures of all that was drawn here."""
    from IPython.core.display_functions import publish_display_data

    from glasslab.views import GALLERY

    told = {name: base64.b64encode(one).decode() for name, one in GALLERY.sealed.items()}
    publish_display_data({MIME: json.dumps(told)})


def keep(grade_id: str, check_name: str) -> None:
    """Keep the object that the newest check of that name was handed, whatever comes later."""
    # Here, so that the examiner can import this module for its constants without torch.
    from glasslab.checks import SESSION

    _kept[grade_id] = SESSION.handed_in.get(check_name, NOTHING)


def answer(grade_id: str, question: str) -> None:
    """Call what was handed in with the question's arguments and publish what came out."""
    from IPython.core.display_functions import publish_display_data

    publish_display_data({MIME: json.dumps(_reply(grade_id, question))})


def _reply(grade_id: str, question: str) -> dict[str, Any]:
    function = _kept.get(grade_id, NOTHING)
    if function is NOTHING:
        return {"status": "not handed in"}
    if function is None or function is ...:
        return {"status": "stub"}
    args = [_as_argument(arg) for arg in wire.decode(json.loads(question), models=True)]
    try:
        value = function(*args)
    except BaseException as error:
        if _is_of_a_stub(error):
            return {"status": "stub"}
        return {"status": "raised", "error": type(error).__name__}
    try:
        return {"status": "answered", "value": wire.encode(value)}
    except Exception:
        return {"status": "unusable"}


def _is_of_a_stub(error: BaseException) -> bool:
    """Tell a stub's error from torch's, which raises the same type for an operation it lacks."""
    from glasslab.checks.session import STUB_WORDS

    return isinstance(error, NotImplementedError) and str(error) in STUB_WORDS


def _as_argument(value: Any) -> Any:
    """Give learners what they work with: tensors for arrays, a model for a model."""
    if isinstance(value, wire.WireModel):
        from glasslab.models import from_bytes

        return from_bytes(value.weights, value.config)
    if isinstance(value, list):
        return [_as_argument(item) for item in value]
    if isinstance(value, dict):
        return {key: _as_argument(item) for key, item in value.items()}
    if hasattr(value, "dtype"):
        import torch

        return torch.from_numpy(value.copy())
    return value
