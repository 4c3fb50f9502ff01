"""From a notebook to a receipt: look it over, say what was found, write the bundle, hand it in."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from glasslab.keeping import course_folder
from glasslab.submitting.asking import checked_address
from glasslab.submitting.bundle import OUTBOX, spoken, write_bundle
from glasslab.submitting.errors import SubmitError
from glasslab.submitting.exchange import hand_in_by_exchange
from glasslab.submitting.finding import Found
from glasslab.submitting.receipts import keep
from glasslab.submitting.rerunning import rerun
from glasslab.submitting.review import UNIT_NAME, Review, review, unit_named
from glasslab.submitting.sending import Sent, Service

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Way:
    """How a notebook is handed in: at most one of address, exchange and folder.

    With none of them its bundle is only written, beside the units, to be uploaded by hand.
    """

    address: str | None = None
    exchange: Path | None = None
    folder: Path | None = None
    ask_token: Callable[[], str] = field(default=lambda: "")
    """Called for the learner's token, if there is an address."""
    plain_http: bool = False
    dry_run: bool = False
    run: bool = False
    anyway: bool = False

    def __post_init__(self) -> None:
        named = [each for each in (self.address, self.exchange, self.folder) if each]
        if len(named) > 1:
            raise SubmitError("Name one way to hand in: an address, an exchange or a folder.")


@dataclass(frozen=True)
class HandedIn:
    """What came of it."""

    review: Review
    sha256: str
    size: int
    ran: dict[str, str] | None = None
    bundle: Path | None = None
    place: str | None = None
    """Where it was handed in; None if that is still to be done."""
    sent: Sent | None = None

    def as_json(self) -> str:
        """Return it for programs."""
        sent = {"receipt": asdict(self.sent.receipt), "again": self.sent.again} if self.sent else {}
        return json.dumps(
            {
                **asdict(self.review),
                "sha256": self.sha256,
                "size": self.size,
                "ran": self.ran,
                "bundle": str(self.bundle) if self.bundle else None,
                "place": self.place,
                **sent,
            },
            indent=2,
            ensure_ascii=False,
        )


def hand_in(found: Found, unit: str | None, way: Way, tell: Tell = print) -> HandedIn:
    """Look a notebook over, say what would be handed in, and hand it in.

    Raises:
        SubmitError: it wasn't handed in.
    """
    notebook = found.notebook
    unit = unit or unit_named(Path(found.name).stem)
    if unit is None or not UNIT_NAME.fullmatch(unit):
        raise SubmitError(
            f"{found.name or 'This notebook'} doesn't say which unit it is; name it, as in --unit "
            '03_attention (in a notebook, submit(unit="03_attention")).'
        )
    seen = review(notebook, unit)
    ran = None
    if way.run:
        tell(f"Running a copy of {found.name} from the top; this can take minutes ...")
        ran = rerun(notebook, found.folder)
    done = HandedIn(seen, notebook.sha256, len(notebook.content), ran)
    for line in described(done):
        tell(line)
    if seen.problems and not way.anyway and not way.dry_run:
        raise SubmitError(
            "Not handed in, because of what is marked with ✗ above. Mend it, or hand in all the "
            "same with --anyway (in a notebook, submit(anyway=True))."
        )
    if way.dry_run:
        tell("Nothing was handed in: this was a dry run.")
        return done
    return _handed_in(found, done, way, tell)


def _handed_in(found: Found, done: HandedIn, way: Way, tell: Tell) -> HandedIn:
    notebook, unit = found.notebook, done.review.unit
    if way.exchange:
        place = hand_in_by_exchange(notebook, unit, way.exchange)
        tell(f"Handed in to nbgrader's exchange: {place}")
        tell(f"Your receipt: {spoken(notebook.sha256)}")
        return HandedIn(done.review, done.sha256, done.size, done.ran, place=str(place))
    if way.address:
        checked_address(way.address, way.plain_http)  # before a token is typed for it
        token = way.ask_token()
        if len(token) > 7 and token.encode() in notebook.content:
            raise SubmitError(
                "Your token stands in this notebook, where whoever grades it would see it: delete "
                "it there and save; you will be asked for it."
            )
        service = Service(way.address, token, plain=way.plain_http, tell=tell)
    else:
        service = None
    outbox = way.folder or course_folder(found.folder) / OUTBOX
    bundle = write_bundle(notebook, done.review, outbox)
    if service is None:
        tell(f"Written: {bundle.path}")
        tell("Upload that file where your instructor asks for it; only then is it handed in.")
        tell(f"Your receipt: {spoken(notebook.sha256)}")
        return HandedIn(done.review, done.sha256, done.size, done.ran, bundle.path)
    sent = service.hand_in(bundle)
    keep(sent, bundle, service.address)
    receipt = sent.receipt
    late = ", late" if receipt.late else ""
    if sent.again:
        tell(f"{service.address} has this very notebook already: it counts once, as your newest.")
    tell(
        f"Received from {receipt.learner} at {receipt.received} by the service's clock{late}; "
        f"attempt {receipt.attempt}."
    )
    tell(f"Your receipt: {spoken(receipt.sha256)}")
    tell(
        f"Later: 'glasslab status', and once it is graded 'glasslab feedback {unit}' (in a "
        f'notebook, status() and feedback("{unit}"), from glasslab.submitting).'
    )
    return HandedIn(
        done.review, done.sha256, done.size, done.ran, bundle.path, service.address, sent
    )


def described(done: HandedIn) -> list[str]:
    """Return what would be handed in, in words to print."""
    seen = done.review
    written = sum(seen.answered.values())
    lines = [
        f"{seen.unit}: {max(1, done.size // 1000)} kB, receipt {spoken(done.sha256[:16])} …",
        f"  answers  {written} of {len(seen.answered)} written",
    ]
    empty = [name for name, is_written in seen.answered.items() if not is_written]
    if empty:
        lines += _wrapped(f"           not yet: {', '.join(sorted(empty))}")
    lines += _states("checks   ", seen.checks, "as saved in the notebook")
    if done.ran is not None:
        lines += _states("run anew ", done.ran, "just now")
    lines.append("  Grading asks each answer again, about models that nobody here has seen.")
    lines += [f"  ✗ {words}" for words in seen.problems]
    lines += [f"  ! {words}" for words in seen.notes]
    return lines


def _states(title: str, checks: dict[str, str], when: str) -> list[str]:
    by_state: dict[str, list[str]] = {}
    for name, state in checks.items():
        by_state.setdefault(state, []).append(name)
    counts = [
        f"{sign} {len(by_state.get(state, []))}"
        for sign, state in (("✓", "correct"), ("✗", "incorrect"), ("·", "not attempted"))
    ]
    wrong = by_state.get("incorrect", [])
    return [
        f"  {title}{'   '.join(counts)}   ({when})",
        *(_wrapped(f"           incorrect: {', '.join(wrong)}") if wrong else []),
    ]


def _wrapped(line: str) -> list[str]:
    """Break a line of many names between them; a page of a notebook would break it anywhere."""
    return textwrap.wrap(line, 88, subsequent_indent=" " * 11, break_on_hyphens=False)
