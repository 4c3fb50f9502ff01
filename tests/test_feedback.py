"""The page a learner reads: what it says of each kind of mistake, and that anyone can read it."""

import ast
import copy
import itertools
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest
from browsing import LAPTOP, PHONE, chromium, grave_findings, visit
from test_gradebook import NOON, by_a_person, report_of
from tiny_class import STUB, UNIT, hand_in, tiny_course

from grader.advice import ADVICE, Kind, fitting_hint, kind_of
from grader.course import Course
from grader.errors import GraderError
from grader.feedback import Mark, feedback_html, feedback_on
from grader.gradebook import Writer, open_gradebook
from grader.grading import write_feedback
from grader.guide import guide_to
from grader.release import source_unit
from grader.report import NO_VALUE, Incident, Report, Status, Tally, Verdict
from grader.sandbox.frozen import freeze
from grader.submission import rebuild
from grader.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
ATTENTION = "03_attention"
SEED = "a-seed-that-nobody-may-read"
MOST_CELLS = 16

HELD = (Tally("hidden models", 5, 5), Tally("decoys", 3, 3))
FOOLED = (Tally("hidden models", 5, 5), Tally("decoys", 1, 3))
NOTHING = (Tally("hidden models", 0, 5), Tally("decoys", 0, 3))
IN_PART = (Tally("hidden models", 5, 5), Tally("models before training", 0, 2))


def judged(tallies, mistake="", status=Status.WRONG, points=0.0):
    return Verdict("x", status, points, 2.0, "words", tallies, mistake)


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [
        (judged(HELD, status=Status.RIGHT), Kind.HELD),
        (judged((), NO_VALUE["stub"], Status.NOT_ATTEMPTED), Kind.NOT_ATTEMPTED),
        (judged((), NO_VALUE["not handed in"], Status.NOT_ATTEMPTED), Kind.NOT_REACHED),
        (judged((), "", Status.NOT_ATTEMPTED), Kind.NOT_ATTEMPTED),
        (judged((), "", Status.NEEDS_PERSON), Kind.WAITING),
        (judged(NOTHING, NO_VALUE["raised"]), Kind.RAISED),
        (judged(NOTHING, NO_VALUE["timeout"]), Kind.TOO_SLOW),
        (judged(NOTHING, NO_VALUE["died"]), Kind.DIED),
        (judged(NOTHING, NO_VALUE["unusable"]), Kind.TYPE),
        (judged(NOTHING, "the answer does not have the shape that was asked for"), Kind.SHAPE),
        (judged(NOTHING, "the answer does not hold one number for each neuron"), Kind.SHAPE),
        (
            judged(IN_PART, "it is a direction that is read, not one that is written"),
            Kind.RECOGNISED,
        ),
        (judged(IN_PART, "unsound: some list has a smaller margin"), Kind.UNSOUND),
        (judged(FOOLED, "unsound: some list has a smaller margin"), Kind.UNSOUND),
        (judged(NOTHING, "the answer is not an array of numbers"), Kind.TYPE),
        (judged(NOTHING, "the answer is neither True nor False"), Kind.TYPE),
        (judged(NOTHING, "the answer holds values that are not finite"), Kind.NOT_FINITE),
        (judged(FOOLED, "the values differ"), Kind.FOOLED),
        (judged(IN_PART, "the values differ"), Kind.SOME_GROUPS),
        (judged(NOTHING, "the correlations have lost their sign"), Kind.RECOGNISED),
        (judged(NOTHING, "the values differ"), Kind.VALUES),
    ],
)
def test_the_kind_of_a_mistake(verdict, kind):
    assert kind_of(verdict) is kind


def test_what_held_in_the_notebook_only_was_read_off_the_public_model():
    verdict = judged(NOTHING, "the values differ")
    assert kind_of(verdict, passed_check=True) is Kind.PUBLIC_ONLY
    assert kind_of(judged(FOOLED, "the values differ"), passed_check=True) is Kind.FOOLED


