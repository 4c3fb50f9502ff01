"""What is published in data/ is what its script would write, and any change is noticed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from glasslab.datasets import SeedFindings, load_public_seeds

SCRIPT = Path(__file__).parents[1] / "data" / "regenerate.py"

# The script, told to look at a copy of the folder.
ON_A_COPY = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import regenerate
model = regenerate.PUBLISHED[0]
print(*regenerate.verify(model, Path(sys.argv[2]), retrain=False), sep="\\n")
"""


def run(*args: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *args], capture_output=True, text=True, timeout=300)


def test_the_published_models_have_their_published_findings():
    verified = run(SCRIPT, "--verify")
    assert (verified.returncode, verified.stderr) == (0, "")


def test_what_was_tampered_with_is_named(tmp_path):
    for file in (SCRIPT.parent / "cumsum").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    card, findings = tmp_path / "README.md", tmp_path / "findings.json"
    card.write_text(card.read_text().replace("| `accuracy` | 1 |", "| `accuracy` | 0.9 |"))
    findings.write_text(findings.read_text().replace('"dead"', '"positive"'))
    sequences = bytearray((tmp_path / "evaluation.safetensors").read_bytes())
    sequences[-1] ^= 1
    (tmp_path / "evaluation.safetensors").write_bytes(sequences)

    told = run("-c", ON_A_COPY, SCRIPT.parent, tmp_path).stdout
    assert "neuron_roles[5]: stored 'positive', measured 'dead'" in told
    assert "table isn't the one" in told
    assert "evaluation " in told


def ranges(numbers: list[int]) -> str:
    """Write ascending numbers as a card does: ``0–3, 7``."""
    starts = [n for n in numbers if n - 1 not in numbers]
    ends = [n for n in numbers if n + 1 not in numbers]
    return ", ".join(f"{a}–{b}" if a < b else f"{a}" for a, b in zip(starts, ends, strict=True))


def card_row(model: SeedFindings) -> str:
    """Write a row of the card's table of seeds."""
    of = model.findings
    head_0, head_1 = map(ranges, of["ov_copied_tokens"])
    costs = ", ".join(f"{cost:.2f}" for cost in of["head_mean_ablation_loss_increase"])
    swap = f"{of['hypothesis_pattern_accuracy']:.3f}, {of['hypothesis_pattern_tv_score']:.2f}"
    said = of["close_lists_said_without_direct_path"]
    proved = of["first_step_certificate"]
    cells = [
        *(f"{model.seed}, {model.recipe}", costs, head_0, head_1),
        f"{max(of['sep_to_minimum_rate']):.2f}",
        f"{of['next_larger_argmax_rate']['either']:.2f}",
        swap,
        f"{of['accuracy_without_position_term']:.2f}",
        f"{of['close_lists_look_past_rate']:.2f}",
        f"{said['itself']:.2f}, {said['past']:.2f}",
        f"{of['gap_accuracy']['20-50']:.2f}",
        f"{of['two_ends_entirely_right_rate']:.2f}",
        f"{of['high_lists_first_step_accuracy']:.2f}",
        f"{proved['share']:.3f}, {proved['surely_up_to']}",
    ]
    return f"| {' | '.join(cells)} |"


def test_the_card_tells_of_other_seeds_what_the_table_for_machines_says():
    *models, original = load_public_seeds("sorted_list")
    folder = SCRIPT.parent / "sorted_list"
    card = (folder / "README.md").read_text()
    assert [row for row in card.splitlines() if ", full |" in row or ", short |" in row] == [
        card_row(model) for model in models
    ]
    assert (original.seed, original.recipe) == (None, "published")
    assert list(map(ranges, original.findings["ov_copied_tokens"])) == ["28–37", "0–28, 36–50"]

    public = next(model.findings for model in models if model.seed == 2024)
    measured = json.loads((folder / "findings.json").read_text())
    assert public["ov_copied_tokens"] == measured["ov_copied_tokens"]
    assert abs(public["accuracy"] - measured["accuracy"]) < 1e-4
