"""What came in and when: only trusted times count, and only what is read stays in its folder."""

import os
import pwd
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension
from tiny_class import RIGHT, UNIT, WRONG, fake_report, hand_in

import grader.plugin
from grader.arrivals import sweep
from grader.cli import main
from grader.engine import read_submission
from grader.errors import GraderError
from grader.gradebook import Writer
from grader.ledger_tables import EXCHANGE, IMPORTED, SEEN
from grader.receipts import collect, import_list, read_list
from grader.submission import digest_of

NOON = datetime(2026, 3, 1, 12)
ME = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def course(tiny):
    return tiny


def file_of(course, student="ann"):
    return course.workspace.submitted / student / UNIT / f"{UNIT}.ipynb"


def graded(course, unit, student="ann"):
    """Grade what a learner has handed in, and return the receipt that counted."""
    path = file_of(course, student)
    with Writer(course, unit) as writer:
        report = fake_report(path.read_bytes(), unit)
        receipt = writer.receipt(student, report.submission_digest, path)
        writer.write(student, report, "key", receipt.received)
    return receipt


def now():
    return datetime.now(UTC).replace(tzinfo=None)


def written(tmp_path, text):
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8-sig")
    return path


def test_without_a_receipt_counts_when_the_bytes_came_here_first(course, unit):
    before = now() - timedelta(seconds=1)
    hand_in(course, {"ann": RIGHT})
    os.utime(file_of(course), (0, 0))  # what a learner's archive may set
    first = graded(course, unit)
    assert first.source == SEEN and before <= first.received <= now()
    content = file_of(course).read_bytes()
    file_of(course).unlink()
    file_of(course).write_bytes(content)  # the same again, later
    assert graded(course, unit) == first


def test_an_imported_time_belongs_to_the_submission_graded_next_and_no_later_one(course, unit):
    hand_in(course, {"ann": RIGHT})
    assert graded(course, unit).source == SEEN
    assert import_list(course, UNIT, {"ann": NOON}) == 1
    assert graded(course, unit).received == NOON
    hand_in(course, {"ann": WRONG})
    assert import_list(course, UNIT, {"ann": NOON}) == 0  # the old list again
    assert graded(course, unit).source == SEEN
    later = NOON + timedelta(days=1)
    assert import_list(course, UNIT, {"ann": later}) == 1
    assert graded(course, unit).received == later
    hand_in(course, {"ann": RIGHT})
    assert graded(course, unit).received == NOON


def test_a_list_is_read_with_zones(tmp_path):
    text = (
        'id,student,received\n1,ann,2026-03-01T13:00:00+01:00\n2,"Ödön, B.",2026-03-01 12:00:00Z\n'
    )
    assert read_list(written(tmp_path, text)) == {"ann": NOON, "Ödön, B.": NOON}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("student,time\nann,2026-03-01T12:00:00Z\n", "no column received"),
        ("student,received\nann,2026-03-01T12:00:00\n", "names no zone"),
        ("student,received\nann,yesterday\n", "line 2: 'yesterday' is no time"),
        ("student,received\nann,2999-03-01T12:00:00Z\n", "nothing can have been handed in"),
        ("student,received\nann,1026-03-01T12:00:00Z\n", "nothing can have been handed in"),
        ("student,received\n../ann,2026-03-01T12:00:00Z\n", "can't be a learner"),
        ("student,received\nann,2026-03-01T12:00:00Z,5\n", "can't be a learner, or a column"),
        ("student,received\nann\n", "can't be a learner, or a column"),
        ('student,received\n"ann\n', "is not CSV"),
        ("student,received\n" + "ann,2026-03-01T12:00:00Z\n" * 2, "a second time"),
    ],
)
def test_an_odd_row_is_refused_in_one_sentence(tmp_path, text, words):
    with pytest.raises(GraderError, match=words):
        read_list(written(tmp_path, text))


