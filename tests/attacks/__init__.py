"""Attacks, one module a family: each has its ``ATTACKS``, written with `grader.attacks`."""
