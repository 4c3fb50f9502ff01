"""Honest work that must not suffer: all answers right, each file odd in a way that tools are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from grader.attacks import (
    MANUAL,
    NOTEBOOK,
    SOLVED,
    UNSOLVED,
    Attack,
    Base,
    honest_work,
)
from grader.sample_class import as_colab_saves


def with_cell(name: str, summary: str, source: str, before: str = SOLVED) -> Attack:
    """Return full work with one more cell."""
    return honest_work(
        f"honest/{name}",
        summary,
        lambda base: base.full.with_cell_before(before, source).as_files(),
    )


def with_answer(name: str, summary: str, source: str) -> Attack:
    """Return full work with one answer written differently."""
    return honest_work(
        f"honest/{name}",
        summary,
        lambda base: base.full.with_answer(UNSOLVED, source).as_files(),
    )


def as_saved(name: str, summary: str, save: Callable[[Any], Any]) -> Attack:
    """Return full work as ``save`` writes it: given its JSON data, it returns bytes or None."""

    def make(base: Base) -> Mapping[str, bytes]:
        data = base.full.as_json()
        saved = save(data)
        return {NOTEBOOK: saved if isinstance(saved, bytes) else json.dumps(data).encode()}

    return honest_work(f"honest/{name}", summary, make)


def _vs_code(data: Any) -> None:
    data["metadata"] = {
        "kernelspec": {"display_name": ".venv (3.12.1)", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "version": "3.12.1", "file_extension": ".py"},
        "vscode": {"interpreter": {"hash": "31f2aee4e71d21fbe5cf8b01ff0e069b"}},
    }
    data["nbformat_minor"] = 2
    for number, cell in enumerate(data["cells"]):
        cell["metadata"]["vscode"] = {"languageId": "python"}
        # It gives ids of its own, if any.
        cell["id"] = f"{number:08x}"


def _kaggle(data: Any) -> None:
    data["metadata"] |= {"kaggle": {"accelerator": "none", "dataSources": []}}
    for number, cell in enumerate(data["cells"]):
        cell["metadata"] |= {"_uuid": f"{number:032x}", "trusted": True}
        cell["metadata"] |= {"execution": {"iopub.status.busy": "2026-01-01T00:00:00.000000Z"}}


def _nbgrader_dropped(data: Any) -> None:
    for cell in data["cells"]:
        cell["metadata"] = {"tags": []}


def _no_ids_no_minor(data: Any) -> None:
    data["nbformat_minor"] = 0
    for cell in data["cells"]:
        del cell["id"]


def _windows(data: Any) -> bytes:
    for cell in data["cells"]:
        cell["source"] = cell["source"].replace("\n", "\r\n")
    return json.dumps(data, indent=1).replace("\n", "\r\n").encode("utf-8-sig")


def _lists_of_lines(data: Any) -> None:
    for cell in data["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)


def _already_run(data: Any) -> None:
    for number, cell in enumerate(data["cells"]):
        if cell["cell_type"] == "code":
            cell["execution_count"] = number
            cell["outputs"] = [
                {"output_type": "stream", "name": "stderr", "text": ["Warning: old\n"]},
                {
                    "output_type": "error",
                    "ename": "NameError",
                    "evalue": "from an earlier attempt",
                    "traceback": ["\u001b[0;31mNameError\u001b[0m"],
                },
            ]


def _blanks(data: Any) -> None:
    for cell in data["cells"]:
        cell["source"] = "\n" + cell["source"].replace("\n", "  \n") + "\n\n"


def _own_kernel(data: Any) -> None:
    data["metadata"]["kernelspec"] = {
        "name": "conda-env-mytorch-py",
        "display_name": "Python [conda env:mytorch]",
        "language": "python",
    }


def _accents(data: Any) -> bytes:
    for cell in data["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name == MANUAL:
            cell["source"] = "Nullstelle: größer als 0 → „nein“. 零 ноль שלום 🙂"
        elif name == UNSOLVED:
            cell["source"] = cell["source"].replace("W_E", "größe_σ")
    return json.dumps(data, ensure_ascii=False).encode()


ATTACKS = (
    with_cell(
        "stderr",
        "warnings and words on stderr",
        "import sys, warnings, logging\n"
        "warnings.warn('careful')\n"
        "print('oh', file=sys.stderr)\n"
        "logging.warning('noted')\n"
        "import os; os.write(2, b'from C\\n')",
    ),
    with_cell("slow", "a first cell that takes its time", "import time\ntime.sleep(5)"),
    with_cell(
        "bars-and-pictures",
        "progress bars, plots and rich displays",
        "import matplotlib.pyplot as plt\n"
        "from IPython.display import HTML, Markdown, Math, clear_output, display\n"
        "from tqdm.auto import tqdm\n"
        "for _ in tqdm(range(3)): pass\n"
        "plt.plot([1, 2]); plt.show()\n"
        "display(HTML('<b>bold</b>'), Markdown('*words*'), Math('x^2'))\n"
        "handle = display('one', display_id=True)\n"
        "handle.update('two')\n"
        "print('gone'); clear_output(wait=True); print('stays')",
    ),
    with_cell(
        "magics",
        "magics and shell commands that notebooks are full of",
        "%matplotlib inline\n"
        "%config InlineBackend.figure_format = 'retina'\n"
        "%time sum(range(10))\n"
        "!echo hello\n"
        "files = !ls\n"
        "%env FOO=bar",
    ),
    with_cell(
        "own-error",
        "a note to oneself that fails",
        "1 / 0",
    ),
    with_cell(
        "exit-in-a-note",
        "a cell that stops 'Run All' on the learner's machine",
        "raise SystemExit('stop here')",
    ),
    with_cell(
        "input",
        "a question to oneself, which nobody answers here",
        "name = input('your name? ')",
    ),
    with_cell(
        "writes-files",
        "files written and read where the notebook runs",
        "from pathlib import Path\n"
        "Path('mine').mkdir(exist_ok=True)\n"
        "Path('mine/notes.txt').write_text('ä')\n"
        "assert Path('mine/notes.txt').read_text() == 'ä'\n"
        "import tempfile; tempfile.NamedTemporaryFile().write(b'x')",
    ),
    with_cell(
        "threads",
        "threads, processes and asynchronous code, put to honest use",
        "import asyncio, concurrent.futures, subprocess, sys, torch\n"
        "with concurrent.futures.ThreadPoolExecutor(4) as pool: print(*pool.map(abs, range(9)))\n"
        "await asyncio.sleep(0.01)\n"
        "print(subprocess.run([sys.executable, '-c', 'print(1)'], capture_output=True).stdout)\n"
        "torch.set_num_threads(2)\n"
        "print(torch.ones(200, 200).matmul(torch.ones(200, 200)).sum())",
    ),
    with_cell(
        "much-output",
        "some megabytes printed by a forgotten debug line",
        "for i in range(60_000): print('debug', i, 'x' * 20)",
    ),
    with_cell(
        "name-reused",
        "the answer's name is used for something else behind its test",
        "unwrapped_embedding = 3\ncarried_labels = None",
        before=MANUAL,
    ),
    with_cell(
        "random-state",
        "seeds, default types and print options of one's own",
        "import random, numpy as np, torch\n"
        "torch.manual_seed(1); np.random.seed(1); random.seed(1)\n"
        "torch.set_default_dtype(torch.float64)\n"
        "torch.set_printoptions(precision=2); np.set_printoptions(precision=2)",
    ),
    with_answer(
        "other-forms",
        "an answer that is an object with a method, and returns lists",
        "class Unwrap:\n"
        "    def __call__(self, W_E, verbose=False):\n"
        "        half = len(W_E) // 2\n"
        "        return W_E[half + 1:].tolist() + W_E[:half + 1].tolist()\n"
        "unwrapped_embedding = Unwrap()",
    ),
    with_answer(
        "numpy",
        "an answer in numpy that prints and shows while it runs",
        "import numpy as np\n"
        "from IPython.display import display\n"
        "from functools import lru_cache\n"
        "def unwrapped_embedding(W_E):\n"
        "    print('called with', W_E.shape)\n"
        "    display(W_E[:1])\n"
        "    return np.roll(W_E.numpy(), len(W_E) // 2, axis=0)",
    ),
    with_answer(
        "needs-gradient",
        "an answer that still carries a gradient",
        "def unwrapped_embedding(W_E):\n"
        "    return W_E.clone().requires_grad_().roll(W_E.shape[0] // 2, dims=0)",
    ),
    honest_work(
        "honest/split-cells",
        "helpers in cells of their own, between the unit's, and a text beside each",
        lambda base: base.full.with_answer(
            UNSOLVED, "def unwrapped_embedding(W_E):\n    return helper(W_E)"
        )
        .with_cell_before(UNSOLVED, "def helper(W_E):\n    return W_E.roll(len(W_E) // 2, 0)")
        .with_cell_after(UNSOLVED, "I chose `roll`.", "markdown")
        .as_files(),
    ),
    honest_work(
        "honest/colab",
        "saved by Colab: no cell ids, metadata of its own, format 4.0",
        lambda base: {NOTEBOOK: as_colab_saves(base.full.notebook)},
    ),
    as_saved("vs-code", "saved by VS Code: its own metadata and ids", _vs_code),
    as_saved("kaggle", "saved by Kaggle: its own metadata everywhere", _kaggle),
    as_saved("metadata-dropped", "a tool dropped nbgrader's metadata", _nbgrader_dropped),
    as_saved("minor-0", "format 4.0 without cell ids", _no_ids_no_minor),
    as_saved("windows", "Windows line ends and a byte order mark", _windows),
    as_saved("lists-of-lines", "texts as lists of lines, as Jupyter writes them", _lists_of_lines),
    as_saved("already-run", "outputs and errors of earlier attempts", _already_run),
    as_saved("blanks", "blanks at line ends and around locked cells", _blanks),
    as_saved("own-kernel", "a kernel that only the learner has", _own_kernel),
    as_saved("accents", "letters of other alphabets in words, names and file", _accents),
    Attack(
        "honest/name-of-learner",
        "a learner's name with accents, blanks and other alphabets",
        lambda base: base.full.as_files(),
        student="Zoë O'Brien-Müller 李",
        honest=True,
    ),
    honest_work(
        "honest/files-beside",
        "a data file, a picture and a checkpoint handed in beside the notebook",
        lambda base: {
            NOTEBOOK: base.full.as_bytes(),
            "data.csv": b"a,b\n1,2\n",
            "figures/mine.png": b"\x89PNG\r\n\x1a\n",
            ".ipynb_checkpoints/01_data-checkpoint.ipynb": base.half.as_bytes(),
        },
    ),
)  # fmt: skip