def test_every_sentence_on_the_form_of_an_answer_is_known_as_one():
    """Probes' own sentences, read from their source: a new one may need a word in `advice`."""
    sentences = set()
    for path in (ROOT / "grader" / "probes").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                sentences.add(node.value)
    form = {one for one in sentences if re.match(r"the answer (is|does|holds) (not|neither)", one)}
    assert len(form) > 15
    kinds = {one: kind_of(judged(NOTHING, one)) for one in form}
    assert set(kinds.values()) <= {Kind.SHAPE, Kind.TYPE}, kinds


def test_all_that_is_not_right_is_told_what_to_do():
    assert set(Kind) - set(ADVICE) == {Kind.HELD, Kind.WAITING, Kind.BY_HAND}


def test_hints_fit_the_kind():
    hints = ("What should it do?", "Print the shape `[batch key]`.", "Divide by it.")
    chosen = {kind: fitting_hint(kind, hints) for kind in Kind}
    assert chosen[Kind.NOT_ATTEMPTED] == 0
    assert chosen[Kind.SHAPE] == 1 and chosen[Kind.VALUES] == 1
    assert chosen[Kind.HELD] is None and chosen[Kind.TOO_SLOW] is None
    assert fitting_hint(Kind.VALUES, ()) is None and fitting_hint(Kind.VALUES, hints[:1]) == 0


@pytest.mark.parametrize("path", sorted(ROOT.glob("solutions/*/*.ipynb")), ids=lambda p: p.stem)
def test_every_graded_cell_has_a_title_and_every_function_hints(path):
    notebook = nbformat.read(path, as_version=4)
    guide = guide_to(notebook, path.stem)
    assert guide.title[:2] == path.stem[:2]
    for cell in notebook.cells:
        named = cell.metadata.get("nbgrader", {})
        if named.get("grade"):
            exercise = guide.exercises[named["grade_id"]]
            assert re.match(r"(Exercise|Explanation) \d+ · ", exercise.title), named["grade_id"]
            assert exercise.hints or named.get("solution"), named["grade_id"]


def test_a_verdict_of_before_there_were_tallies_is_still_read():
    report = report_with([judged(FOOLED, "the values differ")]).outcome
    again = type(report).from_json(report.to_json())
    assert again == report
    data = json.loads(report.to_json())
    for key in ("tallies", "mistake"):
        del data["verdicts"][0][key]
    [old] = type(report).from_json(json.dumps(data)).verdicts
    assert (old.tallies, old.mistake, old.words) == ((), "", "words")
    for bad in ({"group": "x", "right": 3, "asked": 2}, {"group": "x", "right": True, "asked": 1}):
        data["verdicts"][0]["tallies"] = [bad]
        with pytest.raises(GraderError, match="outcome"):
            type(report).from_json(json.dumps(data))


def report_with(verdicts, notebook=None, incidents=()):
    return Report(
        unit=ATTENTION,
        submission_digest="0" * 64,
        verdicts=tuple(verdicts),
        incidents=tuple(incidents),
        notebook=notebook or nbformat.v4.new_notebook(),
    )


@pytest.fixture(scope="module")
def attention(tmp_path_factory):
    """The unit on attention as a solved submission, with the outputs that its solution keeps."""
    root = tmp_path_factory.mktemp("attention")
    course = Course(ROOT, root / "course", Workspace(root))
    source = nbformat.read(course.source_of(ATTENTION), as_version=4)
    unit = source_unit(course, ATTENTION)
    notebook = rebuild(nbformat.writes(source).encode(), unit).notebook
    kept = {cell.id: cell.outputs for cell in source.cells if cell.cell_type == "code"}
    named = {
        cell.metadata.nbgrader.grade_id: cell.id
        for cell in source.cells
        if "nbgrader" in cell.metadata
    }
    for cell in notebook.cells:
        if cell.cell_type == "code":
            shown = kept.get(named.get(cell.id, cell.id), [])
            frozen = [freeze(one.output_type, one) for one in shown]
            cell.outputs = [one for one in frozen if one is not None]
            for one in cell.outputs:
                if one.output_type == "execute_result":
                    one.execution_count = 1
    # Of what stands between the questions some will do: axe-core takes its time over long pages.
    asked = [
        cell
        for cell in notebook.cells[MOST_CELLS:]
        if (named := cell.metadata.get("nbgrader")) and (named.grade or named.solution)
    ]
    notebook.cells = notebook.cells[:MOST_CELLS] + asked
    return source, unit, notebook


