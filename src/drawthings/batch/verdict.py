"""What an error says about the job and about the server."""

from __future__ import annotations

from drawthings.batch.job import Outcome
from drawthings.errors import (
    Cancelled,
    ConfigError,
    DrawThingsError,
    Incomplete,
    InputError,
    ModelNotFound,
    Rejected,
    SecretRequired,
    ServerCrashed,
    ServerError,
    TimedOut,
    TlsMismatch,
    Unreachable,
)

SHUT_OUT = (TlsMismatch, SecretRequired)
"""What does not pass by waiting: somebody has to do something about it."""


ALWAYS = (
    (ModelNotFound, Outcome.MISSING),
    ((ConfigError, InputError), Outcome.REFUSED),
    ((Unreachable, *SHUT_OUT), Outcome.UNREACHED),
)
"""What means the same at any time."""


def outcome_of(error: DrawThingsError, *, sent: bool) -> Outcome:
    """Return what an error makes of a job.

    Args:
        error: What went wrong.
        sent: Whether the generation had been asked for; before that there were only questions, and a server that
            answers those wrongly is no server to be used.
    """
    if isinstance(error, Incomplete) and isinstance(error.__cause__, ServerError):
        return outcome_of(error.__cause__, sent=True)
    gone = isinstance(error, TimedOut | Cancelled) or (isinstance(error, ServerCrashed) and error.code == "UNAVAILABLE")
    if gone:
        return Outcome.LOST if sent else Outcome.UNREACHED
    if isinstance(error, Rejected):
        return Outcome.REFUSED if sent else Outcome.UNREACHED
    return next((outcome for kinds, outcome in ALWAYS if isinstance(error, kinds)), Outcome.FAILED)
