"""What was swept out of a learner's folder beside a submission, kept for as long as that is graded.

Sweeping changes what came in: the next examination of the same submission, after a kill, a fault of
ours or on a new suite, would find nothing and tell nothing. So what is about to be moved is written
down first.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable
from pathlib import Path

log = logging.getLogger(__name__)


class Strays:
    """The names of one unit's stray files, a small file for each learner who had any.

    A disk that is full or can't be written never ends a batch: what can't be kept is said in the
    log, and told of in this run alone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, student: str) -> tuple[str, list[str]]:
        """Return what earlier runs found: the digest of the submission, and what lay beside it."""
        file = self._file(student)
        try:
            kept = json.loads(file.read_text("utf-8"))
            return str(kept["beside"]), [str(name) for name in kept["names"]]
        except FileNotFoundError:
            return "", []
        except (OSError, ValueError, TypeError, KeyError) as error:
            log.warning("%s can't be read (%r), and is passed over.", file, error)
            return "", []

    def keep(self, student: str, digest: str, names: Iterable[str]) -> None:
        """Write down all that lay beside a submission, in the place of what is there."""
        file = self._file(student)
        part = file.with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with part.open("w", encoding="utf-8") as stream:
                json.dump({"beside": digest, "names": list(names)}, stream)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(file)
        except OSError as error:
            log.warning("%s can't be written (%s); grading goes on.", file, error.strerror)

    def _file(self, student: str) -> Path:
        return self._folder / f"{student}.json"
