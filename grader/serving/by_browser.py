"""What a person hands in by a form: a notebook or a bundle, put on the way that all bundles go."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Sequence

from grader.serving.bundle import FORMAT, MANIFEST
from grader.serving.intake import Intake, Upload
from grader.serving.parts import WrongOffset
from grader.serving.refusals import Refused

UNIT_IN_NAME = re.compile(r"\d\d_[a-z0-9_]+")
ZIP = b"PK\3\4"


def hand_in(intake: Intake, learner: str, unit: str, content: bytes) -> Upload:
    """Store a file that a learner chose, and return its upload, with a receipt.

    Args:
        intake: Where all bundles go.
        learner: Who is signed in.
        unit: One of the class's.
        content: The file's bytes: a notebook, or a bundle of one.

    Raises:
        Refused: it isn't what it should be.
    """
    bundle = content if content.startswith(ZIP) else bundle_of(unit, content)
    upload = intake.announce(learner, unit, hashlib.sha256(bundle).hexdigest(), len(bundle))
    if upload.done:
        return upload
    try:
        # Not from its beginning, if a program of the same learner was cut off while sending it.
        intake.parts.append(upload.id, upload.offset, bundle[upload.offset :])
    except WrongOffset as wrong:
        raise Refused(409, "This very file is coming in twice; try again in a minute.") from wrong
    return intake.finish(upload)


def bundle_of(unit: str, notebook: bytes) -> bytes:
    """Return the bundle of a notebook; of the same notebook it is the same bytes."""
    manifest = {
        "format": FORMAT,
        "unit": unit,
        "sha256": hashlib.sha256(notebook).hexdigest(),
        "size": len(notebook),
        "by": "a browser",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in {MANIFEST: json.dumps(manifest), f"{unit}.ipynb": notebook}.items():
            # Of 1980, whatever the clock says.
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def check_kind(content: bytes) -> None:
    """See that a file can be what is handed in, by how it begins; more isn't looked at.

    Raises:
        Refused: it is neither a notebook nor a zip file.
    """
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not content:
        raise Refused(422, "Choose a file first.")
    if not (content.startswith(ZIP) or text.startswith(b"{")):
        raise Refused(
            422,
            "This file is neither a notebook (.ipynb) nor a bundle (.zip) that 'glasslab submit' "
            "wrote; choose another one.",
        )


def unit_of(chosen: str, file_name: str, units: Sequence[str]) -> str:
    """Return the unit that a form is about: the one chosen, else the one that the file names.

    Raises:
        Refused: neither says, or they disagree.
    """
    # A download's name may go on: 03_attention-Copy1, 03_attention-1f0c…, 03_attention (1).
    named = [name.rstrip("_") for name in UNIT_IN_NAME.findall(file_name)]
    named = [name for name in named if name in units]
    if chosen in units:
        if named and chosen not in named:
            raise Refused(
                422,
                f"The file's name says {named[0]}, but you chose {chosen}: choose the unit that it "
                "is, or rename the file.",
            )
        return chosen
    if named:
        return named[0]
    raise Refused(422, "The file's name doesn't say which unit it is: choose the unit, too.")
