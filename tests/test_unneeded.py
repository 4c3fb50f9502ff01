"""What TransformerLens takes along stays unloaded until it is used; nobody else notices."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from glasslab import unneeded
from glasslab.unneeded import put_off

HEAVY = {
    "__init__.py": "from .room import Thing\nfrom .other import OTHER\n__version__ = '1.0'",
    "room.py": "class Thing:\n    made = 0\n\n    def __init__(self, name): self.name = name",
    "other.py": "from . import room\nOTHER = [room.Thing]\nLOADED = []",
}
"""A package that stands for pandas: slow to load, and needed by nobody until later."""
USERS = {
    "annotations": """
        from typing import Optional, Union
        import heavy
        from heavy.room import Thing

        def make(name: str) -> Union[Thing, Optional[heavy.Thing]]:
            return Thing(name)

        def is_thing(value: Optional[heavy.Thing]) -> bool:
            return isinstance(value, heavy.Thing) and issubclass(type(value), Thing)
        """,
    "a union": "from heavy import Thing\nx: int | Thing | None\ndef f(t: Thing | None): ...",
    "a base class": "import heavy\nclass Own(heavy.Thing): ...\nassert Own('a').name == 'a'",
    "a class's own": "from heavy.room import Thing\nassert Thing.made == 0",
    "a version": "import heavy\nassert heavy.__version__ == '1.0'",
    "another name": "from heavy import OTHER\nassert OTHER[0]('a').name == 'a'",
    "another module": "from heavy.other import LOADED\nLOADED.append(1)",
    "another module, whole": "import heavy.other as other\nother.LOADED.append(1)",
}


@pytest.fixture
def heavy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package to be put off, in a folder where modules that import it are found too."""
    (tmp_path / "heavy").mkdir()
    for name, source in HEAVY.items():
        (tmp_path / "heavy" / name).write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(unneeded, "PUT_OFF", {"heavy": {"Thing"}, "heavy.room": {"Thing"}})
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] in ("heavy", "user")]:
        del sys.modules[name]


def user(folder: Path, source: str) -> Any:
    """Import a module with this source while the package is put off."""
    (folder / "user.py").write_text(textwrap.dedent(source))
    with put_off():
        return import_module("user")


def test_what_only_annotations_name_is_loaded_when_it_is_used(heavy: Path) -> None:
    module = user(heavy, USERS["annotations"])
    # Nothing can be a thing yet.
    assert not module.is_thing("a")
    assert "heavy" not in sys.modules
    thing = module.make("a")
    assert thing.name == "a" and module.is_thing(thing) and not module.is_thing("a")
    real = import_module("heavy")
    assert real.__file__ == str(heavy / "heavy" / "__init__.py")
    assert type(thing) is real.Thing is import_module("heavy.room").Thing


@pytest.mark.parametrize("kind", USERS)
def test_who_asks_for_more_gets_the_real_package(heavy: Path, kind: str) -> None:
    module = user(heavy, USERS[kind])
    real, other = import_module("heavy"), import_module("heavy.other")
    assert real.other is other and [import_module("heavy.room").Thing] == real.OTHER
    assert other.__spec__ and other.__spec__.origin == other.__file__
    # Loaded once: what one has changed, all see.
    assert getattr(module, "LOADED", other.LOADED) is other.LOADED


def test_a_package_that_is_put_off_counts_as_installed(heavy: Path) -> None:
    with put_off():
        spec = find_spec("heavy")
        assert spec is not None and spec.origin == str(heavy / "heavy" / "__init__.py")
        assert find_spec("heavy.other") is not None
    assert "heavy.other" not in sys.modules


def test_a_package_that_is_there_already_or_not_at_all_is_left_alone(heavy: Path) -> None:
    real = import_module("heavy")
    assert user(heavy, "import heavy\nfrom heavy.room import Thing").heavy is real
    assert sys.modules["heavy"] is real
    for name in ("heavy", "heavy.room", "heavy.other", "user"):
        del sys.modules[name]
    (heavy / "heavy").rename(heavy / "gone")
    with pytest.raises(ModuleNotFoundError, match="heavy"):
        user(heavy, USERS["annotations"])


def test_nothing_stays_behind_when_an_import_fails(heavy: Path) -> None:
    before = list(sys.meta_path)
    with pytest.raises(ImportError, match="nowhere"):
        user(heavy, "from heavy import Thing\nimport nowhere")
    assert sys.meta_path == before and "heavy" not in sys.modules


PROGRAM = """
import sys
import torch
from glasslab.models import load_public
from glasslab.tasks import TASKS

for name in TASKS:
    load_public(name).run_with_cache(torch.zeros(2, 5, dtype=torch.long))
heavy = {"datasets", "pandas", "pyarrow", "sympy", "torch._dynamo", "transformers"}
loaded = heavy & sys.modules.keys()
assert not loaded, f"TransformerLens loads {loaded}: see glasslab.unneeded"

from transformer_lens import patching
from transformer_lens.utilities import hf_utils
table = patching.make_df_from_ranges([2, 3], ["layer", "head"])
import pandas
assert type(table) is pandas.DataFrame and len(table) == 6 and len(pandas.concat([table])) == 6

import datasets, datasets.load
assert datasets.load_dataset is datasets.load.load_dataset
texts = datasets.Dataset.from_dict({"text": ["a"], "more": [1]})
assert isinstance(texts, hf_utils.Dataset)
assert list(hf_utils.keep_single_column(texts, "text").features) == ["text"]
datasets.load.load_dataset = lambda *names, **options: (names, options)
assert hf_utils.get_dataset("pile") == (("NeelNanda/pile-10k",), {"split": "train"})

from transformer_lens.model_bridge import TransformerBridge
from transformer_lens.model_bridge.sources.transformers import AutoModelForCausalLM
assert "transformers.models" not in sys.modules
config = {"n_layer": 1, "n_head": 2, "n_embd": 8, "n_positions": 16, "vocab_size": 11}
made = AutoModelForCausalLM.from_config(__import__("transformers").GPT2Config(**config))
made.save_pretrained(sys.argv[1])
tokens = torch.arange(11)[None]
bridge = TransformerBridge.boot_transformers(sys.argv[1], load_weights=True, tokenizer=None)
assert torch.allclose(bridge(tokens), made.eval()(tokens).logits, atol=1e-5)
"""


def test_transformer_lens_has_all_packages_when_it_needs_them(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
