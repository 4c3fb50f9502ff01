"""Attacks are handed in among honest neighbours and graded, in both isolations: none works.

`grader attack` tries every one of them in both.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.attack_class import attack_class
from grader.attack_ground import attacked_course
from grader.attack_nbgrader import course_of_nbgrader, run_nbgrader
from grader.attacks import Attack, load_attacks
from grader.errors import GraderError
from grader.sandbox.zygote import Isolation
from grader.workspace import GRADEBOOK_VARIABLE

ROOT = Path(__file__).resolve().parents[1]
ATTACKS = load_attacks(ROOT / "tests" / "attacks")


def named(*names: str) -> tuple[Attack, ...]:
    return tuple(attack for attack in ATTACKS if attack.name in names)


TRIED_COLD = ("forging", "reaching")
"""Of the others, most are read before any kernel starts; what a cold kernel may read and write, and
what exhausts it, is tried in test_sandbox_attacks. `grader attack` tries all in both."""
COLD = tuple(
    attack
    for attack in ATTACKS
    if attack.name.partition("/")[0] in TRIED_COLD and not attack.endless
)


@pytest.mark.parametrize(
    ("isolation", "attacks"), [("warm", ATTACKS), ("cold", COLD)], ids=["warm", "cold"]
)
def test_no_attack_works(isolation: Isolation, attacks: tuple[Attack, ...], tmp_path: Path) -> None:
    with attacked_course(tmp_path, ROOT) as ground:
        campaign = attack_class(ground, attacks, isolation)

    fell = {result.attack.name: result.fell for result in campaign.results if not result.held}
    assert not fell
    assert not campaign.fell
    assert len(campaign.results) == len(attacks)


def test_the_judge_sees_what_falls(tmp_path: Path) -> None:
    """Each assertion fails where it should: prizes handed over, points not earned, nobody told."""
    with attacked_course(tmp_path, ROOT) as ground:
        prizes = {canary.where: canary.text for canary in ground.canaries}
        base = ground.base
        shows = base.half.with_cell_at_end(f"print({prizes['the weights']!r})")
        coded = base.half.with_cell_at_end(f"x = {prizes['gradebook'].encode().hex()!r}")
        campaign = attack_class(
            ground,
            (
                Attack("judge/shows", "", lambda base: shows.as_files()),
                Attack("judge/coded", "", lambda base: coded.as_files()),
                Attack("judge/gains", "", lambda base: base.full.as_files()),
                Attack("judge/quiet", "", lambda base: base.half.as_files(), told=("cell died",)),
                Attack("judge/wronged", "", lambda base: base.half.as_files(), honest=True),
                Attack("judge/loses", "", lambda base: base.release.as_files(), keeps=True),
            ),
            "warm",
        )

    fell = {result.attack.name: " ".join(result.fell) for result in campaign.results}
    assert "the weights shows" in fell["judge/shows"]
    assert "gradebook shows" in fell["judge/coded"]
    assert fell["judge/gains"] == "unwrapped_embedding: 2 points, deserved 0 points"
    assert fell["judge/quiet"] == "nobody was told (cell died)"
    assert fell["judge/wronged"] == "unwrapped_embedding: 0 points, deserved 2 points"
    assert fell["judge/loses"] == "carried_labels: 0 points, deserved 2 points"
    assert not campaign.fell


def test_nbgraders_own_engine_falls_where_ours_holds(tmp_path: Path) -> None:
    course = course_of_nbgrader(tmp_path)
    falls, held = named("notebook/skip-execution", "honest/blanks")[::-1]
    assert falls.name == "notebook/skip-execution"

    assert run_nbgrader(course, falls, tmp_path).fell == (
        "unwrapped_embedding: 2 points, deserved 0",
    )
    assert run_nbgrader(course, held, tmp_path).fell == ()


def test_a_real_gradebook_is_never_attacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(GRADEBOOK_VARIABLE, "sqlite:////somewhere.db")
    with (
        pytest.raises(GraderError, match="never run on a real one"),
        attacked_course(tmp_path, ROOT),
    ):
        pass
