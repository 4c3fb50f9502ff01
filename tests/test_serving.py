"""The receiving service: a real process, HTTP and database; nothing lost, nothing twice."""

import asyncio
import hashlib
import http.client
import io
import json
import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Assignment
from test_postgres import Server
from tiny_class import UNIT, copy_of, fake_report, tiny_course

from grader.cli import main
from grader.gradebook import Writer, open_gradebook
from grader.ledger_tables import SERVED
from grader.release import source_unit
from grader.serving.app import make_app
from grader.serving.bundle import BadBundle, read_bundle
from grader.serving.class_book import ClassBook
from grader.serving.database import SERVE_VARIABLE, open_database
from grader.serving.gate import Gate
from grader.serving.intake import Intake
from grader.serving.limits import Limits, Turnstile
from grader.serving.tokens import learner_of, make_tokens
from grader.submission import MAX_SUBMISSION_BYTES
from grader.workspace import GRADEBOOK_VARIABLE

NOTEBOOK = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    return tiny_course(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def course(released, tmp_path):
    return copy_of(released, tmp_path / "classroom")


def bundle(notebook=NOTEBOOK, unit=UNIT, **changes):
    """Return a bundle as `glasslab submit` writes it, but for what is changed of its manifest."""
    digest = hashlib.sha256(notebook).hexdigest()
    manifest = {"format": 1, "unit": unit, "sha256": digest, "size": len(notebook), **changes}
    return zipped({"manifest.json": json.dumps(manifest), f"{unit}.ipynb": notebook})


def zipped(members, compression=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members.items():
            # Of 1980, whatever the clock says: the same members are the same bytes.
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return file.getvalue()


class Service:
    """A running service, and one learner's requests to it."""

    def __init__(self, course, process, url, token, log):
        self.course, self.process, self.token, self.log = course, process, token, log
        self.host, self.port = url.split("//")[1].split(":")
        self.token_of: dict[str, str] = {}

    def ask(self, method, path, body=None, *, token=None, headers=(), context=None) -> Any:
        kind = http.client.HTTPSConnection if context else http.client.HTTPConnection
        options = {"context": context} if context else {}
        connection = kind(self.host, int(self.port), timeout=60, **options)
        if isinstance(body, dict):
            body = json.dumps(body)
        authorization = {"Authorization": f"Bearer {token or self.token}"}
        try:
            connection.request(method, f"/api/v1/{path}", body, {**authorization, **dict(headers)})
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        kind = answer.headers.get("Content-Type", "")
        said = json.loads(content) if kind == "application/json" and content else content
        return answer.status, said, answer.headers

    def announce(self, content, unit=UNIT, **more):
        digest = hashlib.sha256(content).hexdigest()
        body = {"unit": unit, "sha256": digest, "size": len(content)}
        return self.ask("POST", "uploads", {**body, **more})

    def send(self, name, offset, piece):
        return self.ask("PATCH", f"uploads/{name}", piece, headers={"Upload-Offset": str(offset)})

    def hand_in(self, content):
        status, said, _ = self.announce(content)
        assert status == 201, said
        return said if said["done"] else self.send(said["upload"], said["offset"], content)[1]


@contextmanager
def serving(course, folder, *arguments, token=None):
    environment = {
        **os.environ,
        "GLASSLAB_CLASSROOM": str(course.workspace.root),
        "PYTHONUNBUFFERED": "1",
    }
    if token is None:
        engine = open_database(course.workspace)
        token = make_tokens(engine, ["ann"])["ann"]
        engine.dispose()
    log = folder / "log"
    with log.open("a") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "grader", "serve", "--port", "0", *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Receiving at "), log.read_text()
        yield Service(course, process, line.split()[2], token, log)
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture(scope="module")
def service(released, tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    course = copy_of(released, folder / "classroom")
    with serving(course, folder) as one:
        yield one


def placed(course, learner="ann"):
    return course.workspace.submitted / learner / UNIT / f"{UNIT}.ipynb"


def test_a_bundle_comes_in_pieces_and_the_same_again_is_one_submission(service):
    content = bundle()
    status, said, headers = service.announce(content)
    assert status == 201 and said["offset"] == 0 and not said["done"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    name = said["upload"]
    assert service.send(name, 0, content[:100])[1]["offset"] == 100
    status, said, _ = service.send(name, 0, content)
    assert (status, said["offset"]) == (409, 100) and "begins at 100" in said["error"]
    status, _, headers = service.ask("HEAD", f"uploads/{name}")
    assert (status, headers["Upload-Offset"]) == (200, "100")
    assert service.announce(content)[1] == {
        **{"upload": name, "offset": 100, "size": len(content), "done": False}
    }
    before = datetime.now(UTC) - timedelta(seconds=2)
    status, said, _ = service.send(name, 100, content[100:])
    receipt = said["receipt"]
    assert (
        said["done"]
        and not said["again"]
        and receipt["sha256"] == hashlib.sha256(NOTEBOOK).hexdigest()
    )
    assert (receipt["learner"], receipt["attempt"], receipt["late"]) == ("ann", 1, False)
    assert before <= datetime.fromisoformat(receipt["received"]) <= datetime.now(UTC)
    assert placed(service.course).read_bytes() == NOTEBOOK

    for same in (content, bundle(created="2026-01-01T00:00:00Z")):
        said = service.hand_in(same)
        assert said["again"] and said["receipt"] == receipt
    said = service.hand_in(bundle(NOTEBOOK + b" "))
    assert not said["again"] and said["receipt"]["attempt"] == 2
    assert placed(service.course).read_bytes() == NOTEBOOK + b" "
    assert service.hand_in(content)["receipt"] == receipt  # back to the first
    assert placed(service.course).read_bytes() == NOTEBOOK
    status, listed, _ = service.ask("GET", "submissions")
    assert [(one["attempt"], one["status"]) for one in listed] == [(1, "received"), (2, "received")]


def test_what_a_lost_connection_sent_is_kept(service):
    content = bundle(NOTEBOOK + os.urandom(600_000).hex().encode())
    name = service.announce(content)[1]["upload"]
    with socket.create_connection((service.host, int(service.port))) as raw:
        raw.sendall(
            (
                f"PATCH /api/v1/uploads/{name} HTTP/1.1\r\nHost: x\r\nUpload-Offset: 0\r\n"
                f"Authorization: Bearer {service.token}\r\nContent-Length: {len(content)}\r\n\r\n"
            ).encode()
            + content[:400_000]
        )
        time.sleep(0.5)
    for _ in range(100):
        offset = service.ask("GET", f"uploads/{name}")[1]["offset"]
        if offset:
            break
        time.sleep(0.1)
    assert 0 < offset <= 400_000
    assert service.send(name, offset, content[offset:])[1]["done"]


def test_odd_requests_get_a_status_and_one_sentence(service):
    good = bundle(b"{}")
    name = service.announce(good)[1]["upload"]
    digest = {"sha256": "0" * 64, "size": 5}
    cases = [
        (401, service.ask("GET", "submissions", token="glasslab_" + "x" * 43)),
        (401, service.ask("GET", "submissions", token="' OR 1=1")),
        (404, service.ask("GET", "nothing")),
        (404, service.ask("GET", "uploads/" + "0" * 32)),
        (404, service.ask("GET", "feedback/..%2f..%2fgradebook.db")),
        (404, service.ask("GET", f"feedback/{UNIT}")),
        (405, service.ask("DELETE", "submissions")),
        (413, service.ask("POST", "uploads", {"unit": UNIT, **digest, "size": 10**9})),
        (413, service.ask("POST", "uploads", {"unit": "x" * 10_000, **digest})),
        (422, service.ask("POST", "uploads", {"unit": "../../etc", **digest})),
        (422, service.ask("POST", "uploads", {"unit": UNIT, **digest, "sha256": "../x"})),
        (422, service.ask("POST", "uploads", b"[" * 4000)),
        (422, service.ask("PATCH", f"uploads/{name}", good)),
        (413, service.send(name, 0, good + b"more")),
        (409, service.send(name, 7, good[7:])),
    ]
    for expected, (status, said, _) in cases:
        assert status == expected, said
        assert said["error"].endswith(".") and "Traceback" not in said["error"], said
        assert "../" not in said["error"]
    wrong = bytes(len(good))
    status, said, _ = service.send(name, 0, wrong)
    assert status == 422 and "isn't what was announced" in said["error"]
    assert service.announce(good)[1]["offset"] == 0  # forgotten, and may be sent anew


def test_too_much_at_once_is_told_when_to_come_again(service):
    token = make_tokens(open_database(service.course.workspace), ["eager"])["eager"]
    asked = [service.ask("GET", "submissions", token=token) for _ in range(Limits().burst + 20)]
    statuses = [status for status, _, _ in asked]
    assert statuses[: Limits().burst] == [200] * Limits().burst and 429 in statuses
    _, said, headers = asked[statuses.index(429)]
    assert (
        headers["Retry-After"] == "1" and said["error"] == "Too many requests; come again in 1 s."
    )
    assert service.ask("GET", "submissions")[0] == 200  # others aren't kept waiting


def test_the_log_tells_who_and_what_but_no_token(service):
    service.ask("GET", f"submissions?token={service.token}")
    service.ask("GET", service.token)
    text = service.log.read_text()
    assert "GET /api/v1/submissions 200 'ann'" in text
    assert "401 None" in text
    assert service.token not in text and "glasslab_" not in text


def test_ours_is_nobody_elses(service):
    tokens = make_tokens(open_database(service.course.workspace), ["bob"])
    name = service.announce(bundle(b"[]"))[1]["upload"]
    assert service.ask("GET", f"uploads/{name}", token=tokens["bob"])[0] == 404
    assert service.ask("GET", "submissions", token=tokens["bob"])[1] == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no plain zip"),
        (b"x" * 1000, "no plain zip"),
        (bundle() + b" ", "no plain zip"),
        (b"#!/bin/sh\n" + bundle(), "no plain zip"),
        (zipped({"manifest.json": "{}"}), "no plain zip"),
        (zipped({f"{i}": "" for i in range(5000)}), "no plain zip"),
        (zipped({f"{UNIT}.ipynb": "", "manifest.json": "{}"}), "exactly"),
        (zipped({"manifest.json": "{}", f"../{UNIT}.ipynb": ""}), "exactly"),
        (zipped({"manifest.json": "[" * 60_000, f"{UNIT}.ipynb": ""}), "no JSON"),
        (zipped({"manifest.json": "[]", f"{UNIT}.ipynb": ""}), "format 1"),
        (zipped({"manifest.json": "{}", f"{UNIT}.ipynb": ""}, zipfile.ZIP_LZMA), "deflated"),
        (bundle(b"0" * 30 * 2**20), "20 MB at most"),
        (bundle(unit=UNIT, format=2), "format 1"),
        (bundle(sha256="0" * 64), "isn't the one"),
        (bundle(size=True), "isn't the one"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_bundle_is_refused_in_one_sentence(content, words):
    with pytest.raises(BadBundle, match=words):
        read_bundle(content, UNIT, Limits())


def test_links_and_lies_in_a_zip_are_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("manifest.json", "{}")
        link = zipfile.ZipInfo(f"{UNIT}.ipynb")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(BadBundle, match="plain files only"):
        read_bundle(file.getvalue(), UNIT, Limits())
    # A directory that says 10 bytes of a member that unpacks to more.
    lying = bytearray(bundle(b"0" * 10_000))
    lying[:] = lying.replace(struct.pack("<L", 10_000), struct.pack("<L", 10))
    with pytest.raises(BadBundle):
        read_bundle(bytes(lying), UNIT, Limits())


def test_the_limits_agree_with_the_graders():
    assert Limits().notebook_bytes == MAX_SUBMISSION_BYTES
    turnstile = Turnstile(Limits(burst=2, requests_a_minute=60, at_a_time=2))
    assert [turnstile.enter("ann") for _ in range(3)] == [None, None, 1]
    turnstile.leave("ann")
    assert turnstile.enter("ann") == 1 and turnstile.enter("bob") is None


def intake_of(course):
    return Intake(
        course.workspace, open_database(course.workspace), ClassBook.of(course.workspace), Limits()
    )


def arrive(intake, content, learner="ann"):
    upload = intake.announce(learner, UNIT, hashlib.sha256(content).hexdigest(), len(content))
    if not upload.done:
        intake.parts.append(upload.id, upload.offset, content)
    return upload


STEPS = ["read", "_give_receipt", "_put_in_place", "forget", "tell_gradebook"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_killed_between_two_steps_nothing_is_lost_and_nothing_twice(course, step, when):
    content = bundle()
    child = os.fork()
    if child == 0:
        intake = intake_of(course)
        upload = arrive(intake, content)
        owner = type(intake) if step.startswith(("_", "tell")) else type(intake.parts)
        really = getattr(owner, step)

        def dying(*arguments):
            if when == "after":
                really(*arguments)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(owner, step, dying)
        intake.finish(upload)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    arrived = datetime.now(UTC)
    intake = intake_of(course)
    intake.recover()
    (one,) = intake.submissions("ann")
    assert one["attempt"] == 1 and datetime.fromisoformat(one["received"]) <= arrived
    assert placed(course).read_bytes() == NOTEBOOK
    upload = arrive(intake, content)
    assert upload.done and len(intake.submissions("ann")) == 1
    assert not list(course.workspace.root.glob("uploads/*"))
    assert not list(course.workspace.submitted.rglob("*.partial"))


def test_a_bundle_that_came_but_could_not_be_stored_is_finished_when_asked_for(service):
    content = bundle(b'{"cells": ["not stored"]}')
    name = service.announce(content)[1]["upload"]
    folder = service.course.workspace.root / "received" / "ann"
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder.rename(folder.with_name("aside"))
    folder.touch()  # where a folder must be made
    try:
        status, said, headers = service.send(name, 0, content)
        assert (status, headers["Retry-After"]) == (503, "60") and str(folder) not in said["error"]
    finally:
        folder.unlink()
        aside.rename(folder)
    assert service.ask("GET", f"uploads/{name}")[1]["receipt"]["learner"] == "ann"


def test_work_that_cannot_be_finished_now_keeps_the_service_from_nothing(course, caplog):
    intake = intake_of(course)
    arrive(intake, bundle())
    received = course.workspace.root / "received"
    received.touch()  # where a folder must be made
    app = make_app(
        course.workspace, open_database(course.workspace), ClassBook.of(course.workspace)
    )
    said = []

    async def receive():
        return {"type": "lifespan.shutdown" if said else "lifespan.startup"}

    async def send(message):
        said.append(message["type"])

    async def live():
        await app({"type": "lifespan", "state": {}}, receive, send)

    asyncio.run(live())
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert "is tried again" in caplog.text
    received.unlink()
    intake.recover()
    assert placed(course).read_bytes() == NOTEBOOK


def test_a_database_that_is_gone_is_told_to_the_log_not_to_strangers(caplog):
    def learner_of(token):
        raise OSError("the disk of /srv is gone")

    answers = []

    async def send(message):
        answers.append(message)

    async def nothing(*_):
        raise AssertionError("nothing more is asked of anyone")

    headers = [(b"authorization", b"Bearer x")]
    asked = {"type": "http", "method": "GET", "path": "/api/v1/submissions", "headers": headers}
    asyncio.run(Gate(nothing, learner_of=learner_of, limits=Limits())(asked, nothing, send))
    assert answers[0]["status"] == 503 and b"/srv" not in answers[1]["body"]
    assert "/srv is gone" in caplog.text


def test_on_postgresql_too(tmp_path, monkeypatch):
    with tempfile.TemporaryDirectory(prefix="glasslab-") as folder:
        server = Server(Path(folder))
        try:
            monkeypatch.setenv(GRADEBOOK_VARIABLE, server.url)
            monkeypatch.setenv(SERVE_VARIABLE, server.url)
            course = tiny_course(tmp_path)
            engine = open_database(course.workspace)
            assert learner_of(engine, make_tokens(engine, ["ann"])["ann"]) == "ann"
            intake = intake_of(course)
            first = intake.finish(arrive(intake, bundle())).receipt
            assert first is not None
            second = intake.finish(arrive(intake, bundle(b"{}"))).receipt
            assert second is not None and second["attempt"] == 2
            assert arrive(intake, bundle()).receipt == first
            assert not list(course.workspace.root.glob("*.db"))
            unit = source_unit(course, UNIT)
            with Writer(course, unit) as writer:
                assert writer.receipt("ann", first["sha256"], placed(course)).source == SERVED
        finally:
            server.stop()


def test_what_nobody_goes_on_with_is_forgotten(course):
    intake = intake_of(course)
    names = [
        intake.announce("ann", UNIT, f"{number:064x}", 10).id
        for number in range(Limits().unfinished + 2)
    ]
    assert [intake.parts.offset(name) for name in names[:3]] == [None, None, 0]
    old = time.time() - Limits().unfinished_seconds - 1
    for path in course.workspace.root.glob("uploads/*"):
        os.utime(path, (old, old))
    intake.recover()
    assert len(list(course.workspace.root.glob("uploads/*"))) == Limits().unfinished  # just made


def test_grading_late_days_and_feedback_follow_the_servers_clock(course, capsys, monkeypatch):
    monkeypatch.setenv("GLASSLAB_CLASSROOM", str(course.workspace.root))
    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        due = gradebook.db.query(Assignment).filter_by(name=UNIT).one()
        due.duedate = datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=1)
        gradebook.db.commit()
    intake = intake_of(course)
    receipt = intake.finish(arrive(intake, bundle())).receipt
    assert receipt is not None and receipt["late"]

    unit = source_unit(course, UNIT)
    with Writer(course, unit) as writer:
        report = fake_report(placed(course).read_bytes(), unit)
        counted = writer.receipt("ann", report.submission_digest, placed(course))
        assert counted.source == SERVED
        assert counted.received.replace(tzinfo=UTC).isoformat() == receipt["received"]
        writer.write("ann", report, "key", counted.received)
    assert [one["status"] for one in intake.submissions("ann")] == ["graded"]

    assert main(["serve", "release", UNIT]) == 1
    assert "there is no page" in capsys.readouterr().out
    page = course.workspace.feedback / "ann" / UNIT / f"{UNIT}.html"
    page.parent.mkdir(parents=True)
    page.write_text("<p>well done</p>")
    os.utime(page, (0, 0))
    assert main(["serve", "release", UNIT]) == 1
    assert "older than the grade" in capsys.readouterr().out
    page.touch()
    assert main(["serve", "release", UNIT]) == 0
    assert [one["status"] for one in intake.submissions("ann")] == ["feedback released"]
    assert main(["serve", "list", "--json"]) == 0
    assert receipt == json.loads(capsys.readouterr().out.split(".\n", 1)[1])[0]


def test_feedback_is_a_file_that_only_its_learner_gets(service):
    page = service.course.workspace.root / "released" / "ann" / UNIT / ("0" * 64 + ".html")
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("<script>1</script>")
    try:
        status, said, headers = service.ask("GET", f"feedback/{UNIT}")
        assert (status, said) == (200, b"<script>1</script>")
        assert headers["Content-Type"] == "application/octet-stream"
        assert headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in headers["Content-Security-Policy"]
        tokens = make_tokens(open_database(service.course.workspace), ["eve"])
        assert service.ask("GET", f"feedback/{UNIT}", token=tokens["eve"])[0] == 404
    finally:
        page.unlink()


def test_tokens_are_shown_once_kept_as_hashes_and_revoked(course, capsys, monkeypatch):
    monkeypatch.setenv("GLASSLAB_CLASSROOM", str(course.workspace.root))
    assert main(["serve", "token", "ann", "Bo B.", "--json"]) == 0
    tokens = json.loads(capsys.readouterr().out)
    engine = open_database(course.workspace)
    assert [learner_of(engine, one) for one in tokens.values()] == ["ann", "Bo B."]
    kept = b"".join(path.read_bytes() for path in course.workspace.root.glob("serve.db*"))
    assert not any(token.encode() in kept for token in tokens.values())
    assert main(["serve", "token", "ann"]) == 0
    assert learner_of(engine, tokens["ann"]) is None  # the new one replaces it
    assert main(["serve", "token", "Bo B.", "--revoke"]) == 0
    assert learner_of(engine, tokens["Bo B."]) is None
    capsys.readouterr()
    for wrong in (["../x"], ["zoe", "--revoke"]):
        assert main(["serve", "token", *wrong]) == 1
        assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--certfile", "cert.pem"], "both --certfile and --keyfile"),
        (["--port", "99999"], "choose others with --host and --port"),
        (["--host", "203.0.113.7"], "choose others with --host and --port"),
        (["--certfile", "no.pem", "--keyfile", "no.pem"], "There is no file no.pem"),
    ],
    ids=lambda value: "",
)
def test_a_service_that_cannot_start_says_why(course, capsys, monkeypatch, arguments, words):
    monkeypatch.setenv("GLASSLAB_CLASSROOM", str(course.workspace.root))
    assert main(["serve", *arguments]) == 1
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("url", ["my database", "oracel://ann:secret@host/class"])
def test_an_address_of_no_database_is_told_without_its_password(url, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("GLASSLAB_CLASSROOM", str(tmp_path))
    monkeypatch.setenv(SERVE_VARIABLE, url)
    assert main(["serve", "list"]) == 1
    said = capsys.readouterr().err
    assert "isn't one that SQLAlchemy knows" in said and "secret" not in said


def test_without_a_released_unit_there_is_nothing_to_receive(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("GLASSLAB_CLASSROOM", str(tmp_path))
    assert main(["serve"]) == 1
    assert "grader release 03_attention" in capsys.readouterr().err


def test_tls_and_a_restart(course, tmp_path):
    if subprocess.run(["openssl", "version"], capture_output=True).returncode:
        pytest.skip("no openssl to make a certificate with")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(cert), "-days", "2"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(cafile=str(cert))
    tls = ("--certfile", str(cert), "--keyfile", str(key))
    with serving(course, tmp_path, *tls) as service:
        assert service.ask("GET", "submissions", context=context)[1] == []
    assert service.process.returncode in (0, -signal.SIGTERM)
    assert not re.search("Traceback|ERROR", (tmp_path / "log").read_text())


def test_receiving_loads_no_model_and_no_notebook_reader():
    code = (
        "import sys, grader.serving.run; sys.exit(bool("
        "{'torch', 'nbgrader', 'nbformat', 'nbconvert', 'glasslab'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=Path("/")).returncode == 0
