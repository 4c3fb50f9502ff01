"""The sandbox as honest work meets it: a notebook's kernel, and questions that come back."""

from __future__ import annotations

import dataclasses
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch

import glasslab
from glasslab.models import build_model
from glasslab.tasks.cumsum import CUMSUM
from grader.errors import GraderError
from grader.sandbox import Answer, Limits, Sandbox, SandboxUnavailable, Walls, require_walls
from grader.sandbox.identity import lease
from grader.sandbox.layout import find_layout
from grader.sandbox.process import started

CHECKOUT = Path(__file__).resolve().parents[1]
HAND_IN = "from glasslab.checks import SESSION\nSESSION.handed_in[{name!r}] = {value}"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as opened:
        yield opened


def text(box: Sandbox, source: str) -> str:
    """Run a cell that must succeed, and return all its text."""
    result = box.run_cell(source)
    assert result.status == "ok", result
    return "".join(
        output.text if output.output_type == "stream" else output.data.get("text/plain", "")
        for output in result.outputs
    )


def answer(box: Sandbox, function: str, *args: object, seconds: float = 20.0) -> Answer:
    """Hand a function in, keep it and ask it once."""
    text(box, f"{function}\n{HAND_IN.format(name='some.check', value='answer')}")
    box.keep("some_check", "some.check")
    return box.ask("some_check", args, seconds)


def test_the_walls_can_be_built_here() -> None:
    require_walls()


def test_what_is_private_may_not_lie_where_submissions_read(tmp_path: Path) -> None:
    require_walls(private=[tmp_path, CHECKOUT / "classroom"])
    (tmp_path / "link").symlink_to(Path(glasslab.__file__).parent)
    places = (Path(sys.prefix), tmp_path / "link", CHECKOUT / "data", Path("/usr/share"))
    for place in places:
        with pytest.raises(GraderError, match="must stay private"):
            require_walls(private=[tmp_path, place / "classroom"])


def test_cells_share_a_session_as_in_a_notebook(box: Sandbox) -> None:
    text(box, "x = 41")
    assert text(box, "x + 1") == "42"
    assert text(box, "_ + 1") == "43"


def test_an_error_ends_its_cell_and_is_shown(box: Sandbox) -> None:
    result = box.run_cell("print('before')\n1 / 0")
    stream, error = result.outputs

    assert (result.status, result.error_name) == ("error", "ZeroDivisionError")
    assert stream.text == "before\n"
    assert (error.ename, error.evalue) == ("ZeroDivisionError", "division by zero")
    assert text(box, "'still here'") == "'still here'"


def test_a_plot_is_kept_as_a_picture(box: Sandbox) -> None:
    result = box.run_cell("import matplotlib.pyplot as plt\nplt.plot([1, 2, 3]);")

    assert result.status == "ok"
    assert set(result.outputs[0].data) == {"text/plain", "image/png"}


def test_rich_displays_keep_their_text_only(box: Sandbox) -> None:
    source = (
        "from IPython.display import HTML, SVG, Javascript, Markdown, display\n"
        "for one in (HTML('<script>1</script>'), Javascript('1'), Markdown('# <b>x</b>')):\n"
        "    display(one)\n"
        "display({'text/html': '<i>x</i>', 'image/svg+xml': '<svg/>'}, raw=True)"
    )
    result = box.run_cell(source)

    assert result.status == "ok"
    assert {kind for output in result.outputs for kind in output.data} == {"text/plain"}
    assert len(result.outputs) == 3


def test_progress_bars_and_warnings_do_no_harm(box: Sandbox) -> None:
    source = (
        "import warnings\nfrom tqdm.auto import tqdm\n"
        "warnings.warn('mind the gap')\nsum(tqdm(range(3)))"
    )
    assert "mind the gap" in text(box, source)


def test_magics_and_shell_commands_work(box: Sandbox) -> None:
    assert "hello from inside" in text(box, "!echo hello from inside")
    text(box, "%matplotlib inline\n%time 1 + 1")


