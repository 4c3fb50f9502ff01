"""Glass Lab: train a small transformer, take it apart, and prove what it does."""

from importlib.metadata import version

__version__ = version("glasslab")
