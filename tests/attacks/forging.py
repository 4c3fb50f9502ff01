"""Forging the verdict from inside the kernel."""

from __future__ import annotations

from grader.attacks import answer_attack, cell_attack

ATTACKS = (
    answer_attack(
        "forging/always-equal",
        "an object that equals whatever it is compared with",
        "class Always:\n"
        "    def __eq__(self, other): return True\n"
        "    def __getattr__(self, name): return Always()\n"
        "    def __call__(self, *args, **more): return Always()\n"
        "unwrapped_embedding = Always()",
        # Nothing need be told: it is a wrong answer like any other.
    ),
    cell_attack(
        "forging/exit-after",
        "the kernel is killed once the answers are in",
        "import os, threading\nthreading.Timer(60, os._exit, (0,)).start()\nos._exit(0)",
        before="",
        told=("cell died",),
        keeps=True,
    ),
)