def test_output_that_is_cleared_is_gone(box: Sandbox) -> None:
    source = (
        "from IPython.display import clear_output\nprint('first')\n"
        "clear_output(wait=True)\nprint('second')"
    )
    assert text(box, source) == "second\n"


def test_a_public_model_can_be_loaded(box: Sandbox) -> None:
    source = (
        "import torch\nfrom glasslab.models import load_public\n"
        "model = load_public('cumsum')\ntuple(model(torch.arange(11)[None]).shape)"
    )
    assert text(box, source) == "(1, 11, 3)"


def test_a_model_and_tensors_go_in_and_arrays_come_out(box: Sandbox) -> None:
    model = build_model(CUMSUM.config, seed=7)
    tokens = torch.randint(0, 11, (4, 20), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = model(tokens).numpy()
    back = answer(box, "def answer(model, tokens):\n    return model(tokens)", model, tokens)

    assert back.status == "answered"
    np.testing.assert_allclose(back.value, expected, atol=1e-5)


def test_values_of_all_kinds_come_back_as_plain_data(box: Sandbox) -> None:
    function = (
        "def answer(array, number, words):\n"
        "    return {'sum': array.sum(), 'nan': float('nan'), 'list': [number, words, None]}"
    )
    back = answer(box, function, np.ones((2, 3)), 1.5, {"a": ["b"]})

    assert back.status == "answered"
    assert back.value["sum"] == 6.0 and np.isnan(back.value["nan"])
    assert back.value["list"] == [1.5, {"a": ["b"]}, None]


def test_what_was_kept_stays_whatever_comes_later(box: Sandbox) -> None:
    text(box, "def f():\n    return 'first'\n" + HAND_IN.format(name="c", value="f"))
    box.keep("c_check", "c")
    text(box, "def f():\n    return 'second'\n" + HAND_IN.format(name="c", value="f"))

    assert box.ask("c_check", ()).value == "first"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("raise NotImplementedError", Answer("stub")),
        ("raise NotImplementedError('Your code here')", Answer("stub")),
        (
            "import torch; return torch.ones(2, device='meta').tolist()",
            Answer("raised", error="NotImplementedError"),
        ),
        ("raise KeyError('the secret')", Answer("raised", error="KeyError")),
        ("raise type('TheSecret', (Exception,), {})", Answer("raised", error="an exception")),
        ("raise SystemExit", Answer("raised", error="an exception")),
        ("return object()", Answer("unusable")),
        ("return {1: 2}", Answer("unusable")),
        ("import torch; return torch.nn.Linear(2, 2)", Answer("unusable")),
        ("return 'x' * 20_000_000", Answer("unusable")),
        ("import time; time.sleep(60)", Answer("timeout")),
    ],
)
def test_every_other_end_of_an_answer_has_a_name(box: Sandbox, body: str, expected: Answer) -> None:
    assert answer(box, f"def answer():\n    {body}", seconds=3.0) == expected
    assert box.alive


@pytest.mark.parametrize(
    "sent",
    [
        "'not json'",
        "b'\\x80\\x04N.'.decode('latin1')",
        "json.dumps({'status': 'answered', 'value': {'kind': 'pickle', 'value': 'gASVAAA='}})",
        "json.dumps({'status': 'answered', 'value': {'kind': 'model', 'config': {}}})",
        "json.dumps({'status': 'full marks'})",
        "json.dumps([1])",
        "'[' * 100_000",
        "{'status': 'answered'}",
    ],
)
def test_a_forged_responder_gains_nothing(box: Sandbox, sent: str) -> None:
    text(
        box,
        f"import json, glasslab_responder as r\nhonest = r.answer\nr.answer = lambda *_: {sent}",
    )
    try:
        assert box.ask("some_check", ()) == Answer("unusable")
    finally:
        text(box, "r.answer = honest")


def test_what_was_never_handed_in_is_said_to_be_so(box: Sandbox) -> None:
    box.keep("nothing_check", "no.such.check")

    assert box.ask("nothing_check", ()) == Answer("not handed in")
    assert box.ask("never_kept", ()) == Answer("not handed in")


