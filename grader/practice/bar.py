"""Shows how far an examination is: counts what goes through the box that a notebook runs in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType

from tqdm import tqdm

from grader.sandbox import Answer, Asked, CellResult, Sandbox


class Counted:
    """A box that moves a progress bar: a step for each cell, and for each answer's first question.

    A notebook whose kernel was lost runs again; what was counted before isn't counted twice.
    """

    def __init__(self, kernel: Callable[[], Sandbox], bar: tqdm) -> None:
        self._box = kernel()
        self._bar = bar
        self._bar.reset()
        self._asked: set[str] = set()

    def __enter__(self) -> Counted:
        self._bar.set_postfix_str("starting a kernel")
        self._box.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._box.__exit__(kind, error, trace)

    @property
    def alive(self) -> bool:
        """Whether the box can still be used."""
        return self._box.alive

    def run_cell(self, source: str) -> CellResult:
        """Run a cell: a step."""
        self._bar.set_postfix_str("running cells")
        result = self._box.run_cell(source)
        self._bar.update()
        return result

    def hang(self, pictures: Mapping[str, bytes]) -> None:
        """Pass pictures on."""
        self._box.hang(pictures)

    def keep(self, grade_id: str, check_name: str) -> None:
        """Pass on what is to be kept."""
        self._box.keep(grade_id, check_name)

    def ask_encoded(self, grade_id: str, question: Asked, seconds: float | None = None) -> Answer:
        """Ask: a step for the first question to each answer."""
        if grade_id not in self._asked:
            self._asked.add(grade_id)
            self._bar.set_postfix_str("hidden questions")
            self._bar.update()
        return self._box.ask_encoded(grade_id, question, seconds)
