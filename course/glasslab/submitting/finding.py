"""Finds the notebook to hand in: a path, a unit's name, or the notebook that is asking."""

from __future__ import annotations

import importlib
import os
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glasslab.submitting.errors import SubmitError
from glasslab.submitting.reading import MAX_NOTEBOOK_BYTES, Notebook, as_file, read_notebook
from glasslab.submitting.review import unit_named

JUST_SAVED = 60.0
"""Seconds for which a saved file counts as what its learner sees."""
DEFINES = re.compile(r"^def (\w+)\(", re.M)


@dataclass(frozen=True)
class Found:
    """A notebook, the name of its file, and the folder that it lies in."""

    notebook: Notebook
    name: str
    folder: Path


def find(asked: str | Path) -> Found:
    """Find a notebook by the path of its file, of its folder, or by its unit's name.

    Raises:
        SubmitError: there is none, or it can't be read.
    """
    path = Path(asked)
    unit = path.name
    places = (path, path / f"{unit}.ipynb", Path("course") / unit / f"{unit}.ipynb")
    above = Path("..") / unit / f"{unit}.ipynb"
    for place in (*places, Path(f"{asked}.ipynb"), above):
        if place.is_file():
            return _read(place)
    raise SubmitError(
        f"There is no notebook {str(asked)!r} here ({Path.cwd()}): name the path of its file, as "
        "in glasslab submit 03_attention/03_attention.ipynb."
    )


def find_here() -> Found:
    """Find the only notebook of a unit in this folder, for a command without a name.

    Raises:
        SubmitError: there are none or several.
    """
    there = [path for path in sorted(Path.cwd().glob("*.ipynb")) if unit_named(path.stem)]
    if len(there) == 1:
        return _read(there[0])
    names = f": {', '.join(path.name for path in there)}" if there else ""
    raise SubmitError(
        f"There are {len(there) or 'no'} notebooks of units in {Path.cwd()}{names}; name the one "
        "to hand in, as in glasslab submit 03_attention."
    )


def find_own(shell: Any) -> Found:
    """Find the notebook that a kernel belongs to, as its learner sees it.

    Args:
        shell: IPython's shell of that kernel.

    Raises:
        SubmitError: its file isn't known, or doesn't hold what ran last.
    """
    live = _from_colab()
    if live is not None:
        name = _name_in_colab(live)
        return Found(read_notebook(as_file(live), "This notebook"), name, Path.cwd())
    # VS Code tells the path in a variable, Jupyter's server in the environment.
    known = (shell.user_ns.get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME"))
    path = next((Path(each) for each in known if each and Path(each).is_file()), None)
    try:
        found = _read(path) if path else find_here()
    except SubmitError as error:
        raise SubmitError(
            f"This notebook's own file isn't known here ({error}) In the notebook, write "
            'submit(notebook="path/to/03_attention.ipynb").'
        ) from error
    file = found.folder / found.name
    stale = _is_stale(found.notebook, list(shell.history_manager.input_hist_raw))
    if stale and time.time() - file.stat().st_mtime > JUST_SAVED:
        raise SubmitError(
            f"What ran here last isn't in the saved file {file}: save the notebook (Ctrl+S), then "
            "run this cell again within a minute."
        )
    return found


def _read(path: Path) -> Found:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_NOTEBOOK_BYTES + 1)
    except OSError as error:
        raise SubmitError(f"{path} can't be read: {error.strerror}.") from error
    return Found(read_notebook(content, str(path)), path.name, path.resolve().parent)


def _is_stale(notebook: Notebook, ran: list[str]) -> bool:
    """Return whether a kernel ran other text than the file holds: this cell, or an answer."""
    texts = {cell.source.strip() for cell in notebook.cells}
    if ran and ran[-1].strip() not in texts:
        return True
    newest: dict[str, str] = {}
    for text in ran:
        newest.update(dict.fromkeys(DEFINES.findall(text), text.strip()))
    answers = (cell.source for cell in notebook.cells if cell.is_answer and cell.kind == "code")
    return any(_differs(source, newest) for source in answers)


def _differs(source: str, newest: Mapping[str, str]) -> bool:
    names: Iterable[str] = DEFINES.findall(source)
    return any(name in newest and newest[name] != source.strip() for name in names)


def _from_colab() -> Mapping[str, Any] | None:
    """Return the notebook that a Colab page shows; None elsewhere, or if it doesn't answer.

    Colab keeps notebooks away from the machine that runs them, and has no public way to ask for
    one; this is how people do it (https://github.com/googlecolab/colabtools/issues/2501). Where it
    fails, a path serves as it does elsewhere.
    """
    try:
        colab = importlib.import_module("google.colab._message")
        answer = colab.blocking_request("get_ipynb", timeout_sec=30)
        notebook = answer["ipynb"]
        return notebook if isinstance(notebook["cells"], list) else None
    except Exception:  # whatever a private interface does: none of it is the learner's mistake
        return None


def _name_in_colab(notebook: Mapping[str, Any]) -> str:
    """Return the name under which Colab keeps a notebook; empty if it doesn't say."""
    colab = (notebook.get("metadata") or {}).get("colab") or {}
    return str(colab.get("name", ""))
