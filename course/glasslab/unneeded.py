"""``transformers``, ``datasets`` and pandas, loaded at first use and not with TransformerLens.

TransformerLens 4.3 takes a dozen names from them, and does something with these only to fetch
language models and their texts, or to make tables. Loading all three takes as long as torch, in
every kernel, and the course's models need none. So while TransformerLens is loaded, stand-ins take
the place of the modules that it takes names from; what a name stands for is loaded when something
is done with it. Whoever asks for anything else gets the real package at once: another version of
TransformerLens may be slower to load, but finds all that it asks for.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from types import ModuleType
from typing import Any

PUT_OFF = {
    "datasets": {"load_dataset"},
    "datasets.arrow_dataset": {"Dataset"},
    "datasets.iterable_dataset": {"IterableDataset"},
    "datasets.load": {"load_dataset"},
    "pandas": {"DataFrame"},
    "transformers": {
        "AutoConfig",
        "AutoModelForCausalLM",
        "AutoModelForMaskedLM",
        "AutoModelForSeq2SeqLM",
        "AutoTokenizer",
        "PreTrainedModel",
        "PreTrainedTokenizerBase",
    },
    "transformers.pytorch_utils": {"Conv1D"},
    "transformers.tokenization_utils_base": {"PreTrainedTokenizerBase"},
}
"""What TransformerLens takes, from where: functions and plain classes, none of them a protocol."""


@contextmanager
def put_off() -> Iterator[None]:
    """Have what is imported meanwhile load these packages at their first use only.

    Afterwards ``import pandas``, and so on, are what they always were.
    """
    finder = _RestFinder()
    sys.modules.update(_stand_ins())
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        _withdraw()


def _stand_ins() -> dict[str, ModuleType]:
    """Return stand-ins for the modules of packages that are installed and not loaded yet."""
    packages = {_package(name) for name in PUT_OFF} - sys.modules.keys()
    specs = {package: find_spec(package) for package in packages}
    return {name: _StandIn(name, spec) for name in PUT_OFF if (spec := specs.get(_package(name)))}


def _package(module: str) -> str:
    return module.partition(".")[0]


class _StandIn(ModuleType):
    """A package or a module of it, of which nothing is loaded."""

    def __init__(self, name: str, package: ModuleSpec) -> None:
        super().__init__(name)
        # Whether a package is installed, and where, is asked of these two.
        self.__spec__ = ModuleSpec(name, loader=None)
        if name == package.name:
            self.__spec__ = package
            self.__path__ = list(package.submodule_search_locations or ())

    def __getattr__(self, name: str) -> Any:
        if name in PUT_OFF[self.__name__]:
            return _PutOff(self.__name__, name)
        if name == "__version__" and (told := _version(self.__name__)):
            return told
        # Import asks for the one, and inspect, of all modules there are, for the other.
        if name in ("__path__", "__file__"):
            raise AttributeError(f"Nothing is loaded of {self.__name__} that has a {name}.")
        return _real(self.__name__, name)


class _PutOff:
    """A function or class that is loaded when something is done with it."""

    def __init__(self, module: str, name: str) -> None:
        self._module = module
        self._name = name

    def _loaded(self) -> Any:
        return _real(self._module, self._name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._loaded()(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        # Annotations are asked for such, and do without.
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._loaded(), name)

    def __instancecheck__(self, instance: object) -> bool:
        return self._is_loaded() and isinstance(instance, self._loaded())

    def __subclasscheck__(self, subclass: type) -> bool:
        return self._is_loaded() and issubclass(subclass, self._loaded())

    def _is_loaded(self) -> bool:
        # Of a class that isn't there yet, nothing can be an instance or a subclass.
        return not isinstance(sys.modules.get(_package(self._module)), _StandIn | None)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self._loaded(),)

    def __or__(self, other: Any) -> Any:
        return self._loaded() | other

    def __ror__(self, other: Any) -> Any:
        return other | self._loaded()


class _RestFinder(MetaPathFinder):
    """Finds the modules of a package of which others are stood in for."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how to load a module in the real package; None if that is the usual way."""
        package = _package(name)
        if package == name or not isinstance(sys.modules.get(package), _StandIn):
            return None
        return ModuleSpec(name, _RestLoader())


class _RestLoader(Loader):
    """Has the real package load a module, and hands it over."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module that the real package has loaded."""
        _withdraw()
        module = import_module(spec.name)
        self._own_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Leave the module as its own loader made it."""
        module.__spec__ = self._own_spec


def _real(module: str, name: str) -> Any:
    """Return what a module really holds.

    Raises:
        ImportError: the module can't be loaded.
        AttributeError: it holds nothing of that name.
    """
    _withdraw()
    return getattr(import_module(module), name)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _withdraw() -> None:
    for name in PUT_OFF:
        if isinstance(sys.modules.get(name), _StandIn):
            del sys.modules[name]