def test_after_the_end_everything_says_died() -> None:
    with Sandbox() as box:
        box.run_cell("import os; os._exit(0)")

        assert not box.alive
        assert box.run_cell("1").status == "died"
        assert box.ask("some_check", ()) == Answer("died")


def test_several_sandboxes_at_once_keep_apart() -> None:
    found: dict[int, str] = {}

    def work(number: int) -> None:
        with Sandbox() as box:
            box.run_cell(f"open('/tmp/mine', 'w').write('{number}')")
            found[number] = text(box, "open('/tmp/mine').read()")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == {0: "'0'", 1: "'1'", 2: "'2'"}


def test_a_missing_program_is_a_clear_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SandboxUnavailable, match="apt install bubblewrap"):
        require_walls()


def test_a_wall_that_cannot_be_built_is_a_clear_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxUnavailable, match="No permissions to create a new namespace"):
        require_walls()


def test_an_installed_grader_is_masked() -> None:
    package = Path(nbformat.__file__).parent
    inner = ["/bin/sh", "-c", f"test -d {package} && ! test -e {package}/__init__.py"]
    layout = dataclasses.replace(find_layout(), hidden=(package,))
    with lease() as identity, started(layout, Limits(), Walls(), identity, inner) as process:
        assert process.outside is not None
        assert process.outside.wait(30) == 0


def test_limits_too_tight_for_a_kernel_are_a_fault_of_the_house() -> None:
    with pytest.raises(SandboxUnavailable, match="didn't start"), Sandbox(Limits(open_files=8)):
        pass


def test_the_machine_s_own_sockets_are_not_held_against_a_sandbox() -> None:
    with Sandbox(Limits(sockets=0), Walls(no_network=False)) as box:
        assert text(box, "import time; time.sleep(0.5); 'alive'") == "'alive'"


def test_walls_and_limits_cannot_be_changed_in_passing() -> None:
    for frozen in (Walls(), Limits()):
        with pytest.raises(dataclasses.FrozenInstanceError):
            frozen.__setattr__(dataclasses.fields(frozen)[0].name, False)


def test_the_same_walls_stand_when_an_ordinary_user_starts_them() -> None:
    """Run the attacks again without root: a user namespace takes the place of a user of its own."""
    attacks = CHECKOUT / "tests" / "test_sandbox_attacks.py"
    become = _as_ordinary_user() if os.geteuid() == 0 else []
    bombs = "memory_bomb_of_many or socket_buffers or daemons"
    chosen = f"test_what_is_outside or {bombs} or infinite_loop"
    pytest_command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*become, *pytest_command, str(attacks), "-k", chosen],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert " passed" in done.stdout and "skipped" not in done.stdout


def _as_ordinary_user() -> list[str]:
    """Return a command that runs another as nobody, with Python and the checkout in its reach."""
    paths = {CHECKOUT, Path(sys.prefix), Path(sys.base_prefix).resolve()}
    closed = sorted({folder for path in paths for folder in path.parents if _is_closed(folder)})
    opened = [word for folder in closed for word in ("--perms", "0755", "--tmpfs", str(folder))]
    for path in sorted(paths):
        inside = [folder for folder in reversed(path.parents) if _is_below(folder, closed)]
        opened += [word for one in inside for word in ("--perms", "0755", "--dir", str(one))]
        opened += ["--ro-bind", str(path), str(path)] if _is_below(path, closed) else []
    return [
        *("bwrap", "--dev-bind", "/", "/", *opened, "--chdir", str(CHECKOUT), "--"),
        *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
        *("--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"),
        *("env", "HOME=/nonexistent", "PYTHONDONTWRITEBYTECODE=1", "OMP_NUM_THREADS=1"),
    ]


def _is_closed(folder: Path) -> bool:
    return not folder.stat().st_mode & stat.S_IXOTH


def _is_below(path: Path, folders: list[Path]) -> bool:
    return any(folder in path.parents for folder in folders)
