"""Analyses of the course done right, for any checkpoint: reference answers come from here."""
