"""``grader site``: the self-study edition as a website that asks nothing of any other machine.

`pages` turns notebooks into MyST Markdown, `build` has Sphinx make pages of it, and `extension`
teaches Sphinx to write formulas. Nothing is run: what cells show is what solution notebooks store.
"""
