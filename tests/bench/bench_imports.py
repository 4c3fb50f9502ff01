"""Times what units import, in fresh kernels: ``python tests/bench/bench_imports.py [UNIT ...]``.

Beside it, in turns, what torch and TransformerLens take alone, imported as their own documentation
does. The gain is what `glasslab.bridge` and `glasslab.unneeded` do.
"""

from __future__ import annotations

import argparse
import ast
import statistics
import subprocess
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from jupyter_client.manager import start_new_kernel

COURSE = Path(__file__).resolve().parents[2] / "course"
ALONE = "import torch\nfrom transformer_lens.model_bridge import TransformerBridge"


def main() -> None:
    """Print seconds by the clock and their ratio, for each unit and round."""
    units = sorted(folder.name for folder in COURSE.glob("[0-9][0-9]_*"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("units", nargs="*", default=units, metavar="UNIT", help="default: all")
    parser.add_argument("--rounds", type=int, default=3, help="how often to time (%(default)s)")
    args = parser.parse_args()
    seconds(ALONE)  # The first reads from the disk.
    print(f"{'median seconds of ' + str(args.rounds):<30}unit   torch and TransformerLens   ratio")
    for unit in args.units:
        lines = imports_of(unit)
        pairs = [(seconds(lines), seconds(ALONE)) for _ in range(args.rounds)]
        ours, alone = (statistics.median(times) for times in zip(*pairs))
        print(f"{unit:<28}{ours:>6.2f}{alone:>28.2f}{ours / alone:>8.2f}", flush=True)


def imports_of(unit: str) -> str:
    """Return the imports of a unit's cells, as lines to run."""
    cells = nbformat.read(COURSE / unit / f"{unit}.ipynb", as_version=4).cells
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    trees = [ast.parse(TransformerManager().transform_cell(source)) for source in sources]
    found = (node for tree in trees for node in tree.body)
    return "\n".join(
        ast.unparse(one) for one in found if isinstance(one, ast.Import | ast.ImportFrom)
    )


def seconds(lines: str) -> float:
    """Return how long a kernel that has just started takes to run some lines.

    Raises:
        RuntimeError: they don't run.
    """
    manager, client = start_new_kernel(kernel_name="python3", stderr=subprocess.DEVNULL)
    told: list[str] = []

    def hear(message: dict) -> None:
        if message["msg_type"] == "stream":
            told.append(message["content"]["text"])

    timed = f"import time\nbegun = time.perf_counter()\n{lines}\nprint(time.perf_counter() - begun)"
    try:
        reply = client.execute_interactive(timed, output_hook=hear)["content"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    if reply["status"] != "ok":
        raise RuntimeError(f"These imports fail with {reply.get('ename')}:\n{lines}")
    return float(told[-1])


if __name__ == "__main__":
    main()
