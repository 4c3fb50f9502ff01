"""Where on this machine the things are that a sandbox is built from."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import glasslab
from grader.sandbox.errors import SandboxUnavailable

SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libexec", "share")
"""Folders of /usr that hold programs and libraries; some machines keep work in the others."""


@dataclass(frozen=True)
class Layout:
    """Where on this machine the things are that a kernel needs."""

    bwrap: str
    python: str
    readable: tuple[Path, ...]
    """Python's prefixes and package folders: the same path inside as outside."""
    package_paths: tuple[Path, ...]
    """Those of them that Python doesn't find by itself."""
    hidden: tuple[Path, ...]
    """Folders within the readable ones that nobody inside may see."""
    glasslab: Path
    public_data: Path | None
    responder: Path
    inner: tuple[Path, ...]
    """The modules that build walls from within."""

    def shows(self, path: Path) -> Path | None:
        """Return the folder that is readable inside and holds ``path``, or None."""
        system = [top / name for top in (Path("/usr"), Path("/")) for name in SYSTEM]
        data = [] if self.public_data is None else [self.public_data]
        real = path.resolve()
        for folder in (*self.readable, self.glasslab, *data, *system):
            if real.is_relative_to(folder.resolve()):
                return folder
        return None


def find_layout() -> Layout:
    """Look up what a sandbox is built from, for the Python that runs now.

    Raises:
        SandboxUnavailable: bubblewrap, or a program of util-linux, is missing.
    """
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise SandboxUnavailable(
            "The sandbox needs bubblewrap, which isn't installed: 'apt install bubblewrap'."
        )
    for program in ("prlimit", "setpriv"):
        if not Path("/usr/bin", program).exists():
            raise SandboxUnavailable(
                f"The sandbox needs {program}, which isn't in /usr/bin: 'apt install util-linux'."
            )
    prefixes = {Path(sys.prefix), Path(sys.base_prefix), Path(os.path.realpath(sys.base_prefix))}
    package_paths = [
        Path(entry)
        for entry in sys.path
        if Path(entry).name in ("site-packages", "dist-packages") and Path(entry).is_dir()
    ]
    library = Path(glasslab.__file__).resolve().parent
    checkout_data = library.parents[1] / "data"
    return Layout(
        bwrap=bwrap,
        python=sys.executable,
        readable=_outermost([*prefixes, *package_paths]),
        package_paths=tuple(
            path for path in package_paths if not any(path.is_relative_to(p) for p in prefixes)
        ),
        hidden=tuple(path / "grader" for path in package_paths if (path / "grader").is_dir()),
        glasslab=library,
        public_data=None if (library / "public").is_dir() else checkout_data,
        responder=Path(__file__).with_name("inside.py"),
        inner=tuple(
            Path(__file__).with_name(f"{name}.py") for name in ("forking", "inner", "landlock")
        ),
    )


def _outermost(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Drop what is inside another one of them, or comes with the system."""
    system = [Path("/usr", name) for name in SYSTEM]
    chosen: list[Path] = []
    for path in sorted(set(paths), key=lambda path: len(path.parts)):
        if path != Path("/usr") and not any(path.is_relative_to(p) for p in [*system, *chosen]):
            chosen.append(path)
    return tuple(chosen)
