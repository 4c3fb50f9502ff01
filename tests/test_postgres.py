"""The gradebook on a real PostgreSQL server: the whole line, from release to the formgrader."""

import csv
import logging
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from nbgrader import dbutil
from nbgrader.apps.api import NbGraderAPI
from nbgrader.apps.exportapp import ExportApp
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import OperationalError
from tiny_class import RIGHT, UNIT, fake_report, hand_in, tiny_course

from grader.errors import GraderError
from grader.gradebook import Writer, load_unit, open_gradebook
from grader.grading import write_feedback
from grader.workspace import GRADEBOOK_VARIABLE

NOON = datetime(2026, 3, 1, 12)


def programs() -> Path:
    """Return the folder of a PostgreSQL server's programs; Debian keeps them off the path."""
    folders = [Path(found).parent for found in [shutil.which("initdb")] if found]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return (folder / "initdb").resolve().parent
    pytest.fail(
        "These tests need a PostgreSQL server's programs, initdb and postgres: "
        "apt-get install postgresql"
    )


class Server:
    """A server of its own, behind a socket in a folder of its own, reached by no network."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"postgresql+psycopg://grader@/postgres?host={folder}"
        # PostgreSQL refuses to run as root.
        self.run: dict[str, Any] = {"cwd": folder, "env": {"LC_ALL": "C", "PATH": os.defpath}}
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            self.run |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        subprocess.run(
            [
                *(programs() / "initdb", "-D", folder / "data", "-U", "grader", "-A", "trust"),
                *("-E", "UTF8", "--no-sync", "--no-instructions"),
            ],
            check=True,
            capture_output=True,
            **self.run,
        )
        self.start()

    def start(self) -> None:
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [
                    *(programs() / "postgres", "-D", self.folder / "data", "-k", self.folder),
                    *("-c", "listen_addresses=", "-c", "fsync=off"),
                ],
                stdout=log,
                stderr=log,
                **self.run,
            )
        for _ in range(300):
            try:
                with sqlalchemy.create_engine(self.url).connect():
                    return
            except OperationalError:
                assert self.process.poll() is None, (self.folder / "log").read_text()
                time.sleep(0.1)
        pytest.fail((self.folder / "log").read_text())

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)  # "fast": connections are closed
        self.process.wait(timeout=30)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    # Not pytest's folder: the path of a socket has 107 letters, and the account must reach it.
    with tempfile.TemporaryDirectory(prefix="glasslab-") as folder:
        server = Server(Path(folder))
        yield server
        server.stop()


@pytest.fixture(scope="module")
def course(server, tmp_path_factory):
    """A tiny class, released into the server's database and written by our writer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(GRADEBOOK_VARIABLE, server.url)
        course = tiny_course(tmp_path_factory.mktemp("tiny"))
        hand_in(course, dict.fromkeys(("ann", "bob"), RIGHT))
        yield course


@pytest.fixture
def unit(course):
    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        return load_unit(gradebook, UNIT)


def grade(course, unit):
    with Writer(course, unit) as writer:
        for student in ("ann", "bob"):
            path = course.workspace.submitted / student / UNIT / f"{UNIT}.ipynb"
            report = fake_report(path.read_bytes(), unit)
            receipt = writer.receipt(student, report.submission_digest, path)
            writer.write(student, report, f"key of {student}", receipt.received)
        return report


def test_the_whole_line_ends_in_feedback_formgrader_and_export(course, unit, tmp_path):
    report = grade(course, unit)
    grade(course, unit)
    with Writer(course, unit) as writer:
        assert writer.recorded() == {name: f"key of {name}" for name in ("ann", "bob")}
        assert writer.attempts("ann") == 1
    write_feedback(course, UNIT)
    page = course.workspace.feedback / "ann" / UNIT / f"{UNIT}.html"
    assert report.verdicts[0].words in page.read_text()

    config = course.nbgrader_config()
    dbutil.upgrade(course.workspace.gradebook_url)
    pages = NbGraderAPI(CourseDirectory(config=config), config=config)
    rows = pages.get_notebook_submissions(UNIT, UNIT)
    assert {row["student"]: row["score"] for row in rows} == dict.fromkeys(
        ("ann", "bob"), report.points
    )
    assert [row["num_submissions"] for row in pages.get_assignments()] == [2]
    assert {row["id"] for row in pages.get_students()} == {"ann", "bob"}

    to = tmp_path / "grades.csv"
    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        exporter = ExportApp(config=config).plugin_class(config=config)
        exporter.to = str(to)
        exporter.export(gradebook)
    scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(to.open())}
    assert scores == dict.fromkeys(("ann", "bob"), report.points)


def test_another_writer_is_waited_for_and_told_once(course, unit, caplog):
    engine = sqlalchemy.create_engine(course.workspace.gradebook_url)
    with engine.connect() as other:
        other.exec_driver_sql("LOCK TABLE glasslab_report IN EXCLUSIVE MODE")
        release = threading.Timer(5, other.rollback)
        release.start()
        with caplog.at_level(logging.WARNING):
            grade(course, unit)
        release.join()
    engine.dispose()
    assert len([one for one in caplog.records if "another program" in one.getMessage()]) == 1


def test_a_server_that_restarts_is_waited_for(server, course, unit, caplog):
    path = course.workspace.submitted / "ann" / UNIT / f"{UNIT}.ipynb"
    report = fake_report(path.read_bytes() + b" ", unit)
    with caplog.at_level(logging.WARNING), Writer(course, unit) as writer:
        assert writer.recorded()
        server.stop()
        again = threading.Timer(2, server.start)
        again.start()
        writer.write("ann", report, "after the restart", NOON)
    again.join()
    assert [one for one in caplog.records if "doesn't answer" in one.getMessage()]
    with Writer(course, unit) as writer:
        assert writer.recorded()["ann"] == "after the restart"


def test_no_server_is_one_sentence_at_once(tmp_path):
    url = f"postgresql+psycopg://grader:s3cret@/x?host={tmp_path}"
    with pytest.raises(GraderError, match="can't be opened") as told, open_gradebook(url):
        pass
    assert "s3cret" not in str(told.value)
