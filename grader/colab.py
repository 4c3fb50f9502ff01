"""Opening a released unit in Google Colab: the badge at its top, and its first code cell.

Where the course lies on GitHub is said once, at release, and kept in ``colab.json`` in the
checkout: it is public, and belongs to the course, so it is committed with the released notebooks.
The version that Colab installs is the one that ``pyproject.toml`` states, by its tag, and stands
nowhere else.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from grader.errors import GraderError

FILE_NAME = "colab.json"
RELEASED = "course"
"""The folder that released notebooks are published in, wherever they are written first."""
FIRST_CELL_ID, BADGE_ID = "in-colab", "open-in-colab"
BADGE = Path(__file__).with_name("colab_badge.svg")
BADGE_WORDS = "Open in Colab"

UNFILLED = (
    'PACKAGE = ""  # where to install from: git+https://github.com/OWNER/NAME; set at release'
)
FIRST_CELL = f"""\
# In Google Colab this installs what the course needs (a minute or two). Elsewhere: nothing.
from sys import modules

{UNFILLED}
if "google.colab" in modules:
    assert PACKAGE, "Write into the line above where to install from, then run this cell again."
    get_ipython().run_line_magic("pip", "install --quiet " + PACKAGE)
    from glasslab.colab import ready

    ready()"""
"""As solutions hold it, and releases of a course that isn't said to be on GitHub.

Not ``sys.modules``: that word in a submission is told to instructors, and this cell is in all.
"""

OWNER = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}")
NAME = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}(?<!\.git)")
# What git refuses in the name of a branch; source: git-check-ref-format(1).
ODD_BRANCH = re.compile(
    r"[\x00-\x20\x7f\ud800-\udfff~^:?*\[\\]|\.\.|@\{|//|^[-/.]|/\.|[/.]$|\.lock(?:/|$)|^@?$|^HEAD$"
)
LONGEST_BRANCH = 200


@dataclass(frozen=True)
class Hosting:
    """Where on GitHub a course lies."""

    repository: str
    """``OWNER/NAME``."""
    branch: str = "main"
    """The branch, or tag, whose notebooks the badges open."""

    def __post_init__(self) -> None:
        """Refuse what can't be a repository or a branch.

        Raises:
            GraderError: one of the two isn't.
        """
        owner, slash, name = self.repository.partition("/")
        if not (slash and OWNER.fullmatch(owner) and NAME.fullmatch(name)):
            raise GraderError(
                f"{self.repository!r} is no repository on GitHub: give it as OWNER/NAME, for "
                "instance --repository ada/glasslab."
            )
        if ODD_BRANCH.search(self.branch) or len(self.branch) > LONGEST_BRANCH:
            raise GraderError(
                f"{self.branch!r} is no name of a branch: give it as git shows it, for instance "
                "--branch main."
            )

    def notebook_address(self, path: str) -> str:
        """Return the address at which Colab opens a notebook.

        Args:
            path: The notebook's path in the repository, with ``/``.

        Source: https://colab.research.google.com/github/googlecolab/colabtools/blob/main/notebooks/colab-github-demo.ipynb
        """
        where = f"{self.repository}/blob/{quote(self.branch)}/{quote(path)}"
        return f"https://colab.research.google.com/github/{where}"

    def package_address(self, version: str) -> str:
        """Return the address of the package at a version: the archive of the tag of its name."""
        return f"https://github.com/{self.repository}/archive/refs/tags/{quote(tag(version))}.zip"


def tag(version: str) -> str:
    """Return the name of the git tag that holds a version."""
    return f"v{version}"


def version_of(root: Path) -> str:
    """Return the version that a checkout's ``pyproject.toml`` states.

    Raises:
        GraderError: it can't be read, or states none.
    """
    path = root / "pyproject.toml"
    try:
        return str(tomllib.loads(path.read_text("utf-8"))["project"]["version"])
    except (OSError, ValueError, KeyError) as error:
        raise GraderError(f"{path} doesn't state the project's version: {error}.") from error


def remembered(root: Path) -> Hosting | None:
    """Return where a checkout's course lies, as an earlier release was told; None if none was.

    Raises:
        GraderError: ``colab.json`` isn't what `remember` writes.
    """
    path = root / FILE_NAME
    try:
        found = json.loads(path.read_text("utf-8"))
        return Hosting(str(found["repository"]), str(found["branch"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, GraderError) as error:
        raise GraderError(
            f"{path} can't be read ({error}): delete it, and release with --repository again."
        ) from error


def remember(root: Path, repository: str | None, branch: str | None) -> Hosting | None:
    """Keep where the course lies, for this release and later ones; return it.

    Args:
        root: The checkout.
        repository: ``OWNER/NAME``; None: as before.
        branch: None: as before, or ``main`` if the repository is another.

    Raises:
        GraderError: one of them can't be, or there is a branch but no repository.
    """
    if repository is None:
        before = remembered(root)
        if branch is None:
            return before
        if before is None:
            raise GraderError(
                "--branch goes with --repository OWNER/NAME, which no earlier release was told."
            )
        repository = before.repository
    now = Hosting(repository, branch or Hosting.branch)
    path = root / FILE_NAME
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(now), indent=2) + "\n", "utf-8")
    part.replace(path)
    return now


def published_path(root: Path, notebook: Path) -> str | None:
    """Return a notebook's path in the repository; None if it is outside, or git ignores it."""
    try:
        path = notebook.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return None
    return None if _git(root, "check-ignore", "--quiet", "--", path) == "" else path