def of_all_kinds(unit):
    """Return a verdict of every kind, spread over a unit's questions."""
    ways = [
        (Status.RIGHT, HELD, ""),
        (Status.RIGHT, HELD, ""),
        (Status.WRONG, FOOLED, "the values differ"),
        (Status.WRONG, NOTHING, "the values differ"),
        (Status.WRONG, NOTHING, "the answer does not have the shape that was asked for"),
        (Status.PARTLY, (Tally("hidden models", 3, 5), HELD[1]), "the correlations are squared"),
        (Status.WRONG, NOTHING, NO_VALUE["raised"]),
        (Status.NOT_ATTEMPTED, (), NO_VALUE["stub"]),
        (Status.WRONG, NOTHING, NO_VALUE["timeout"]),
    ]
    verdicts, turn = [], 0
    for cell in unit.graded:
        if cell.is_manually_graded:
            words = "Your teacher reads this one."
            verdicts.append(Verdict(cell.grade_id, Status.NEEDS_PERSON, None, cell.points, words))
            continue
        status, tallies, mistake = ways[turn % len(ways)]
        share = {Status.RIGHT: 1, Status.PARTLY: 0.5}.get(status, 0)
        words = f"In words {turn}."
        verdicts.append(
            Verdict(
                cell.grade_id, status, share * cell.points, cell.points, words, tallies, mistake
            )
        )
        turn += 1
    return verdicts


@pytest.fixture(scope="module")
def page(attention, tmp_path_factory):
    """A page with a verdict of every kind, as a file."""
    source, unit, notebook = attention
    report = report_with(
        of_all_kinds(unit),
        notebook,
        [Incident("cell timeout", SEED), Incident("planted configuration", SEED)],
    )
    path = tmp_path_factory.mktemp("page") / "feedback.html"
    path.write_text(feedback_html(report, guide=source), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.mark.parametrize(
    ("size", "scheme"), [(PHONE, "dark"), (LAPTOP, "light")], ids=["phone-dark", "laptop-light"]
)
def test_anyone_can_read_it(browser, page, size, scheme):
    with visit(browser, size, color_scheme=scheme) as visited:
        tab = visited.page
        tab.goto(page.as_uri())
        tab.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        assert grave_findings(tab) == []
        assert visited.asked_elsewhere == [] and visited.errors == []
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        levels = tab.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(one => +one.tagName[1])"
        )
        assert levels.count(1) == 1 and levels[0] == 1
        assert all(below - above <= 1 for above, below in itertools.pairwise(levels))
        assert tab.evaluate("[...document.images].every(one => one.alt.trim().length > 3)")


def test_a_keyboard_gets_from_the_summary_to_the_answer_and_back(browser, page):
    with visit(browser) as visited:
        tab = visited.page
        tab.goto(page.as_uri())
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.innerText") == "Skip to the questions"
        tab.keyboard.press("Enter")
        assert tab.url.endswith("#questions")
        for link in tab.locator("a[href^='#']").all():
            target = link.get_attribute("href")
            assert target and tab.locator(target).count() == 1, target


def test_on_paper_all_is_there_but_what_only_screens_need(browser, page):
    with visit(browser, LAPTOP, color_scheme="dark") as visited:
        tab = visited.page
        tab.goto(page.as_uri())
        tab.emulate_media(media="print")
        assert tab.evaluate("getComputedStyle(document.body).backgroundColor").endswith(
            "(255, 255, 255)"
        )
        assert not tab.locator(".back").first.is_visible()
        assert tab.locator(".hint .prose").first.is_visible()
        # Nothing is cut off at the side, as what scrolls on a screen would be.
        assert tab.evaluate(
            "[...document.querySelectorAll('pre')].every(one => one.scrollWidth <= one.clientWidth)"
        )