def inbound(exchange, student, claimed, content, random="r"):
    folder = exchange / "glasslab" / "inbound" / f"{student}+{UNIT}+{claimed}+{random}"
    folder.mkdir(parents=True)
    (folder / f"{UNIT}.ipynb").write_bytes(content)
    (folder / "timestamp.txt").write_text(claimed)
    (folder / "submission_secret.txt").write_text("s")
    (folder / "nbgrader_config.py").write_text("raise SystemExit")
    old = NOON.timestamp()
    for path in (*folder.iterdir(), folder):
        os.utime(path, (old, old))
    return folder


def test_the_exchange_tells_when_work_really_reached_it(course, unit, tmp_path):
    """Neither a name nor a file nor a modification time counts; the newest is what came last."""
    exchange, started = tmp_path / "exchange", now() - timedelta(seconds=1)
    inbound(exchange, ME, "2026-02-02 00:00:00.000000 UTC", b"first")
    inbound(exchange, ME, "2026-02-01 00:00:00.000000 UTC", b"second")
    inbound(exchange, "nobody", "2026-02-01 00:00:00.000000 UTC", b"of another account")
    linked = inbound(exchange, ME, "2026-02-03 00:00:00.000000 UTC", b"", "link")
    (linked / f"{UNIT}.ipynb").unlink()
    (linked / f"{UNIT}.ipynb").symlink_to(course.workspace.root / "gradebook.db")
    inbound(exchange, "mal\nory", "2026-02-01 00:00:00.000000 UTC", b"x")

    done = collect(course, UNIT, exchange=exchange)
    assert done.students == (ME,)
    assert len(done.left_out) == 3
    folder = file_of(course, ME).parent
    assert file_of(course, ME).read_bytes() == b"second"
    assert {path.name for path in folder.iterdir()} == {
        *("timestamp.txt", "submission_secret.txt", f"{UNIT}.ipynb")
    }
    receipt = graded(course, unit, ME)
    assert receipt.source == EXCHANGE and started <= receipt.received <= now()
    [incident] = receipt.against(read_submission(ME, file_of(course, ME)).timestamp)
    assert incident.kind == "claimed time" and incident.concern == "attempt"
    assert "2026-02-01 00:00 UTC" in incident.words
    assert collect(course, UNIT, exchange=exchange).unchanged == 1
    assert set(collect(course, UNIT, exchange=exchange, any_owner=True).students) == {"nobody"}


def test_claims_that_are_true_are_no_incidents(course, unit):
    hand_in(course, {"ann": RIGHT})
    receipt = graded(course, unit)
    assert receipt.against(None) == receipt.against(now()) == ()
    assert receipt.against(receipt.received - timedelta(minutes=4)) == ()
    [incident] = receipt.against(NOON)
    assert incident.concern == "note"


