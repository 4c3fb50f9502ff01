"""The receiving service: takes learners' bundles over HTTP, and never reads, renders or runs them.

It knows neither hidden models nor nbgrader: import-linter keeps those out of its process.
"""