def test_it_says_per_question_what_was_found_and_what_to_do(browser, page, attention):
    _, unit, _ = attention
    with visit(browser) as visited:
        tab = visited.page
        tab.goto(page.as_uri())
        cards = tab.locator("article.question").all()
        assert len(cards) == len(unit.graded)
        texts = [card.inner_text() for card in cards]
        assert not tab.get_by_text("In Google Colab").first.is_visible()
        assert "Exercise 1 · Scores from queries and keys" in texts[0]
        assert "held" in texts[0] and "2 of 2 points" in texts[0] and "What to do" not in texts[0]
        for kind, words in (
            (Kind.FOOLED, "In words 2."),
            (Kind.PUBLIC_ONLY, "In words 3."),
            (Kind.SHAPE, "In words 4."),
            (Kind.RECOGNISED, "In words 5."),
            (Kind.RAISED, "In words 6."),
            (Kind.NOT_ATTEMPTED, "In words 7."),
            (Kind.TOO_SLOW, "In words 8."),
        ):
            [text] = [one for one in texts if words in one]
            assert ADVICE[kind] in text
        summary = tab.locator(".summary").inner_text()
        assert "Fooled by decoys only" in summary and "1 cell ran longer" in summary
        assert tab.locator(".next li").count() == 3
        hints = tab.locator("article details.hint")
        assert hints.count() >= 4 and not hints.first.locator(".prose").is_visible()
        hints.first.locator("summary").click()
        assert hints.first.locator(".prose").is_visible()
        assert SEED not in tab.content()


def test_practice_says_that_it_is_none_of_a_grade(attention):
    source, unit, notebook = attention
    report = report_with(of_all_kinds(unit), notebook)
    html = feedback_html(report, guide=source, practice=True, about="It is *practice* <script>.")
    assert "<em>practice</em> &lt;script&gt;" in html and "Practice ·" in html
    assert "hand in again" not in html and "your teacher" not in html


def test_a_class_page_tells_attempts_lateness_and_a_persons_word(tmp_path):
    course = tiny_course(tmp_path)
    unit = source_unit(course, UNIT)
    hand_in(course, {"ann": STUB})
    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        due: dict[str, Any] = {"duedate": NOON - timedelta(hours=26, minutes=5)}
        gradebook.update_or_create_assignment(UNIT, **due)
    with Writer(course, unit) as writer:
        for content in (b"one", b"two"):
            report = report_of(unit, content)
            writer.write("ann", report, "key", NOON)
    by_a_person(course, "ann")
    write_feedback(course, UNIT)
    page = (course.workspace.feedback / "ann" / UNIT / f"{UNIT}.html").read_text()
    text = " ".join(re.sub(r"<[^>]+>", " ", page.split("</style>")[1]).split())
    assert "2026-03-01 12:00 UTC, 1 d 2 h 5 min late" in text
    assert "Attempt 2 of 10" in text
    assert "From your teacher well said" in text
    assert "Graded by your teacher." in text
    digest = report.submission_digest
    assert f"{digest[:4]} {digest[4:8]}" in text and digest not in text


def test_who_fails_the_check_in_the_notebook_is_sent_there_first(attention):
    source, unit, notebook = attention
    verdicts = of_all_kinds(unit)
    notebook = copy.deepcopy(notebook)
    [failing] = [one for one in notebook.cells if one.id == verdicts[4].grade_id]
    failing.outputs = [freeze("stream", {"name": "stdout", "text": "✗ attention.ov: no"})]
    said = feedback_on(notebook, report_with(verdicts).outcome, guide=source)
    first = said.by_id[failing.id].short_advice
    assert first == "Its check in the notebook says ✗, and why: begin there."
    others = [one.advice for one in said.questions if one.grade_id != failing.id]
    assert not any("begin there" in advice for advice in others)


def test_what_a_person_decides_stands_over_the_verdict(attention):
    source, unit, notebook = attention
    report = report_with(of_all_kinds(unit), notebook)
    name = report.verdicts[0].grade_id
    marks = {name: Mark(0.5, by_hand=True, comment="See *me*.")}
    said = feedback_on(notebook, report.outcome, guide=source, marks=marks, penalty=1.0)
    first = said.by_id[name]
    assert (first.status, first.points, first.tallies) == (Status.PARTLY, 0.5, ())
    assert "<em>me</em>" in first.comment
    assert said.points == pytest.approx(
        max(0, sum(one.points or 0 for one in report.verdicts) - 2.0 + 0.5 - 1.0)
    )
