"""``grader site``: the self-study edition as a website that asks nothing of any other machine.

`pages` turns notebooks into MyST Markdown, `mathml` formulas into MathML, `build` has Sphinx make
pages of both. Nothing is run: what cells show is what the solution notebooks store.
"""
