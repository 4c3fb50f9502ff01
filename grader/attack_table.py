"""All attacks in one table: what each tries, what nbgrader makes of it, and what we do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

from grader.attack_class import Campaign, Result, attack_class
from grader.attack_ground import attacked_course
from grader.attack_nbgrader import Theirs, course_of_nbgrader, run_nbgrader
from grader.attacks import Attack, load_attacks
from grader.sandbox.zygote import Isolation


@dataclass(frozen=True)
class Tried:
    """What all attacks came to."""

    attacks: tuple[Attack, ...]
    ours: Mapping[Isolation, Campaign]
    theirs: Mapping[str, Theirs]
    """By the attack's name; empty where nbgrader was left out."""

    @property
    def held(self) -> bool:
        """Whether no attack got anywhere against our engine."""
        return not any(
            campaign.fell or any(not result.held for result in campaign.results)
            for campaign in self.ours.values()
        )


def try_attacks(
    root: Path,
    *,
    family: str | None = None,
    isolations: Sequence[Isolation] = ("warm", "cold"),
    against_nbgrader: bool = True,
    workers: int = 2,
    progress: bool = True,
) -> Tried:
    """Try the attacks of a checkout, in folders that are removed in the end.

    Args:
        root: The checkout.
        family: Only this module of ``tests/attacks``.
        isolations: Which of the engine's ways to try.
        against_nbgrader: Whether to run nbgrader's own engine on the same submissions.
        workers: Submissions at a time.
        progress: Whether to show progress bars.

    Raises:
        GraderError: there are no such attacks, or a course can't be made.
    """
    attacks = load_attacks(root / "tests" / "attacks", family)
    ours: dict[Isolation, Campaign] = {}
    for isolation in isolations:
        with (
            TemporaryDirectory(prefix="glasslab-attacked-") as folder,
            attacked_course(Path(folder), root) as ground,
        ):
            ours[isolation] = attack_class(
                ground, attacks, isolation, workers=workers, progress=progress
            )
    theirs: dict[str, Theirs] = {}
    if against_nbgrader:
        with (
            TemporaryDirectory(prefix="glasslab-nbgrader-") as folder,
            ThreadPoolExecutor(max_workers=workers) as pool,
        ):
            course = course_of_nbgrader(Path(folder))
            done = pool.map(lambda attack: run_nbgrader(course, attack, Path(folder)), attacks)
            bar = tqdm(done, total=len(attacks), desc="nbgrader", disable=not progress)
            theirs = {attack.name: result for attack, result in zip(attacks, bar)}
    return Tried(attacks, ours, theirs)


def as_table(tried: Tried) -> str:
    """Return a few lines for each attack, and the sums."""
    lines = []
    for attack in tried.attacks:
        lines.append(f"{attack.name}: {attack.summary}")
        if attack.name in tried.theirs:
            lines.append(f"    nbgrader  {_their_words(tried.theirs[attack.name])}")
        for isolation in tried.ours:
            lines.append(f"    {isolation:<8}  {_our_words(_result(tried, isolation, attack))}")
    lines.append("")
    if tried.theirs:
        falls = sum(bool(theirs.fell) for theirs in tried.theirs.values())
        read = sum(not theirs.ran for theirs in tried.theirs.values())
        lines.append(
            f"nbgrader's own engine: {falls} of {len(tried.theirs)} get somewhere ({read} read "
            "from its code, for running them would harm this machine)."
        )
    for isolation, campaign in tried.ours.items():
        falls = sum(not result.held for result in campaign.results)
        lines.append(
            f"Glass Lab, {isolation}: {falls} of {len(campaign.results)} get somewhere; the class "
            f"took {campaign.seconds:.0f} s."
        )
        lines.extend(f"  the class: {words}" for words in campaign.fell)
    return "\n".join(lines)


def as_json(tried: Tried) -> str:
    """Return the same as JSON text."""
    rows = [
        {
            "attack": attack.name,
            "summary": attack.summary,
            "honest": attack.honest,
            "nbgrader": _their_row(tried.theirs.get(attack.name)),
            **{
                isolation: {"held": result.held, "fell": result.fell, "told": result.told}
                for isolation in tried.ours
                if (result := _result(tried, isolation, attack))
            },
        }
        for attack in tried.attacks
    ]
    classes = {
        isolation: {"fell": campaign.fell, "seconds": round(campaign.seconds, 1)}
        for isolation, campaign in tried.ours.items()
    }
    return json.dumps({"attacks": rows, "classes": classes}, indent=2, ensure_ascii=False)


def _result(tried: Tried, isolation: Isolation, attack: Attack) -> Result:
    return next(one for one in tried.ours[isolation].results if one.attack is attack)


def _their_words(theirs: Theirs) -> str:
    how = "" if theirs.ran else " (read)"
    return f"falls{how}: {'; '.join(theirs.fell)}" if theirs.fell else f"held{how}"


def _their_row(theirs: Theirs | None) -> dict[str, object] | None:
    return theirs and {"held": not theirs.fell, "fell": theirs.fell, "ran": theirs.ran}


def _our_words(result: Result) -> str:
    if not result.held:
        return f"FALLS: {'; '.join(result.fell)}"
    told = f", told: {', '.join(result.told)}" if result.told else ""
    return f"held{told}"
