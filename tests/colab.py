"""An imitation of a Colab machine: notebooks run in it and are saved as Colab saves them.

What it imitates and what it can't is listed in docs/colab.md. Sources: googlecolab/colabtools for
``%pip`` (``_installation_commands.py``, ``_shell.py``); googlecolab/backend-info for what is
installed; public notebooks saved by Colab in 2024 and later for the metadata.

As a program (``python colab.py FOLDER``) it is the machine: it imports once what the kernels of
Colab have imported, and forks a kernel for each notebook in the folder.
"""

from __future__ import annotations

import compileall
import contextlib
import hashlib
import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tomllib
import traceback
import types
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SIDE_BY_SIDE = 2

COLAB_HAS = {
    **{"accelerate": "1.14.0", "babel": "2.18.0", "beartype": "0.22.9", "datasets": "4.0.0"},
    **{"einops": "0.8.2", "httpx": "0.28.1", "huggingface-hub": "1.27.0", "jinja2": "3.1.6"},
    **{"importlib-metadata": "9.0.0", "ipykernel": "6.17.1", "ipython": "7.34.0"},
    **{"ipywidgets": "7.7.1", "jsonschema": "4.26.0", "jupyter-client": "7.4.9"},
    **{"jupyter-console": "6.6.3", "jupyter-core": "5.9.1", "jupyter-server": "2.20.0"},
    **{"matplotlib": "3.10.0", "nbclient": "0.10.4", "nbconvert": "7.17.1", "nbformat": "5.11.1"},
    **{"notebook": "6.5.7", "notebook-shim": "0.2.4", "numpy": "2.1.3", "packaging": "26.3"},
    **{"pandas": "2.2.3", "protobuf": "5.29.6", "pyzmq": "26.2.1", "requests": "2.32.4"},
    **{"rich": "13.9.4", "safetensors": "0.8.0", "sentencepiece": "0.2.2", "torch": "2.11.0"},
    **{"tornado": "6.5.7", "tqdm": "4.67.3", "traitlets": "5.7.1", "transformers": "5.15.0"},
    **{"typeguard": "4.6.0", "typing-extensions": "4.16.0", "wandb": "0.28.1"},
}
"""What of our requirements, and theirs, Colab has installed: backend-info of 19 August 2026."""
COLAB_PYTHON = "3.13"

PIP = """\
#!/bin/sh
printf '%s\\n' "$@" >> "$COLAB_PIP_WAS_ASKED"
exec ln -sfn "$COLAB_PACKAGE/glasslab" "$COLAB_DIST_PACKAGES/glasslab"
"""


@dataclass(frozen=True)
class Ran:
    """What became of a notebook on the machine."""

    saved: bytes
    """The notebook as Colab saves it."""
    asked_of_pip: list[str]
    files: list[str]
    """What lies in its working directory, ``sample_data`` aside."""

    @property
    def outputs(self) -> list[dict[str, Any]]:
        """All outputs of all its cells."""
        cells = json.loads(self.saved)["cells"]
        return [output for cell in cells for output in cell.get("outputs", [])]

    @property
    def printed(self) -> str:
        """Return all that it printed."""
        return "".join("".join(each.get("text", "")) for each in self.outputs)


