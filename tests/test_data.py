"""What is published in data/ is what its script would write, and any change is noticed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
