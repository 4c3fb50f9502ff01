"""The last words of a unit's first cell in Google Colab: whether all that a unit needs is here."""

from __future__ import annotations

from glasslab import __version__, doctor
from glasslab.doctor import Level


def ready() -> None:
    """Print whether everything that a unit needs is installed here, or what is in the way.

    A short look, as `glasslab doctor --quick` takes: nothing is changed, and no network asked.
    """
    found = doctor.examine(thorough=False)
    for each in found:
        if each.level is not Level.FINE:
            print(each)
    if any(each.level is Level.PROBLEM for each in found):
        print("Not ready yet: do what the line marked ✗ says, then run this cell again.")
    else:
        print(f"Ready: Glass Lab {__version__} is installed. Go on with the next cell.")
