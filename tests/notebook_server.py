"""A real Jupyter server on this machine, which knows nothing of the settings of whoever tests."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from grader.workspace import CLASSROOM_VARIABLE

KEPT = (
    *("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR"),
    *("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"),
)
"""The variables that say where Jupyter keeps what."""
STARTING_SECONDS = 120
STOPPING_SECONDS = 60


@contextmanager
def notebook_server(program: str, folder: Path, own: Path, *options: str) -> Iterator[str]:
    """Start a server, wait until it answers, and stop it and its kernels in the end.

    Args:
        program: The module to run: "jupyterlab", or "jupyter_server" for all frontends there are.
        folder: What it opens.
        own: A folder for all that it keeps, each thing below its variable's name in small letters.
        options: More to say to it.

    Yields:
        An address to fill with a path: ``address.format("lab/tree/unit.ipynb")``.
    """
    own.mkdir(parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    environment = {**os.environ, **{name: str(own / name.lower()) for name in KEPT}}
    environment.pop(CLASSROOM_VARIABLE, None)  # learners have none
    log = own / "log"
    with log.open("w") as said:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", program, "--no-browser", "--allow-root"),
                *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
                *options,
            ],
            cwd=folder,
            env={**environment, "JUPYTER_TOKEN": token},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + STARTING_SECONDS
        while True:
            try:
                urlopen(f"http://127.0.0.1:{port}/api", timeout=5).close()
                break
            except OSError:
                alive = process.poll() is None and time.monotonic() < deadline
                assert alive, log.read_text()
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/{{}}?token={token}"
    finally:
        # Its kernels too: a server that is asked to stop stops them.
        process.terminate()
        process.wait(STOPPING_SECONDS)
