"""Faults that look like submissions: broken files and folders, as disks and mail leave them.

Those of the house that no submission can bring about (a killed grader, a locked gradebook, a full
disk, a dead worker, missing walls or secrets) have tests of their own.
"""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

from grader.attacks import NOTEBOOK, Attack, Base, Prizes, json_attack

UNREADABLE = ("unreadable", "no notebook")


def placed(name: str, summary: str, plant: Any, **more: Any) -> Attack:
    """Return an attack whose folder holds no plain notebook but what ``plant`` puts there."""
    return Attack(f"faults/{name}", summary, lambda base: {}, UNREADABLE, plant, **more)


def _folder(folder: Path, prizes: Prizes) -> None:
    (folder / NOTEBOOK / "inner").mkdir(parents=True)


def _pipe(folder: Path, prizes: Prizes) -> None:
    os.mkfifo(folder / NOTEBOOK)


def _socket(folder: Path, prizes: Prizes) -> None:
    here = os.open(folder, os.O_PATH)
    with socket.socket(socket.AF_UNIX) as one:
        # A socket's path is short: this one leads there.
        one.bind(f"/proc/self/fd/{here}/{NOTEBOOK}")
    os.close(here)


def _dangling(folder: Path, prizes: Prizes) -> None:
    (folder / NOTEBOOK).symlink_to(folder / "nowhere")


def _circle(folder: Path, prizes: Prizes) -> None:
    (folder / NOTEBOOK).symlink_to(folder / "other")
    (folder / "other").symlink_to(folder / NOTEBOOK)


def _sparse(folder: Path, prizes: Prizes) -> None:
    with (folder / NOTEBOOK).open("wb") as file:
        file.truncate(50 * 2**30)


def _half(base: Base) -> dict[str, bytes]:
    content = base.full.as_bytes()
    return {NOTEBOOK: content[: len(content) // 2]}


def _conflict(base: Base) -> dict[str, bytes]:
    lines = json.dumps(base.full.as_json(), indent=1).splitlines()
    lines[5:5] = ["<<<<<<< HEAD", lines[5], "=======", lines[5], ">>>>>>> theirs"]
    return {NOTEBOOK: "\n".join(lines).encode()}


def _utf_16(base: Base) -> dict[str, bytes]:
    return {NOTEBOOK: base.full.as_bytes().decode().encode("utf-16")}


def _latin(data: Any) -> bytes:
    return json.dumps(data | {"author": "é"}, ensure_ascii=False).encode("latin-1")


def _blocks_of_nothing(base: Base) -> dict[str, bytes]:
    content = base.full.as_bytes()
    return {NOTEBOOK: content[:2048] + bytes(4096) + content[6144:]}


ATTACKS = (
    placed("nothing", "a folder without a notebook", None),
    placed("folder", "a folder by the notebook's name", _folder),
    placed("pipe", "a pipe by the notebook's name, on which a reader waits for ever", _pipe),
    placed("socket", "a socket by the notebook's name", _socket),
    placed("dangling-link", "a link to nowhere by the notebook's name", _dangling),
    placed("circle-of-links", "two links that lead to each other", _circle),
    placed(
        "sparse",
        "a file of fifty gigabytes of nothing",
        _sparse,
        nbgrader="read",
        nbgrader_says="reads it whole (nbformat.read), and the machine runs out of memory",
    ),
    Attack("faults/half", "a file that ends in the middle", _half, UNREADABLE),
    Attack("faults/blocks-of-nothing", "a file with blocks of zeros in it", _blocks_of_nothing,
           UNREADABLE),
    Attack("faults/merge-conflict", "git's marks of a conflict within", _conflict, UNREADABLE),
    Attack("faults/utf-16", "saved in UTF-16", _utf_16, UNREADABLE),
    json_attack("faults/latin-1", "saved in Latin-1: a letter can't be read", _latin, keeps=True),
)  # fmt: skip
