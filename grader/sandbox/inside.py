"""The responder: runs in the learner's kernel, keeps what was handed in, and answers questions.

It stands alone inside the walls as `glasslab_responder`. The learner can change all of it, so
nothing that it says is believed: it only spares honest answers a wrong turn.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from glasslab import wire

REQUEST, REPLY = "glasslab_request", "glasslab_reply"
"""Messages of the shell channel: beside the kernel's own, so that no question is parsed as code."""
NOTHING = object()
_kept: dict[str, Any] = {}
_known: dict[str, wire.WireModel] = {}


def listen() -> None:
    """Do from now on what the examiner's messages say."""
    from IPython.core.getipython import get_ipython

    kernel: Any = getattr(get_ipython(), "kernel")  # noqa: B009

    def handle(stream: Any, ident: Any, request: Mapping[str, Any]) -> None:
        said = _do(request["content"], request["buffers"])
        kernel.session.send(stream, REPLY, {"said": said}, request, ident=ident)

    kernel.shell_handlers[REQUEST] = handle


def _do(content: Mapping[str, Any], buffers: Sequence[memoryview]) -> str | None:
    match content["do"]:
        case "prepare":
            return prepare()
        case "hang":
            return hang(dict(zip(content["names"], map(bytes, buffers), strict=True)))
        case "pictures":
            return pictures()
        case "keep":
            return keep(content["grade_id"], content["check"])
        case "answer":
            for model, weights in zip(content["models"], buffers, strict=True):
                _known[model["name"]] = wire.WireModel(bytes(weights), model["config"])
            return answer(content["grade_id"], content["question"])


def prepare() -> None:
    """Import what models need, which takes seconds: no question's time should pay for it."""
    import glasslab.models  # noqa: F401


def hang(sealed: Mapping[str, bytes]) -> None:
    """Hang sealed pictures, as `pictures` told them, where drawing looks first."""
    from glasslab.views import GALLERY

    GALLERY.hang(sealed)


def pictures() -> str:
    """Tell the sealed pictures of all that was drawn here, as JSON."""
    from glasslab.views import GALLERY

    told = {name: base64.b64encode(one).decode() for name, one in GALLERY.sealed.items()}
    return json.dumps(told)


def keep(grade_id: str, check_name: str) -> None:
    """Keep the object that the newest check of that name was handed, whatever comes later."""
    # Here, so that the examiner can import this module for its constants without torch.
    from glasslab.checks import SESSION

    _kept[grade_id] = SESSION.handed_in.get(check_name, NOTHING)


def answer(grade_id: str, question: str) -> str:
    """Call what was handed in with the question's arguments, and tell what came out, as JSON."""
    try:
        return json.dumps(_reply(grade_id, question))
    finally:
        # What a cell draws is shown and closed at its end; what an answer draws, nobody sees.
        if (drawing := sys.modules.get("matplotlib.pyplot")) is not None:
            drawing.close("all")


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
    if isinstance(value, wire.KnownModel):
        from glasslab.models import from_bytes

        # A new one each time: an answer may change the model that it was given.
        known = _known[value.name]
        return from_bytes(known.weights, known.config)
    if isinstance(value, list):
        return [_as_argument(item) for item in value]
    if isinstance(value, dict):
        return {key: _as_argument(item) for key, item in value.items()}
    if hasattr(value, "dtype"):
        import torch

        return torch.from_numpy(value.copy())
    return value