def run_in_colab(notebooks: Mapping[str, bytes], folder: Path) -> dict[str, Ran]:
    """Run notebooks from top to bottom, each on a machine of its own; return what became of them.

    Args:
        notebooks: By name.
        folder: Empty; the machines are built in it.

    Raises:
        AssertionError: a kernel died, or something was written into the package.
    """
    package = folder / "package"
    lay_out_package(package)
    before = digest(package)
    for name, content in notebooks.items():
        machine = folder / "machines" / name
        (machine / "content" / "sample_data").mkdir(parents=True)
        (machine / "dist-packages").mkdir()
        (machine / "opened.ipynb").write_bytes(content)
    pip = folder / "bin" / "pip"
    pip.parent.mkdir()
    pip.write_text(PIP)
    pip.chmod(0o755)
    environment = {key: value for key, value in os.environ.items() if "GLASSLAB" not in key}
    done = subprocess.run(
        [sys.executable, __file__, str(folder)],
        env=environment | {"PYTHONPATH": "", "MPLBACKEND": "agg", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-6000:]
    assert digest(package) == before, "something was written into the package's folder"
    return {name: _what_became(folder / "machines" / name) for name in notebooks}


def as_colab_saves(notebook: Mapping[str, Any]) -> bytes:
    """Return a notebook of format 4.5 as Colab writes it after a run.

    Args:
        notebook: Its content; a code cell's ``execution_count`` says whether it ran.
    """
    cells = [_as_colab_saves(number, cell) for number, cell in enumerate(notebook["cells"])]
    data = {
        "nbformat": 4,
        "nbformat_minor": 0,
        "metadata": {
            "colab": {"provenance": [], "toc_visible": True},
            "accelerator": "GPU",
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "language_info": {"name": "python"},
        },
        "cells": cells,
    }
    return json.dumps(data, ensure_ascii=False, indent=2).encode()


def lay_out_package(folder: Path) -> None:
    """Lay the learners' package out as our wheel does, with its public models, for reading only."""
    package = folder / "glasslab"
    shutil.copytree(
        ROOT / "course" / "glasslab", package, ignore=shutil.ignore_patterns("__pycache__")
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    for source, target in included.items():
        shutil.copytree(ROOT / source, folder / target)
    compileall.compile_dir(package, quiet=2)  # as pip does
    for path in [package, *package.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)


def digest(folder: Path) -> str:
    """Return the digest of all files: permissions alone don't stop root."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        found.update(str(path.relative_to(folder)).encode() + b"\0")
        found.update(path.read_bytes() if path.is_file() else b"")
    return found.hexdigest()


def _as_colab_saves(number: int, cell: Mapping[str, Any]) -> dict[str, Any]:
    name = f"{number:02d}c0labCell"
    metadata: dict[str, Any] = {**cell["metadata"], "id": name}
    saved = {"cell_type": cell["cell_type"], "source": _lines(cell["source"]), "metadata": metadata}
    if cell.get("attachments"):
        saved["attachments"] = cell["attachments"]
    if cell["cell_type"] != "code":
        return saved
    if cell["execution_count"] is not None:
        status = "error" if any(o["output_type"] == "error" for o in cell["outputs"]) else "ok"
        metadata["executionInfo"] = {
            "status": status,
            "timestamp": 1_772_000_000_000 + number,
            "user_tz": -60,
            "elapsed": 17,
            "user": {"displayName": "Ada Lovelace", "userId": "00000000000000000042"},
        }
    if cell["outputs"]:
        metadata["colab"] = {"base_uri": "https://localhost:8080/", "height": 125}
        metadata["outputId"] = f"{number:08x}-0000-4000-8000-000000000000"
    return saved | {"execution_count": cell["execution_count"], "outputs": cell["outputs"]}


def _lines(text: str | list[str]) -> list[str]:
    return "".join(text).splitlines(keepends=True)


def _what_became(machine: Path) -> Ran:
    asked = machine / "pip-was-asked"
    content = machine / "content"
    return Ran(
        saved=(machine / "saved.ipynb").read_bytes(),
        asked_of_pip=asked.read_text().splitlines() if asked.exists() else [],
        files=sorted(
            str(path.relative_to(content))
            for path in content.rglob("*")
            if path.name != "sample_data"
        ),
    )


# From here on: inside of the machine.


def serve(folder: Path) -> int:
    """Run every notebook of a folder, each in a forked kernel; return the exit code."""
    # What Colab's kernels have imported, and what makes each start slow and is the same for all.
    for name in ("numpy", "torch", "matplotlib.pyplot", "IPython", "transformer_lens"):
        importlib.import_module(name)
    for name in ("transformer_lens.model_bridge", "safetensors.torch", "circuitsvis", "jaxtyping"):
        importlib.import_module(name)
    waiting = sorted((folder / "machines").iterdir())
    running: set[int] = set()
    failed = False
    while waiting or running:
        if waiting and len(running) < SIDE_BY_SIDE:
            running.add(_forked(waiting.pop(0), folder))
            continue
        pid, status = os.wait()
        running.discard(pid)
        failed |= status != 0
    return int(failed)


def _forked(machine: Path, folder: Path) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        run(machine, folder)
        code = 0
    except BaseException:
        print(f"{machine.name}:", file=sys.stderr)
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def run(machine: Path, folder: Path) -> None:
    """Run a machine's notebook in this process, and save it."""
    _become(machine, folder)
    from IPython.core.interactiveshell import InteractiveShell

    shell: Any = InteractiveShell.instance()
    shell.history_manager.enabled = False
    shell.register_magic_function(lambda line: shell.system(f"pip {line}"), "line", "pip")
    notebook = json.loads((machine / "opened.ipynb").read_bytes())
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = _run_cell(shell, "".join(cell["source"]))
            cell["execution_count"] = shell.execution_count - 1
    (machine / "saved.ipynb").write_bytes(as_colab_saves(notebook))


def _become(machine: Path, folder: Path) -> None:
    """Make this process a kernel of a machine: nothing of the checkout can be imported."""
    ours = {str(ROOT), str(ROOT / "course"), str(ROOT / "tests")}
    dist_packages = str(machine / "dist-packages")
    sys.path[:] = ["", *(path for path in sys.path if path not in {*ours, ""}), dist_packages]
    os.environ.update(
        PATH=f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        HOME=str(machine),
        IPYTHONDIR=str(machine / "ipython"),
        COLAB_PACKAGE=str(folder / "package"),
        COLAB_DIST_PACKAGES=dist_packages,
        COLAB_PIP_WAS_ASKED=str(machine / "pip-was-asked"),
    )
    os.chdir(machine / "content")
    with contextlib.suppress(ImportError):
        importlib.import_module("google")  # other packages of Google's share its name
    for name in ("google", "google.colab"):
        sys.modules.setdefault(name, types.ModuleType(name))
    for name in ("glasslab", "grader"):
        # An editable install leaves a folder of data behind, with no code in it.
        found = importlib.util.find_spec(name)
        assert found is None or found.origin is None, f"{name} is there before it is installed"


def _run_cell(shell: Any, source: str) -> list[dict[str, Any]]:
    from IPython.utils.capture import capture_output

    with capture_output() as captured:
        ended = shell.run_cell(source, store_history=True)
    outputs: list[dict[str, Any]] = []
    for name, text in (("stdout", captured.stdout), ("stderr", captured.stderr)):
        if text:
            outputs.append({"output_type": "stream", "name": name, "text": _lines(text)})
    for shown in captured.outputs:
        data = {kind: content for kind, content in shown.data.items() if isinstance(content, str)}
        outputs.append({"output_type": "display_data", "data": data, "metadata": {}})
    if not ended.success:
        error = ended.error_before_exec or ended.error_in_exec
        told = {"ename": type(error).__name__, "evalue": str(error), "traceback": []}
        outputs.append({"output_type": "error", **told})
    return outputs


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1])))
