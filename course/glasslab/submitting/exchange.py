"""Hands a notebook in through nbgrader's exchange, a folder that a hub's accounts share."""

from __future__ import annotations

import base64
import getpass
import os
import secrets
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from jupyter_core.paths import jupyter_data_dir

from glasslab.submitting.errors import SubmitError
from glasslab.submitting.reading import Notebook

COURSE = "glasslab"


def hand_in_by_exchange(notebook: Notebook, unit: str, exchange: Path) -> Path:
    """Put a notebook where ``nbgrader submit`` would, and a copy where nbgrader looks for feedback.

    nbgrader's own command would hand in all files of the folder, and only a unit that was released
    through the exchange. Form and permissions are those of nbgrader 0.9's ExchangeSubmit.

    Args:
        notebook: What is handed in.
        unit: Its unit.
        exchange: The exchange's folder, or the course's in it.

    Returns:
        The new folder.

    Raises:
        SubmitError: there is no such exchange, or it can't be written to.
    """
    inbound = next(
        (each for each in (exchange / COURSE / "inbound", exchange / "inbound") if each.is_dir()),
        None,
    )
    if inbound is None:
        raise SubmitError(
            f"{exchange} is no exchange: it holds no folder {COURSE}/inbound. Ask your instructor "
            "where it is."
        )
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
    learner = getpass.getuser()
    name = f"{learner}+{unit}+{moment}"
    files = {
        f"{unit}.ipynb": notebook.content,
        "timestamp.txt": moment.encode(),
        "submission_secret.txt": secrets.token_hex(64).encode(),
    }
    # Other learners may not list the folder, so what they can't guess they can't open.
    unguessable = base64.urlsafe_b64encode(os.urandom(9)).decode()
    try:
        _place(files, Path(jupyter_data_dir()) / "nbgrader_cache" / COURSE / name, 0o700)
        # Open to all, so that instructors can take it away.
        return _place(files, inbound / f"{name}+{unguessable}", 0o777)
    except OSError as error:
        raise SubmitError(
            f"{error.filename} can't be written: {error.strerror}. Ask your instructor whether "
            "your account may hand in there."
        ) from error


def _place(files: dict[str, bytes], folder: Path, mode: int) -> Path:
    """Make a folder of files in one step, so that none is collected half written."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".glasslab-"))
    try:
        for name, content in files.items():
            (draft / name).write_bytes(content)
            (draft / name).chmod(0o644)
        draft.chmod(mode)
        return draft.rename(folder)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        raise
