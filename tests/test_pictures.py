"""What the solution draws is drawn once for the class, and is no gift to anyone."""

from __future__ import annotations

from nbformat.v4 import new_code_cell, new_notebook

from grader.pictures import pictures_of
from grader.sandbox import Limits, Sandbox, Walls
from grader.sandbox.zygote import zygote_for

DRAWS = (
    "from glasslab import views; views.bars({'a': SHOWN}, title='t', x='x', y='y', x_ticks='de')"
)
SOLUTION = f"""SHOWN = [1.0, 2.0]
{DRAWS}
### BEGIN HIDDEN TESTS
SHOWN = [3.0, 4.0]
{DRAWS}
### END HIDDEN TESTS"""
NO_PEN = "from glasslab import views\nviews._png = lambda figure: print('drew') or b'none'"


def test_submissions_find_what_the_solution_drew_and_draw_the_rest():
    notebook = new_notebook(cells=[new_code_cell(SOLUTION)])
    with zygote_for("warm") as zygote:
        pictures = pictures_of(notebook, Limits(), Walls(), zygote)
        assert pictures
        with Sandbox(zygote=zygote) as box:
            box.hang(pictures)
            box.run_cell(NO_PEN)
            found = box.run_cell(f"SHOWN = [1, 2.0]\n{DRAWS}")
            drawn = box.run_cell(f"SHOWN = [3.0, 4.0]\n{DRAWS}")
        with Sandbox(zygote=zygote) as box:
            box.run_cell(NO_PEN)
            without = box.run_cell(f"SHOWN = [1.0, 2.0]\n{DRAWS}")
        assert pictures_of(new_notebook(), Limits(), Walls(), zygote) == {}
    assert ["image/png" in output.data for output in found.outputs] == [True]
    assert found.outputs[0].metadata["image/png"]["alt"] == found.outputs[0].data["text/plain"]
    for anew in (drawn, without):
        assert anew.outputs[0].text == "drew\n"
