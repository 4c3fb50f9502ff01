"""A learner's bundle, read as untrusted bytes: a zip of two known members, and nothing else."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass

from grader.serving.limits import Limits

FORMAT = 1
MANIFEST = "manifest.json"
END = struct.Struct("<4s4H2LH")
"""The end of a zip's central directory (APPNOTE.TXT 4.3.16)."""
DIRECTORY_BYTES = 4 * 2**10
"""More than two entries of known names need."""
ENCRYPTED = 0x1


class BadBundle(ValueError):
    """Says in one sentence what is wrong with a bundle; its words hold nothing of the bundle."""


@dataclass(frozen=True)
class Bundle:
    """What is taken of a bundle."""

    notebook: bytes
    digest: str
    """The SHA-256 of the notebook's bytes, in hexadecimal."""


def read_bundle(content: bytes, unit: str, limits: Limits) -> Bundle:
    """Read a bundle of a unit.

    The notebook is compared with its hash, not looked into: grading does that, behind walls.

    Args:
        content: The zip's bytes.
        unit: The unit that it was announced as.
        limits: How large its members may be; more is never unpacked.

    Raises:
        BadBundle: it isn't exactly what a bundle is.
    """
    _check_frame(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if [one.filename for one in members] != [MANIFEST, f"{unit}.ipynb"]:
                raise BadBundle(
                    f"The bundle must hold exactly {MANIFEST} and {unit}.ipynb, in this order."
                )
            words = f"The bundle's {MANIFEST} is too large; make it again."
            manifest = _read(archive, members[0], limits.manifest_bytes, words)
            notebook = _read(archive, members[1], limits.notebook_bytes, limits.too_large)
    except (
        *(zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError),
        *(ValueError, struct.error, RuntimeError),
    ) as error:
        if isinstance(error, BadBundle):
            raise
        raise BadBundle("The bundle is no zip file that can be read; make it again.") from error
    digest = hashlib.sha256(notebook).hexdigest()
    _check_manifest(manifest, unit, digest, len(notebook))
    return Bundle(notebook, digest)


def _check_frame(content: bytes) -> None:
    """See that the zip is one plain archive of two entries, before any of it is unpacked.

    Python's zipfile would else read a directory of a million entries, or search for its end.
    """
    words = "The bundle is no plain zip file of two members; make it again."
    if len(content) < END.size:
        raise BadBundle(words)
    start = len(content) - END.size
    mark, disk, first_disk, here, entries, size, offset, comment = END.unpack_from(content, start)
    plain = (mark, disk, first_disk, here, entries, comment) == (b"PK\5\6", 0, 0, 2, 2, 0)
    if not plain or size > DIRECTORY_BYTES or offset + size != start:
        raise BadBundle(words)


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int, too_large: str) -> bytes:
    mode = member.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG) or member.flag_bits & ENCRYPTED:
        raise BadBundle("The bundle may hold plain files only: no links, nothing encrypted.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadBundle("The bundle's members must be stored or deflated.")
    with archive.open(member) as file:
        # One byte more than allowed: what the directory says of sizes is the sender's word.
        content = file.read(most + 1)
        if len(content) > most or file.read(1):
            raise BadBundle(too_large)
    return content


def _check_manifest(manifest: bytes, unit: str, digest: str, size: int) -> None:
    try:
        said = json.loads(manifest)
    except (ValueError, RecursionError) as error:
        raise BadBundle(f"The bundle's {MANIFEST} is no JSON; make it again.") from error
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise BadBundle(f"The bundle's {MANIFEST} is not of format {FORMAT}; update glasslab.")
    if said.get("unit") != unit:
        raise BadBundle("The bundle's manifest names another unit than was announced.")
    if said.get("sha256") != digest or said.get("size") != size:
        raise BadBundle("The notebook in the bundle isn't the one its manifest tells of.")
