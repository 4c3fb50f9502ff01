"""Handing in: what is looked at, what is written, and that nothing is lost on the way."""

import copy
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from jupyter_client.manager import start_new_kernel
from receiving import RECEIVED, TOKEN, Fault, receiver

from glasslab.cli import main
from glasslab.submitting import asking, sending, status
from glasslab.submitting.reading import read_notebook
from glasslab.submitting.review import review

ROOT = Path(__file__).resolve().parents[1]
RELEASED = sorted(ROOT.glob("course/[0-9][0-9]_*/*.ipynb"))
UNIT = "03_attention"
ANSWER = "def attention_scores(model, tokens):\n    return 1\n"


@pytest.fixture
def notebook():
    return json.loads((ROOT / "course" / UNIT / f"{UNIT}.ipynb").read_text("utf-8"))


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("GLASSLAB_TOKEN", TOKEN)
    monkeypatch.setattr(asking, "time", SimpleNamespace(sleep=lambda seconds: None))
    with receiver() as running:
        monkeypatch.setenv("GLASSLAB_SERVER", running.address)
        yield running


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("GLASSLAB_SERVER", "GLASSLAB_TOKEN", "GLASSLAB_RUNNING"):
        monkeypatch.delenv(name, raising=False)


def cell(notebook, cell_id):
    return next(each for each in notebook["cells"] if each["id"] == cell_id)


def run_all(notebook):
    """Give each code cell a saved run, and each check its words."""
    code = [each for each in notebook["cells"] if each["cell_type"] == "code"]
    for count, each in enumerate(code, start=1):
        each["execution_count"] = count
        name = "".join(each["source"]).removeprefix('check("').partition('"')[0]
        words = [f"✓ {name}: correct\n"] if "_check" in each["id"] else []
        each["outputs"] = [{"output_type": "stream", "name": "stdout", "text": words}]
    return notebook


def save(notebook, name=f"{UNIT}.ipynb"):
    path = Path(name)
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return path


def submitted(*arguments, capsys):
    """Return exit code, the JSON result, and what was said to people."""
    code = main(["submit", *map(str, arguments), "--json"])
    printed = capsys.readouterr()
    return code, json.loads(printed.out or "null"), printed.err


@pytest.mark.parametrize("path", RELEASED, ids=lambda path: path.stem)
def test_a_released_unit_is_known_and_nothing_in_it_is_answered(path):
    seen = review(read_notebook(path.read_bytes(), path.name), path.stem)
    assert seen.checks and set(seen.checks.values()) == {"not attempted"}
    assert len(seen.answered) > len(seen.checks) and not any(seen.answered.values())
    assert not seen.problems and not any("changed" in note for note in seen.notes)


def test_what_would_be_handed_in_is_shown_and_nothing_is_written(notebook, capsys):
    run_all(notebook)
    cell(notebook, "attention_scores")["source"] = ANSWER
    text = cell(notebook, "attention_swap_check")["outputs"][0]
    text["text"] = ["✓ attention.swap: correct\n", "✗ attention.swap: it costs 2 nats\n"]
    save(notebook)
    code, result, said = submitted("--dry-run", capsys=capsys)
    assert code == 0 and result["problems"] == [] and result["notes"] == []
    assert result["checks"]["attention.scores"] == "correct"
    assert result["checks"]["attention.swap"] == "incorrect"
    assert [name for name, done in result["answered"].items() if done] == ["attention_scores"]
    assert "1 of 12 written" in said and "incorrect: attention.swap" in said
    assert "Nothing was handed in" in said
    assert [path.name for path in Path.cwd().iterdir()] == [f"{UNIT}.ipynb"]


def drop(cell_id):
    return lambda notebook: notebook["cells"].remove(cell(notebook, cell_id))


def twice(notebook):
    notebook["cells"].append(copy.deepcopy(cell(notebook, "attention_scores")))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (drop("attention_swap_check"), "graded cells of attention.swap are missing"),
        (drop("attention_swap"), "answer cell of attention_swap is missing"),
        (twice, "attention_scores is there twice"),
        (lambda notebook: notebook["cells"].clear(), "none of a unit's exercises"),
    ],
)
def test_what_would_cost_points_keeps_it_back_until_said_otherwise(notebook, spoil, words, capsys):
    spoil(notebook)
    save(notebook)
    code, _, said = submitted(capsys=capsys)
    assert code == 1 and words in said and "--anyway" in said
    assert not Path("my_submissions").exists()
    code, result, _ = submitted("--anyway", capsys=capsys)
    assert code == 0 and words in " ".join(result["problems"]) and Path(result["bundle"]).exists()