def put_in_colab(
    notebook: NotebookNode, hosting: Hosting | None, path: str | None, version: str
) -> None:
    """Fill a notebook's first code cell, and put the badge above everything.

    Args:
        notebook: Changed in place; left alone if the course isn't said to be on GitHub.
        hosting: Where it lies.
        path: The notebook's own path there; no badge if it isn't published.
        version: Of the package.
    """
    if hosting is None:
        return
    for cell in notebook.cells:
        if cell.id == FIRST_CELL_ID:
            address = hosting.package_address(version)
            cell.source = cell.source.replace(UNFILLED, f'PACKAGE = "{address}"')
    if path is not None:
        for cell in notebook.cells:
            _put_pictures_into_text(cell)
        notebook.cells.insert(0, _badge(hosting.notebook_address(path)))


def untagged(root: Path, hosting: Hosting, version: str) -> str:
    """Return what an instructor must still do so that Colab finds the package; nothing if nothing.

    Only the checkout is asked, not GitHub.
    """
    name = tag(version)
    if _git(root, "rev-parse", "--quiet", "--verify", f"refs/tags/{name}") is None:
        return (
            f"Colab installs {hosting.repository} at the tag {name}, which isn't here yet: commit, "
            f"then git tag {name} && git push origin {name}"
        )
    package = ("pyproject.toml", "course/glasslab", "data")
    if _git(root, "diff", "--quiet", name, "--", *package) is None:
        return (
            f"The package has changed since the tag {name}, which Colab installs: raise the "
            "version in pyproject.toml, release again, and push a tag of that version."
        )
    return ""


class OpenInColab(NbGraderPreprocessor):
    """The step of a release that fills the first cell and puts the badge."""

    repository = Unicode(help="OWNER/NAME on GitHub; empty: nowhere").tag(config=True)
    branch = Unicode("main", help="The branch that badges open").tag(config=True)
    version = Unicode(help="The version of the package that Colab installs").tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: Mapping[str, Any]
    ) -> tuple[NotebookNode, Mapping[str, Any]]:
        """Change a whole notebook."""
        names = resources["nbgrader"]
        path = f"{RELEASED}/{names['assignment']}/{names['notebook']}.ipynb"
        hosting = Hosting(self.repository, self.branch) if self.repository else None
        put_in_colab(nb, hosting, path, self.version)
        return nb, resources


def configure(config: Any, root: Path) -> None:
    """Tell the release step what an instructor said once."""
    hosting = remembered(root)
    if hosting is not None:
        config.OpenInColab.repository = hosting.repository
        config.OpenInColab.branch = hosting.branch
        config.OpenInColab.version = version_of(root)


def _badge(address: str) -> NotebookNode:
    """Return the badge: its picture is in the text, so that showing it asks no network."""
    picture = base64.b64encode(BADGE.read_bytes()).decode("ascii")
    address_of_picture = f"data:image/svg+xml;base64,{picture}"
    cell = new_markdown_cell(f"[![{BADGE_WORDS}]({address_of_picture})]({address})")
    cell.id = BADGE_ID
    return cell


def _put_pictures_into_text(cell: NotebookNode) -> None:
    """Move a cell's attachments into its text: Colab shows no attachments.

    Source: https://github.com/googlecolab/colabtools/issues/3836
    """
    for name, kinds in cell.pop("attachments", {}).items():
        [(kind, content)] = kinds.items()
        picture = f"data:{kind};base64,{''.join(content.split())}"
        cell.source = cell.source.replace(f"(attachment:{name})", f"({picture})")


def _git(root: Path, *arguments: str) -> str | None:
    """Return what git prints, or None if it refuses, or isn't there."""
    # A hook's or another checkout's variables would have git look elsewhere.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            timeout=20,
            env=environment,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
