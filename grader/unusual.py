"""Words in a learner's code that no exercise asks for: no proof of anything, but worth a look.

The walls stand whatever these words do; who wants to hide them can. They are looked for as text and
not by parsing, for a parser can be crashed by what it reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

WORDS = (
    # out of Python, to the machine
    *("ctypes", "mmap", "fcntl", "ptrace", "subprocess", "os.fork", "os.system", "os.kill"),
    *("os._exit", "os.setuid", "os.mknod", "os.link", "RLIMIT_", "SIGKILL", "SIG_IGN", "SIGSTOP"),
    # other people's things
    *("/proc/", "/etc/", "/dev/", "../..", "gradebook", "sqlite3", "submitted", "sitecustomize"),
    # out of the machine, and to whoever reads
    *("import socket", "socket.socket", "<script", "javascript:", "Javascript", "payload_manager"),
    # the grader's own things
    *("glasslab_responder", "import grader", "from grader", "BEGIN HIDDEN", "handed_in", "SESSION"),
    *("iopub_socket", "ast_transformers", "displayhook", "_getframe", "gc.get_objects"),
    *("sys.modules", "sys.settrace", "__reduce__", "__subclasses__", "__torch_function__"),
)
KNOWN = re.compile("|".join(map(re.escape, WORDS)))
SHOWN = 6


def unusual_words(sources: Iterable[str]) -> list[str]:
    """Return which of the words stand in the sources, each once, in the list's order."""
    found = {match for source in sources for match in KNOWN.findall(source)}
    return [word for word in WORDS if word in found]


def in_words(words: list[str]) -> str:
    """Say which they are, or the first few."""
    more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return f"its code says {', '.join(words[:SHOWN])}{more}, which no exercise asks for"
