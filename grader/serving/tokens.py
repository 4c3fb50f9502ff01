"""Learners' tokens: shown once when they are made, and kept as hashes only."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine, delete, insert, select

from grader.errors import GraderError
from grader.names import is_fit_name
from grader.serving.database import TOKENS, writing

PREFIX = "glasslab_"
"""By which people and programs that look for leaked secrets know one."""
FORM = re.compile(re.escape(PREFIX) + r"[A-Za-z0-9_-]{43}")


def make_tokens(engine: Engine, learners: Sequence[str]) -> dict[str, str]:
    """Make each learner a token; one that a learner had before is worth nothing from now on.

    Returns:
        Tokens by learner; nobody can read them a second time.

    Raises:
        GraderError: a name can't be a learner's; then no token is made.
    """
    for learner in learners:
        if not is_fit_name(learner):
            raise GraderError(f"{learner!a} can't be a learner's name; it names a folder.")
    made = {learner: PREFIX + secrets.token_urlsafe(32) for learner in learners}
    now = datetime.now(UTC).replace(tzinfo=None)
    with writing(engine) as connection:
        connection.execute(delete(TOKENS).where(TOKENS.c.learner.in_(list(made))))
        connection.execute(
            insert(TOKENS),
            [
                {"learner": learner, "digest": _digest(token), "made": now}
                for learner, token in made.items()
            ],
        )
    return made


def revoke_tokens(engine: Engine, learners: Sequence[str]) -> list[str]:
    """Make learners' tokens worth nothing, and return who had one."""
    with writing(engine) as connection:
        mine = TOKENS.c.learner.in_(list(learners))
        had = connection.execute(select(TOKENS.c.learner).where(mine)).scalars().all()
        connection.execute(delete(TOKENS).where(mine))
    return sorted(had)


def learner_of(engine: Engine, token: str) -> str | None:
    """Return whose token this is; None if it is nobody's."""
    if not FORM.fullmatch(token):
        return None
    with engine.connect() as connection:
        return connection.execute(
            select(TOKENS.c.learner).where(TOKENS.c.digest == _digest(token))
        ).scalar()


def _digest(token: str) -> str:
    # 256 random bits can't be guessed from their hash, so it needs neither salt nor slowness.
    return hashlib.sha256(token.encode()).hexdigest()
