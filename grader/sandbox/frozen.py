"""What is kept of a cell's outputs: text, errors and PNG pictures, of bounded size, no script."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

PNG = b"\x89PNG\r\n\x1a\n"
MAX_PIXELS = 40_000_000
"""Of all pictures of a cell: small files can unfold to what fills a browser's memory."""
MAX_OUTPUTS = 1000
MAX_NAME = 200
MAX_ALT = 1000
MAX_WIDTH = 1200
CUT = "\n[the rest of this cell's output was cut]\n"
# Colours and progress bars (CR, BS) stay. Whatever else a terminal acts on has no business here:
# whoever prints a graded notebook would have its window renamed and its clipboard filled.
CONTROL = re.compile(
    r"\x1b(?!\[[0-9;:]*m)(?:\[[0-?]*[ -/]*[@-~]?|\][^\x07\x1b]*)?"
    r"|[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]"
)


class Frozen:
    """Collects the frozen outputs of one cell from the kernel's messages."""

    def __init__(self, budget: int) -> None:
        self.outputs: list[NotebookNode] = []
        self._budget = budget
        self._full = False
        self._clear_next = False
        self._displays: dict[str, NotebookNode] = {}
        self._pixels = MAX_PIXELS

    @property
    def size(self) -> int:
        """Bytes kept."""
        return sum(_size(output) for output in self.outputs)

    def add(self, kind: str, content: Mapping[str, Any]) -> None:
        """Take in one message of the kernel; whatever isn't kept is dropped silently."""
        if kind == "clear_output":
            self._clear_next = content.get("wait") is True
            if not self._clear_next:
                self._clear()
            return
        if kind == "update_display_data":
            self._update(content)
            return
        output = freeze(kind, content)
        if output is None:
            return
        if self._clear_next:
            self._clear()
        self._append(output, _display_id(content))

    def _append(self, output: NotebookNode, display_id: str | None) -> None:
        last = self.outputs[-1] if self.outputs else None
        merges = (
            last is not None
            and output.output_type == last.output_type == "stream"
            and output.name == last.name
        )
        if self._full:
            return
        if self._budget < _size(output) or len(self.outputs) >= MAX_OUTPUTS:
            self._full = True
            kept = output.text[: self._budget // 4] if output.output_type == "stream" else ""
            output = new_output("stream", name="stderr", text=kept + CUT)
            merges = False
        self._budget -= _size(output)
        self._count_pixels(output)
        if merges and last is not None:
            last.text += output.text
            return
        self.outputs.append(output)
        if display_id is not None:
            self._displays[display_id] = output

    def _update(self, content: Mapping[str, Any]) -> None:
        shown = self._displays.get(_display_id(content) or "")
        output = freeze("display_data", content)
        if shown is None or output is None or self._full:
            return
        grows = _size(output) - _size(shown)
        if grows <= self._budget:
            self._budget -= grows
            self._pixels += _pixels_of(shown)
            self._count_pixels(output)
            shown.data, shown.metadata = output.data, output.metadata

    def _count_pixels(self, output: NotebookNode) -> None:
        """Leave a picture out that is one too many, and keep its words."""
        pixels = _pixels_of(output)
        if pixels > self._pixels:
            del output.data["image/png"]
            output.metadata.pop("image/png", None)
            output.data.setdefault("text/plain", "[picture left out]")
        else:
            self._pixels -= pixels

    def _clear(self) -> None:
        # The budget isn't given back: clearing in a loop is a flood like any other.
        self.outputs.clear()
        self._displays.clear()
        self._clear_next = False
        self._pixels = MAX_PIXELS


def freeze(kind: str, content: Mapping[str, Any]) -> NotebookNode | None:
    """Return what is kept of one output message, or None."""
    if kind == "stream":
        name = "stderr" if content.get("name") == "stderr" else "stdout"
        return new_output("stream", name=name, text=clean(content.get("text")))
    if kind == "error":
        lines = content.get("traceback")
        return new_output(
            "error",
            ename=clean(content.get("ename"))[:MAX_NAME],
            evalue=clean(content.get("evalue")),
            traceback=[clean(line) for line in lines] if isinstance(lines, list) else [],
        )
    if kind in ("display_data", "execute_result"):
        data = _kept_data(content.get("data"))
        # An execute_result is kept as such, its number is set by who writes the notebook.
        metadata = _about_picture(data, content.get("metadata"))
        return new_output(kind, data=data, metadata=metadata) if data else None
    return None


def clean(text: Any) -> str:
    """Return text that every reader can hold: no lone surrogates, no control characters."""
    if not isinstance(text, str):
        return ""
    return CONTROL.sub("", text.encode("utf-8", "replace").decode("utf-8"))


def _kept_data(data: Any) -> dict[str, str]:
    if not isinstance(data, dict):
        return {}
    kept = {}
    if isinstance(data.get("text/plain"), str):
        kept["text/plain"] = clean(data["text/plain"])
    if _is_picture(data.get("image/png")):
        kept["image/png"] = "".join(data["image/png"].split())
    return kept


def _about_picture(data: Mapping[str, str], metadata: Any) -> dict[str, dict[str, Any]]:
    """Let a picture's words stand for it where a reader can't see it; keep its shown width."""
    if "image/png" not in data:
        return {}
    about: dict[str, Any] = {"alt": data["text/plain"][:MAX_ALT]} if "text/plain" in data else {}
    theirs = metadata.get("image/png") if isinstance(metadata, dict) else None
    width = theirs.get("width") if isinstance(theirs, dict) else None
    if type(width) is int and 0 < width <= MAX_WIDTH:
        about["width"] = width
    return {"image/png": about} if about else {}


def _is_picture(text: Any) -> bool:
    if not isinstance(text, str):
        return False
    try:
        raw = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return raw.startswith(PNG) and raw[12:16] == b"IHDR" and 0 < _pixels(raw) <= MAX_PIXELS


def _pixels_of(output: NotebookNode) -> int:
    picture = output.get("data", {}).get("image/png")
    return 0 if picture is None else _pixels(base64.b64decode(picture))


def _pixels(png: bytes) -> int:
    return int.from_bytes(png[16:20], "big") * int.from_bytes(png[20:24], "big")


def _display_id(content: Mapping[str, Any]) -> str | None:
    transient = content.get("transient")
    name = transient.get("display_id") if isinstance(transient, dict) else None
    return name if isinstance(name, str) else None


def _size(output: NotebookNode) -> int:
    if output.output_type == "stream":
        return len(output.text.encode())
    if output.output_type == "error":
        return sum(len(text.encode()) for text in (output.evalue, *output.traceback))
    return sum(len(text.encode()) for text in output.data.values())
