"""Processes that work for another end with it, whatever ends it."""

import os
import signal
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool

import pytest

from grader.processes import processes

WORK = """
import signal, sys, time
from grader.processes import processes

signal.signal(signal.SIGINT, signal.default_int_handler)  # in a shell's background it is ignored

BEGIN = "from tqdm import tqdm; tqdm(disable=True); print('at work', flush=True)"

def wait():
    try:
        time.sleep(600)
    finally:
        time.sleep(1)  # whoever was told to stop as well now has time to complain of it

try:
    with processes(2) as pool:
        # The first to come takes what is endless, so the other's word tells that both are there.
        pool.submit(time.sleep, 600)
        pool.submit(exec, BEGIN).result()
        {then}
except KeyboardInterrupt:
    sys.exit(130)
except ZeroDivisionError:
    sys.exit(3)
"""
WAIT = "wait()"
FAIL = "pool.submit(divmod, 1, 0).result()"


@pytest.mark.parametrize(
    ("then", "sent", "code"),
    [(FAIL, None, 3), (WAIT, signal.SIGINT, 130), (WAIT, signal.SIGKILL, -signal.SIGKILL)],
    ids=["a process fails", "Ctrl-C", "killed"],
)
def test_nothing_is_left_at_work(then, sent, code):
    begun = subprocess.Popen(
        [sys.executable, "-c", WORK.format(then=then)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert begun.stdout and begun.stdout.readline() == "at work\n"
    if sent == signal.SIGINT:
        os.killpg(begun.pid, sent)  # as a terminal does: every process gets it
    elif sent:
        begun.send_signal(sent)
    # What it prints to is open for as long as any of its processes is left.
    _, complaints = begun.communicate(timeout=120)
    assert begun.returncode == code
    if sent != signal.SIGKILL:
        assert not complaints


def test_a_process_that_is_ended_from_outside_is_noticed():
    with processes(2) as pool, pytest.raises(BrokenProcessPool):
        pool.submit(os._exit, 1).result()


def test_one_process_is_this_one():
    with processes(1) as pool:
        assert pool.submit(os.getpid).result() == os.getpid()
        with pytest.raises(ZeroDivisionError):
            pool.submit(divmod, 1, 0)