def test_the_commands_say_what_they_did(released, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GLASSLAB_CLASSROOM", str(tmp_path / "classroom"))
    (tmp_path / "classroom").mkdir()
    text = "student,received\nann,2026-03-01T12:00:00Z\n"
    assert main(["receipts", "import", str(written(tmp_path, text)), "03_attention"]) == 0
    assert capsys.readouterr().out == "1 receipts read, 1 of them new.\nNo submission yet: ann.\n"
    assert main(["receipts", "collect", "03_attention", "--exchange", str(tmp_path)]) == 1
    assert "There is no exchange in" in capsys.readouterr().err


def ran(folder, monkeypatch):
    """Open a folder as nbgrader's formgrader does for an address that names it."""
    monkeypatch.delenv("PLANTED", raising=False)
    page = FormgradeExtension()
    page.load_cwd_config = False
    page.config_dir = str(folder)
    page.initialize([], root=str(folder))
    return os.environ.get("PLANTED") == "yes"


def test_planted_configuration_can_be_run_no_more(course, monkeypatch):
    hand_in(course, {"mal": RIGHT})
    folder = file_of(course, "mal").parent
    elsewhere = folder.parent / "99_other" / "deep"
    elsewhere.mkdir(parents=True)
    for place in (folder, elsewhere):
        (place / "nbgrader_config.py").write_text("import os\nos.environ['PLANTED'] = 'yes'")
        assert ran(place, monkeypatch)
    found = sweep(course.workspace, UNIT)
    [incident] = found["mal"]
    assert incident.kind == "planted configuration" and incident.concern == "attempt"
    places = {Path(place) for place, _, _ in os.walk(course.workspace.root)}
    assert len(list((course.workspace.quarantine / "mal" / UNIT).iterdir())) == 2
    assert not any(ran(place, monkeypatch) for place in places)
    assert sweep(course.workspace, UNIT) == {}


def test_whatever_does_not_belong_is_moved_and_told(course, caplog):
    """In folders and names; links and special files are not followed."""
    submitted = course.workspace.submitted
    hand_in(course, {"ann": RIGHT, "mal": RIGHT})
    folder = file_of(course, "mal").parent
    (folder / "timestamp.txt").symlink_to(course.workspace.root / "gradebook.db")
    (folder / "link").symlink_to("/")
    os.mkfifo(folder / "pipe")
    (folder / "sub" / "deeper").mkdir(parents=True)
    (folder / "sub" / "deeper" / "..\nx.py").write_text("x")
    (folder / ("n" * 250)).write_text("x")
    Path(os.fsdecode(bytes(folder) + b"/\xff\xfe")).write_text("x")
    (submitted / "linked").symlink_to(submitted / "ann")
    odd = [b"new\nline", b"\xff\xfe", b"l" * 200]
    for name in odd:
        path = Path(os.fsdecode(bytes(submitted) + b"/" + name)) / UNIT
        path.mkdir(parents=True)
        (path / f"{UNIT}.ipynb").write_text("{}")

    found = sweep(course.workspace, UNIT)
    assert set(found) == {"mal"}
    [incident] = found["mal"]
    assert incident.kind == "stray file" and "\n" not in incident.words
    incident.words.encode()
    assert {path.name for path in folder.iterdir()} == {f"{UNIT}.ipynb"}
    assert {path.name for path in submitted.iterdir()} == {"ann", "mal"}
    assert len([one for one in caplog.records if "can't be a learner" in one.getMessage()]) == 4
    for path in course.workspace.quarantine.rglob("*"):
        assert path.is_dir() or (path.is_file() and path.name.endswith(".quarantined"))
        assert path.name.isascii() and not path.is_symlink()
    assert (course.workspace.root / "gradebook.db").stat().st_size > 0


def test_nbgraders_autograde_sweeps_as_well(course, monkeypatch):
    monkeypatch.setenv("GLASSLAB_CLASSROOM", str(course.workspace.root))
    hand_in(course, {"mal": RIGHT})
    folder = file_of(course, "mal").parent
    (folder / "nbgrader_config.py").write_text("x")
    hook = course.nbgrader_config().Autograde.pre_convert_hook
    assert hook is grader.plugin.sweep_submission
    (folder / "timestamp.txt").write_text("the day before yesterday")
    hook(assignment=UNIT, student="*", notebooks=[str(file_of(course, "mal"))])
    assert {path.name for path in folder.iterdir()} == {f"{UNIT}.ipynb"}
    (folder / "timestamp.txt").write_text("2026-01-02 03:04:05 UTC")
    hook(assignment=UNIT, student="*", notebooks=[str(file_of(course, "mal"))])
    assert {path.name for path in folder.iterdir()} == {f"{UNIT}.ipynb", "timestamp.txt"}


def test_imported_beats_exchange_beats_seen(course, unit, tmp_path):
    hand_in(course, {ME: RIGHT})
    content = file_of(course, ME).read_bytes()
    assert graded(course, unit, ME).source == SEEN
    inbound(tmp_path, ME, "2026-02-01 00:00:00.000000 UTC", content)
    collect(course, UNIT, exchange=tmp_path)
    assert graded(course, unit, ME).source == EXCHANGE
    import_list(course, UNIT, {ME: NOON})
    with Writer(course, unit) as writer:
        assert writer.receipt(ME, digest_of(content), file_of(course, ME)).source == IMPORTED
