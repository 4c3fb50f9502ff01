"""What an answer raised, told in its writer's terms: their line and its text, not our traceback."""

from __future__ import annotations

import dis
import linecache
from collections.abc import Callable, Iterator
from types import CodeType, FrameType, FunctionType
from typing import Any

from glasslab.checks.words import brief, kind

STUB_WORDS = ("", "Your code here")
"""What a stub's NotImplementedError says; torch raises the same type, with other words."""

NOTHING_DONE = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
"""All that Python does in a function without a body."""


class Watched:
    """Calls an answer, and remembers the error that came out of it.

    So what the answer raised is told apart from what a check stumbled over afterwards.
    """

    def __init__(self, answer: Callable[..., Any]) -> None:
        """Watch an answer."""
        self.answer = answer
        self.error: BaseException | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the answer."""
        try:
            return self.answer(*args, **kwargs)
        except BaseException as error:
            self.error = error
            raise


def is_empty(answer: Any) -> bool:
    """Say whether a function has no body yet: a docstring, ``pass`` or ``...``, and no more."""
    if type(answer) is not FunctionType:
        return False
    steps = list(dis.get_instructions(answer.__code__))
    given = [step.argval for step in steps if step.opname in ("LOAD_CONST", "RETURN_CONST")]
    done = {step.opname for step in steps}
    return done <= NOTHING_DONE and all(each is None or each is ... for each in given)


def of_a_stub(watched: Watched) -> str | None:
    """Say in which way an answer is still a stub, if a stub's error is what it raised."""
    error, answer = watched.error, watched.answer
    if not isinstance(error, NotImplementedError) or _message(error) not in STUB_WORDS:
        return None
    own = answer.__code__ if type(answer) is FunctionType else None
    raising = [frame.f_code for frame, _ in _frames(error)][-1:]
    if (
        own is None
        or not raising
        or set(raising[0].co_names) | set(own.co_names) <= {"NotImplementedError"}
    ):
        return "still the stub"
    if raising[0] is not own:
        return f"it calls {_called(raising[0])}, which is still the stub"
    return "not finished: the stub's last line, which raises NotImplementedError, is still there"


def in_words(watched: Watched) -> str:
    """Say what an answer raised, and on which of its own lines."""
    error = watched.error
    assert error is not None, "asked only about an answer that raised something"
    message = _message(error)
    what = _type(error) + (f": {message}" if message else "")
    frames = list(_frames(error))
    if isinstance(error, TypeError) and not frames:
        # Raised by the call itself: the function was never entered.
        return (
            f"your function can't be called as it is meant to be: {what}. Has its first line "
            "changed?"
        )
    if isinstance(error, RecursionError):
        what += ". Does it call itself without end?"
    cells = [(frame, line) for frame, line in frames if _is_notebook_cell(frame)]
    if not cells:
        return f"your function raised {what}"
    frame, line = cells[-1]
    text = brief(linecache.getline(frame.f_code.co_filename, line), 100)
    own = watched.answer.__code__ if type(watched.answer) is FunctionType else frame.f_code
    inside = "" if frame.f_code is own else f"in {_called(frame.f_code)}, "
    place = f"{inside}line {line} of its cell" + (f": `{text}`" if text else "")
    return f"your function raised {what} ({place})"


def beside_the_answer(error: BaseException) -> str:
    """Say what a check stumbled over in something that an answer returned."""
    return f"what your function returned can't be checked ({_type(error)}: {_message(error)})"


def _frames(error: BaseException) -> Iterator[tuple[FrameType, int]]:
    """Yield the frames below the call of an answer, outermost first, with their lines."""
    here, below = error.__traceback__, False
    while here is not None:
        if below:
            yield here.tb_frame, here.tb_lineno
        below = below or here.tb_frame.f_code is Watched.__call__.__code__
        here = here.tb_next


def _is_notebook_cell(frame: FrameType) -> bool:
    name = frame.f_code.co_filename
    return "ipykernel" in name or name.startswith(("<ipython-input", "<cell"))


def _message(error: BaseException) -> str:
    """Return what an error says, on one short line; a class of a learner's own may refuse."""
    try:
        return brief(str(error), 300)
    except KeyboardInterrupt:
        raise
    except BaseException:
        return "an error that can't be printed"


def _type(error: BaseException) -> str:
    return kind(error).split(" ", 1)[-1]


def _called(code: CodeType) -> str:
    return brief(code.co_name, 60)
