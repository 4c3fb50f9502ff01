"""Runs a copy of a notebook from top to bottom, as grading will, and says what its checks find."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from glasslab.submitting.errors import SubmitError
from glasslab.submitting.reading import MAX_NOTEBOOK_BYTES, Notebook, read_notebook
from glasslab.submitting.review import checks_of

RUNNING = "GLASSLAB_RUNNING"
"""Set in the environment of such a run, in which nothing is handed in."""
LONGEST_RUN = 3600.0
LONGEST_CELL = 900


def rerun(notebook: Notebook, folder: Path) -> dict[str, str]:
    """Run a copy of a notebook in its folder; return what each public check says.

    Raises:
        SubmitError: it can't be run, or takes more than an hour.
    """
    with tempfile.TemporaryDirectory() as place:
        source, ran = Path(place) / "source.ipynb", Path(place) / "ran.ipynb"
        source.write_bytes(notebook.content)
        # A process of its own: a notebook that asks for this runs an event loop already.
        command = [sys.executable, "-m", __name__, str(source), str(ran), str(folder)]
        try:
            done = subprocess.run(
                command,
                env={**os.environ, RUNNING: "1"},
                capture_output=True,
                text=True,
                errors="replace",
                timeout=LONGEST_RUN,
            )
        except subprocess.TimeoutExpired as error:
            raise SubmitError("Running the notebook took more than an hour.") from error
        if done.returncode or not ran.exists():
            last = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
            raise SubmitError(
                f"The notebook could not be run ({last[0][:300]}); 'glasslab doctor' may say why."
            )
        with ran.open("rb") as file:
            content = file.read(MAX_NOTEBOOK_BYTES + 1)
        return checks_of(read_notebook(content, "The notebook that was run").cells)


def main() -> None:
    """Run the notebook that the command line names, and write what came of it."""
    import nbformat
    from nbclient import NotebookClient

    source, ran, folder = map(Path, sys.argv[1:])
    notebook = nbformat.read(source, as_version=4)
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=LONGEST_CELL,
        interrupt_on_timeout=True,
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    nbformat.write(notebook, ran)


if __name__ == "__main__":
    main()
