"""Our two tables in the gradebook's database, beside nbgrader's; knows neither models nor nbgrader.

Apart from `grader.ledger`, so that a server which only keeps receipts starts without torch.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, MetaData, String, Table, Text

# Without foreign keys: nbgrader's commands may remove what they like from their own tables.
TABLES = MetaData()

REPORTS = Table(
    "glasslab_report",
    TABLES,
    Column("student", String(128), primary_key=True),
    Column("unit", String(128), primary_key=True),
    Column("digest", String(64), primary_key=True),  # of the submission's bytes
    Column("submission", String(32), nullable=False),  # nbgrader's row for which it was written
    Column("key", String(64), nullable=False),  # of the examination
    Column("current", Boolean, nullable=False),  # whether the grades are this report's
    Column("received", DateTime),  # UTC
    Column("graded", DateTime),  # UTC; null where it was left to a person
    Column("report", Text, nullable=False),  # JSON, without the notebook
)

RECEIPTS = Table(
    "glasslab_receipt",
    TABLES,
    Column("student", String(128), primary_key=True),
    Column("unit", String(128), primary_key=True),
    Column("source", String(16), primary_key=True),  # IMPORTED, SERVED, EXCHANGE or SEEN
    Column("digest", String(64), primary_key=True),  # of the bytes; NEXT until they are known
    Column("received", DateTime, nullable=False),  # UTC
)

IMPORTED, SERVED, EXCHANGE, SEEN = "imported", "served", "exchange", "seen"
"""Who says when work was handed in, most trusted first: a list that the instructor imported, the
clock of ``grader serve``, the exchange's file system, or the moment at which the bytes reached the
class's folder."""
NEXT = ""
"""The digest of an imported receipt until the submission is graded that it came with."""