def test_a_unit_under_another_units_name_is_kept_back(notebook, capsys):
    save(notebook, "04_mlp.ipynb")
    code, _, said = submitted(capsys=capsys)
    assert code == 1 and "handed in as 04_mlp, but checks attention" in said


def out_of_order(notebook):
    cell(notebook, "attention_scores")["execution_count"] = 99


def changed(notebook):
    cell(notebook, "setup")["source"] = "import torch"


def failed(notebook):
    error = {"output_type": "error", "ename": "KeyError", "evalue": "", "traceback": []}
    cell(notebook, "verdicts")["outputs"] = [error]


def not_run(notebook):
    cell(notebook, "verdicts")["execution_count"] = None


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (out_of_order, "attention_scores_check before attention_scores, which stands above it"),
        (changed, "locked text of setup was changed"),
        (failed, "verdicts ended in KeyError"),
        (not_run, "No run of verdicts is saved"),
    ],
)
def test_what_a_learner_should_know_is_told_and_handed_in(notebook, spoil, words, capsys):
    spoil(run_all(notebook))
    save(notebook)
    code, result, said = submitted(capsys=capsys)
    assert code == 0 and [words in note for note in result["notes"]] == [True] and words in said


def test_what_colab_saves_is_read_alike(notebook, capsys):
    for each in run_all(notebook)["cells"]:
        each["metadata"]["id"] = each.pop("id")
        each["metadata"]["executionInfo"] = {"status": "ok"}
    notebook["nbformat_minor"] = 0
    notebook["metadata"]["colab"] = {"provenance": []}
    save(notebook, "Copy of 03_attention (1).ipynb")
    code, result, _ = submitted("Copy of 03_attention (1).ipynb", capsys=capsys)
    assert code == 0 and result["unit"] == UNIT and len(result["checks"]) == 10
    assert result["problems"] == [] and result["notes"] == []


def test_a_bundle_is_two_files_and_the_same_notebook_gives_the_same_one(notebook, capsys):
    content = save(run_all(notebook)).read_bytes()
    _, result, said = submitted("--zip", "out", capsys=capsys)
    with zipfile.ZipFile(result["bundle"]) as archive:
        assert archive.namelist() == ["manifest.json", f"{UNIT}.ipynb"]
        assert archive.read(f"{UNIT}.ipynb") == content
        manifest = json.loads(archive.read("manifest.json"))
    expected = {"format": 1, "unit": UNIT, "sha256": result["sha256"], "size": len(content)}
    assert expected.items() <= manifest.items()
    assert manifest["checks"] == result["checks"] and manifest["answered"] == result["answered"]
    assert "only then is it handed in" in said
    groups = said.split("Your receipt: ")[1].split()
    assert "".join(groups) == result["sha256"] and {len(group) for group in groups} == {4}
    before = Path(result["bundle"]).read_bytes()
    submitted("--zip", "out", capsys=capsys)
    assert [path.read_bytes() for path in Path("out").iterdir()] == [before]
    Path(result["bundle"]).write_bytes(before[:500])  # cut short by something else
    submitted("--zip", "out", capsys=capsys)
    assert zipfile.ZipFile(result["bundle"]).testzip() is None


