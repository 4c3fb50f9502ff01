"""Handing in from a notebook: ``submit()``, and then ``status()`` and ``feedback()``."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from glasslab.submitting.asking import Asker
from glasslab.submitting.errors import SubmitError
from glasslab.submitting.finding import find, find_own
from glasslab.submitting.handing_in import Way, hand_in
from glasslab.submitting.looking import (
    address_of,
    save_all_feedback,
    save_feedback,
    tell_works,
    works,
)
from glasslab.submitting.rerunning import RUNNING

ADDRESS_VARIABLE = "GLASSLAB_SERVER"
TOKEN_VARIABLE = "GLASSLAB_TOKEN"


def submit(
    to: str | None = None,
    *,
    notebook: str | Path | None = None,
    unit: str | None = None,
    zip: str | Path | None = None,
    exchange: str | Path | None = None,
    dry_run: bool = False,
    run: bool = False,
    anyway: bool = False,
    plain_http: bool = False,
) -> None:
    """Look this notebook over and hand it in; save it first. Never raises.

    Args:
        to: The address of the class's receiving service (else that of ``GLASSLAB_SERVER``); your
            token is asked for, or taken from ``GLASSLAB_TOKEN``, so that it never stands in a cell.
        notebook: Another file than this notebook's own.
        unit: Its unit, if the file's name doesn't say.
        zip: A folder for a bundle to upload by hand; ``my_submissions`` if no way is named.
        exchange: The folder of nbgrader's exchange, on a hub.
        dry_run: Only look.
        run: Run a copy from the top first, and show what its checks say then.
        anyway: Hand in whatever is wrong with it.
        plain_http: Send your token unencrypted, in a network that you trust.
    """
    if os.environ.get(RUNNING):
        print("· Not handed in: this is a trial run of the notebook.")
        return
    try:
        shell = _shell()
        if notebook is None and shell is None:
            raise SubmitError('Outside a notebook, name it: submit(notebook="04_mlp.ipynb").')
        found = find_own(shell) if notebook is None else find(notebook)
        way = Way(
            address=to or (None if zip or exchange else os.environ.get(ADDRESS_VARIABLE)),
            exchange=Path(exchange) if exchange else None,
            folder=Path(zip) if zip else None,
            ask_token=ask_token,
            plain_http=plain_http,
            dry_run=dry_run,
            run=run,
            anyway=anyway,
        )
        hand_in(found, unit, way)
    except SubmitError as error:
        print(f"✗ {error}")
    except KeyboardInterrupt:
        print("✗ Stopped; run this cell again to go on.")
    except Exception as error:  # a defect of ours, not the learner's: the rest must go on
        print(f"✗ Not handed in, by a fault of Glass Lab's own ({type(error).__name__}: {error}).")


def status(to: str | None = None, *, plain_http: bool = False) -> None:
    """Show what the class's receiving service has of yours, and what became of it. Never raises.

    Args:
        to: The service's address (else that of ``GLASSLAB_SERVER``, else where you handed in last).
        plain_http: Send your token unencrypted, in a network that you trust.
    """

    def show() -> None:
        asker = line_to(to, plain=plain_http)
        assert asker is not None
        tell_works(asker.address, works(asker), print)

    _told(show)


def feedback(unit: str | None = None, to: str | None = None, *, plain_http: bool = False) -> None:
    """Fetch your feedback, and save it in ``my_feedback`` beside the units. Never raises.

    Args:
        unit: The unit; all that is released, if none is named.
        to: The service's address (else that of ``GLASSLAB_SERVER``, else where you handed in last).
        plain_http: Send your token unencrypted, in a network that you trust.
    """

    def fetch() -> None:
        asker = line_to(to, plain=plain_http)
        assert asker is not None
        here = Path.cwd()
        saved = [save_feedback(asker, unit, here)] if unit else save_all_feedback(asker, here)
        for each in saved:
            print(f"Feedback on {each.unit}: {each.path}")
        print("Open it from the list of files, or download it from there.")

    _told(fetch)


def line_to(
    to: str | None,
    *,
    token: str | None = None,
    plain: bool = False,
    tell: Callable[[str], None] = print,
    must: bool = True,
) -> Asker | None:
    """Return a line to the class's receiving service.

    Args:
        to: Its address; else it is in the environment, or where a receipt kept here is from.
        token: The learner's token; else it is in the environment, or asked for.
        plain: Send the token unencrypted, too.
        tell: Called with a sentence when something takes time.
        must: Raise if no service is known, and don't return None.

    Raises:
        SubmitError: there is none, or its address or the token can't be one.
    """
    address = address_of(to or os.environ.get(ADDRESS_VARIABLE), Path.cwd())
    if address is None:
        if not must:
            return None
        raise SubmitError(
            "No receiving service is known here: name its address, as in --to "
            'https://lab.example.org (in a notebook, to="https://lab.example.org").'
        )
    tell(f"Asking {address} ...")  # before the token is typed, its learner sees for whom
    return Asker(address, token or ask_token(), plain=plain, tell=tell)


def _told(act: Callable[[], None]) -> None:
    """Do something for a cell, in which whatever goes wrong is a sentence."""
    try:
        act()
    except SubmitError as error:
        print(f"✗ {error}")
    except KeyboardInterrupt:
        print("✗ Stopped; run this cell again.")
    except Exception as error:  # a defect of ours, not the learner's: the rest must go on
        print(f"✗ A fault of Glass Lab's own ({type(error).__name__}: {error}).")


def ask_token() -> str:
    """Return the learner's token: from the environment, or typed where it isn't shown.

    Raises:
        SubmitError: nobody is there to type it.
    """
    known = os.environ.get(TOKEN_VARIABLE)
    if known:
        return known.strip()
    try:
        typed = getpass.getpass("Your token: ") if _shell() or sys.stdin.isatty() else ""
    except (EOFError, NotImplementedError):  # a kernel without anyone before it raises the latter
        typed = ""
    if not typed.strip():
        raise SubmitError(
            f"The service needs your token: put it into the environment variable {TOKEN_VARIABLE}, "
            "or run this where you can type it."
        )
    return typed.strip()


def _shell() -> Any:
    """Return IPython's shell, if this is a notebook's kernel."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


__all__ = ["feedback", "status", "submit"]
