"""The engine on a Dask cluster: separate worker processes, one of them killed on the way."""

import os
import signal
import subprocess
from typing import Any

import dask.config
import pytest
from distributed import Client, LocalCluster, Security
from tiny_class import RIGHT, STUB, SUITE, UNIT, WRONG, copy_of, hand_in, tiny_course

import grader.grading
from glasslab.models import build_model
from glasslab.tasks.cumsum import CUMSUM
from grader.cluster import suite_from_bytes, suite_to_bytes
from grader.engine import Submission, examine_all
from grader.errors import GraderError
from grader.grading import grade_unit
from grader.journal import suite_digest
from grader.release import source_unit
from grader.suite import Subject, Suite
from grader.workspace import CLASSROOM_VARIABLE

ANSWERS = {"ada": RIGHT, "ben": WRONG, "cleo": STUB, "dan": f"{RIGHT}\nraise SystemExit"}
POINTS = {"ada": 2, "ben": 0, "cleo": 0, "dan": 2}


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    return tiny_course(tmp_path_factory.mktemp("tiny"))


def certificate_in(folder):
    """Make a key and its certificate, which signs itself."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=glasslab", "-keyout", key, "-out", cert),
        ],
        check=True,
        capture_output=True,
    )
    return {"cert": str(cert), "key": str(key)}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Encrypted, as docs/cluster.md says to configure it: all parties share one certificate."""
    certificate = certificate_in(tmp_path_factory.mktemp("tls"))
    folder = tmp_path_factory.mktemp("workers")
    tls = {
        f"distributed.comm.tls.{party}.{file}": path
        for party in ("scheduler", "worker", "client")
        for file, path in certificate.items()
    }
    tls["distributed.comm.tls.ca-file"] = certificate["cert"]
    with (
        dask.config.set({"distributed.comm.require-encryption": True, **tls}),
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            protocol="tls",
            security=Security(),
            dashboard_address=":0",
            local_directory=str(folder),
        ) as cluster,
    ):
        yield cluster


@pytest.mark.parametrize("own", [False, True], ids=["none", "one of another"])
def test_whoever_has_not_the_certificate_is_turned_away(
    own, cluster, released, tmp_path, monkeypatch
):
    monkeypatch.setattr("grader.cluster.CONNECT_SECONDS", 1)
    unit, address = source_unit(released, UNIT), cluster.scheduler_address
    assert address.startswith("tls://")
    theirs = certificate_in(tmp_path) if own else {"cert": None, "key": None}
    client = {f"distributed.comm.tls.client.{file}": path for file, path in theirs.items()}
    with dask.config.set(client), pytest.raises(GraderError, match="can't be reached"):
        list(examine_all([Submission("a", b"")], unit, SUITE, scheduler=address))


def test_a_class_is_graded_by_workers_that_hold_no_gradebook(
    released, cluster, tmp_path, monkeypatch
):
    course = copy_of(released, tmp_path / "classroom")
    monkeypatch.setattr(grader.grading, "suite_for", lambda workspace, task: SUITE)
    hand_in(course, ANSWERS)
    address = cluster.scheduler_address
    graded = grade_unit(course, UNIT, scheduler=address, progress=False)
    assert {student: one.points for student, one in graded.items()} == POINTS
    assert not grade_unit(course, UNIT, scheduler=address, progress=False).outcomes
    with Client(address, set_as_default=False) as client:
        environments: Any = client.run(lambda: dict(os.environ))
    assert not any(CLASSROOM_VARIABLE in one for one in environments.values())


def test_a_killed_worker_costs_no_submission_and_no_grade(released, cluster, tmp_path):
    course = copy_of(released, tmp_path / "classroom")
    unit = source_unit(course, UNIT)
    hand_in(course, ANSWERS)
    content = {
        student: (course.workspace.submitted / student / UNIT / f"{UNIT}.ipynb").read_bytes()
        for student in ANSWERS
    }
    submissions = [
        Submission(f"{student}-{i}", content[student]) for i in range(2) for student in ANSWERS
    ]
    points = {}
    with Client(cluster.scheduler_address, set_as_default=False) as client:
        for submission, report in examine_all(submissions, unit, SUITE, scheduler=client):
            if not points:
                workers: Any = client.run(os.getpid)
                os.kill(min(workers.values()), signal.SIGKILL)
            points[submission.student] = report.points
            assert not [one for one in report.incidents if one.concern == "fault"]
    assert points == {f"{student}-{i}": POINTS[student] for i in range(2) for student in ANSWERS}


def test_a_scheduler_that_is_not_there_is_told_in_one_sentence(released, monkeypatch):
    monkeypatch.setattr("grader.cluster.CONNECT_SECONDS", 1)
    unit = source_unit(released, UNIT)
    with pytest.raises(GraderError, match=r"tcp://127\.0\.0\.1:9 can't be reached"):
        list(examine_all([Submission("a", b"")], unit, SUITE, scheduler="tcp://127.0.0.1:9"))


def test_a_suite_travels_whole():
    model = build_model(CUMSUM.config, seed=3)
    suite = Suite("cumsum", (Subject("one", "decoy", model),), 11)
    assert suite_digest(suite_from_bytes(suite_to_bytes(suite))) == suite_digest(suite)