@pytest.mark.parametrize(
    ("content", "name", "arguments", "words"),
    [
        (None, "", [], "There are no notebooks of units"),
        (None, "", ["99_nothing"], "no notebook '99_nothing'"),
        (b"{}", f"{UNIT}.ipynb", [], "can't be read as a notebook"),
        (b'{"cells": [[]]}', f"{UNIT}.ipynb", [], "can't be read as a notebook"),
        (b"[" * 100_000, f"{UNIT}.ipynb", [], "can't be read as a notebook"),
        (b" " * (20 * 2**20 + 1), f"{UNIT}.ipynb", [], "larger than 20 MB"),
        (b'{"cells": []}', "mine.ipynb", ["mine.ipynb"], "--unit 03_attention"),
        (b'{"cells": []}', f"{UNIT}.ipynb", ["--to", "ftp://x"], "no address"),
        (b'{"cells": []}', f"{UNIT}.ipynb", ["--to", "https://a b.example"], "no address"),
        (b'{"cells": []}', f"{UNIT}.ipynb", ["--to", "https://a..example"], "no address"),
        (b'{"cells": []}', f"{UNIT}.ipynb", ["--to", "https://[::1"], "no address"),
        (b'{"cells": []}', f"{UNIT}.ipynb", ["--to", "http://127.0.0.1/\xe9"], "no address"),
        (b'{"cells": []}', f"{UNIT}.ipynb", ["--to", "http://school.example"], "isn't encrypted"),
        (b'{"cells": []}', f"{UNIT}.ipynb", ["--exchange", "."], "is no exchange"),
        (b'{"cells": []}', f"{UNIT}.ipynb", ["--zip", f"{UNIT}.ipynb"], "can't be written"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_a_non_zero_exit(content, name, arguments, words, capsys):
    if content is not None:
        Path(name).write_bytes(content)
    assert main(["submit", "--anyway", "--token", "abc", *arguments]) == 1
    printed = capsys.readouterr().err
    assert printed.startswith("glasslab: ") and words in printed and printed.count("\n") == 1


def test_over_http_it_is_received_once_however_often_it_is_sent(notebook, server, capsys):
    save(notebook)
    code, first, said = submitted(capsys=capsys)
    assert code == 0 and not first["again"] and first["receipt"]["sha256"] == first["sha256"]
    assert f"Received from ada at {RECEIVED}" in said and "late" not in said
    sent = server.sent()
    code, second, said = submitted(capsys=capsys)
    assert code == 0 and second["again"] and second["receipt"] == first["receipt"]
    assert "it counts once" in said and server.sent() == sent
    kept = json.loads(Path("my_submissions/receipts.json").read_text("utf-8"))
    assert [each["sha256"] for each in kept] == [first["sha256"]]


@pytest.mark.parametrize(
    "faults",
    [
        [Fault("PATCH", kept=1000)],
        [Fault("PATCH", kept=0), Fault("GET", kept=0)],
        [Fault("PATCH", answered=False)],
        [Fault("POST", kept=0), Fault("PATCH", kept=700), Fault("PATCH", kept=900)],
        [Fault("POST", 503, body=b"<html>"), Fault("PATCH", 500)],
        [Fault("PATCH", 429, headers={"Retry-After": "7"})],
    ],
    ids=str,
)
def test_a_lost_connection_is_taken_up_where_it_was(notebook, server, faults, monkeypatch, capsys):
    monkeypatch.setattr(sending, "CHUNK", 4096)
    save(notebook)
    server.faults = list(faults)
    code, result, _ = submitted(capsys=capsys)
    assert code == 0 and result["receipt"]["sha256"] == result["sha256"] and not server.faults
    size = Path(result["bundle"]).stat().st_size
    assert size <= server.sent() <= size + 4096 * len(faults)


def test_a_new_process_goes_on_where_an_earlier_one_was_cut_off(
    notebook, server, monkeypatch, capsys
):
    monkeypatch.setattr(sending, "CHUNK", 4096)
    monkeypatch.setattr(asking, "PATIENCE", 0.0)
    save(notebook)
    server.faults = [Fault("PATCH", kept=2000), Fault("GET", 503)]
    code, _, said = submitted(capsys=capsys)
    assert code == 1 and "Nothing is lost" in said
    before = server.sent()
    code, result, _ = submitted(capsys=capsys)
    size = Path(result["bundle"]).stat().st_size
    assert code == 0 and server.sent() - before == size - 2000


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("POST", 401), "doesn't know this token"),
        (Fault("POST", 413, body=b'{"error": "Too large: 30 MB."}'), "refuses it: Too large"),
        (Fault("PATCH", 422, body=b'{"error": "No unit\\n99."}'), "refuses it: No unit 99."),
        (Fault("PATCH", 409), "check the address"),
        (Fault("POST", 409, body=b'{"error": "Too many at once."}'), "Too many at once."),
        (Fault("POST", 404, body=b"<html>"), "check the address"),
        (Fault("POST", 200, body=b"<html>"), "check the address"),
        (Fault("POST", 201, body=b'{"upload": "../x", "offset": 0}'), "check the address"),
        (Fault("POST", 201, body=b'{"upload": "x", "offset": -1}'), "check the address"),
        (Fault("POST", 429, headers={"Retry-After": "900"}), "run the same again later"),
        (Fault("POST", 302, headers={"Location": "http://evil.example"}), "http://evil.example"),
    ],
    ids=str,
)
def test_a_refusal_is_told_in_one_sentence(notebook, server, fault, words, capsys):
    save(notebook)
    server.faults = [fault]
    assert main(["submit", "--json"]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("glasslab: ") and words in last


def test_a_token_goes_nowhere_else(notebook, server, capsys):
    save(notebook)
    with receiver() as other:
        leading_away = {"Location": f"{other.address}/api/v1/uploads"}
        server.faults = [
            Fault("POST", 307, headers=leading_away),
            Fault("POST", 302, headers=leading_away),
        ]
        assert [main(["submit"]), main(["submit"])] == [1, 1]
        assert other.requests == []
    cell(notebook, "attention_scores")["source"] = f'submit(token="{TOKEN}")'
    save(notebook)
    capsys.readouterr()
    assert main(["submit"]) == 1
    assert "token stands in this notebook" in capsys.readouterr().err and not server.uploads


def test_a_receipt_for_something_else_is_not_believed(notebook, server, capsys):
    save(notebook)
    server.receipt_of = "0" * 64
    code, _, said = submitted(capsys=capsys)
    assert code == 1 and "receipt for something else" in said


def test_lateness_is_the_services_word(notebook, server, capsys):
    save(notebook)
    server.late = True
    assert "service's clock, late; attempt 1" in submitted(capsys=capsys)[2]


def test_without_a_service_status_tells_what_is_written_here(notebook, capsys):
    for command in ("status", "feedback"):
        assert main([command]) == 1
        assert "No receiving service is known here" in capsys.readouterr().err
    save(notebook)
    _, result, _ = submitted(capsys=capsys)
    assert main(["status"]) == 0
    assert f"it was handed in: {Path(result['bundle']).name}" in capsys.readouterr().out


def test_a_look_at_the_service_tells_what_is_wrong_in_one_sentence(notebook, server, capsys):
    save(notebook)
    submitted(capsys=capsys)
    server.status = "graded"
    assert main(["status"]) == 0
    assert "graded; feedback isn't released yet" in capsys.readouterr().out
    cases = [
        ("status", Fault("GET", 401), "doesn't know this token"),
        ("status", Fault("GET", 200, body=b'{"error": 1}'), "check the address"),
        ("status", Fault("GET", 200, body=b'[{"unit": "x"}]'), "check the address"),
        (
            "status",
            Fault("GET", 200, body=b'[{"unit": "x", "attempt": 1e999}]'),
            "check the address",
        ),
        ("status", Fault("GET", 429, headers={"Retry-After": "900"}), "again later"),
        ("feedback", Fault("GET", 404, body=b'{"error": "None yet."}'), "says: None yet."),
    ]
    for command, fault, words in cases:
        server.faults = [fault]
        assert main([command, *([UNIT] if command == "feedback" else [])]) == 1
        assert words in capsys.readouterr().err.splitlines()[-1]
    assert main(["feedback", "../x"]) == 1
    assert "'../x' is no unit" in capsys.readouterr().err
    server.faults = [Fault("GET", 200, body=b"<p>right</p>")]
    assert main(["feedback", UNIT, "--json"]) == 0
    saved = Path(json.loads(capsys.readouterr().out)[UNIT])
    assert saved.read_bytes() == b"<p>right</p>"
    status()  # in a cell, too, nothing is raised
    server.faults = [Fault("GET", 401)]
    status()
    printed = capsys.readouterr().out
    assert "has from ada:" in printed and "✗ " in printed


def test_nobody_there_to_type_a_token_is_told(notebook, server, monkeypatch, capsys):
    monkeypatch.delenv("GLASSLAB_TOKEN")
    save(notebook)
    code, _, said = submitted(capsys=capsys)
    assert code == 1 and "GLASSLAB_TOKEN" in said and not server.requests
    # Nor is anybody asked for one before it is clear that there is somewhere to send it.
    assert "no address" in submitted("--to", "ftp://x", capsys=capsys)[2]


def test_a_trial_run_asks_the_checks_anew_and_hands_nothing_in_from_inside(capsys):
    sources = [
        'def check(name, answer):\n    print(f"✗ {name}: no")',
        'check("attention.scores", None)',
        'from glasslab.submitting import submit\nsubmit("https://nowhere.example")',
        "raise ValueError('later cells still run')",
        'check("attention.pattern", None)',
    ]
    cells = [
        {
            "cell_type": "code",
            "source": each,
            "metadata": {},
            "execution_count": None,
            "outputs": [],
        }
        for each in sources
    ]
    save({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
    code, result, said = submitted("--run", "--dry-run", capsys=capsys)
    assert code == 0 and result["checks"]["attention.scores"] == "not attempted"
    assert result["ran"] == {"attention.scores": "incorrect", "attention.pattern": "incorrect"}
    assert "(just now)" in said


IMITATED_COLAB = """
import sys, types
def blocking_request(request, timeout_sec=None):
    assert request == "get_ipynb"
    return {"ipynb": NOTEBOOK}
message = types.SimpleNamespace(blocking_request=blocking_request)
sys.modules["google.colab"] = types.ModuleType("google.colab")
sys.modules["google.colab._message"] = message
"""


def test_a_notebook_hands_itself_in_as_saved(notebook, server, monkeypatch):
    call = "from glasslab.submitting import submit\nsubmit()"
    own = {"cell_type": "code", "id": "own", "metadata": {}, "execution_count": None, "outputs": []}
    notebook["cells"].append(own | {"source": call})
    path = Path(f"{UNIT}.ipynb").resolve()
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    manager, client = start_new_kernel()
    try:

        def run(code):
            printed = []
            client.execute_interactive(
                code,
                timeout=60,
                output_hook=lambda message: printed.append(message["content"].get("text", "")),
            )
            return "".join(printed)

        def save_long_ago():
            save(notebook)
            run(f"import os; os.utime({str(path)!r}, (1, 1))")

        assert "own file isn't known" in run(call)
        save_long_ago()
        run(ANSWER)
        assert "save the notebook (Ctrl+S)" in run(call) and not server.receipts
        cell(notebook, "attention_scores")["source"] = ANSWER.strip()
        save_long_ago()
        assert "attempt 1" in run(call)
        # What this cell printed and how often it ran makes no other notebook of it.
        cell(notebook, "own").update(execution_count=5, outputs=notebook["cells"][2]["outputs"])
        save_long_ago()
        assert "it counts once" in run(call) and len(server.receipts) == 1
        cell(notebook, "setup")["source"] = "changed"
        notebook["metadata"]["colab"] = {"name": "Copy of 03_attention.ipynb"}
        run(f"NOTEBOOK = __import__('json').loads({json.dumps(notebook)!r})\n" + IMITATED_COLAB)
        assert "attempt 2" in run(call)
        del notebook["metadata"]["colab"]
        run(f"NOTEBOOK = __import__('json').loads({json.dumps(notebook)!r})")
        assert 'submit(unit="03_attention")' in run(call)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_what_goes_through_nbgraders_exchange_is_collected(notebook, monkeypatch, tmp_path, capsys):
    from grader.arrivals import is_fit_name
    from grader.course import Course
    from grader.receipts import collect
    from grader.workspace import Workspace

    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    inbound = tmp_path / "exchange" / "glasslab" / "inbound"
    inbound.mkdir(parents=True)
    content = save(notebook).read_bytes()
    assert main(["submit", "--exchange", str(tmp_path / "exchange")]) == 0
    assert "Your receipt" in capsys.readouterr().out
    course = Course(ROOT, ROOT / "course", Workspace(tmp_path / "classroom"))
    course.workspace.root.mkdir()
    done = collect(course, UNIT, exchange=tmp_path / "exchange")
    (student,) = done.students
    assert is_fit_name(student) and not done.left_out
    taken = course.workspace.submitted / student / UNIT
    assert (taken / f"{UNIT}.ipynb").read_bytes() == content
    (kept,) = (tmp_path / "jupyter" / "nbgrader_cache" / "glasslab").iterdir()
    secrets = [(each / "submission_secret.txt").read_text() for each in (taken, kept)]
    assert secrets[0] == secrets[1] and len(secrets[0]) == 128


def test_help_is_quick_and_explains_every_option(capsys):
    code = (
        "import sys; from glasslab.cli import build_parser; build_parser();"
        "from glasslab.submitting import submit; submit();"
        "sys.exit(bool({'torch', 'nbformat', 'numpy', 'IPython'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
    for name in ("submit", "doctor", "status", "feedback"):
        with pytest.raises(SystemExit):
            main([name, "--help"])
        assert len(capsys.readouterr().out.splitlines()) >= 7
