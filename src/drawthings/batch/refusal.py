"""The errors that only a pool has to tell: what is wrong with all its servers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.batch.verdict import SHUT_OUT
from drawthings.errors import ModelNotFound, Poisoned, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from drawthings.batch.desk import Member
    from drawthings.errors import DrawThingsError

MOST_NAMED = 8


def all_gone(members: Iterable[Member]) -> DrawThingsError:
    """Return the error for calls when no server can be used: why not, for each of them.

    Where all of them keep us out for the same kind of reason, it is that one.
    """
    listed = list(members)
    troubles = [member.trouble for member in listed if member.trouble is not None]
    kinds = {type(trouble) for trouble in troubles}
    if len(listed) == 1 and troubles:
        return troubles[0]
    said = (f"{member.name}: {str(member.trouble).rstrip('.')}" for member in listed[:MOST_NAMED] if member.trouble)
    text = f"None of the {len(listed)} servers can be used: {'; '.join(said) or 'none has answered'}."
    if len(kinds) == 1 and isinstance(troubles[0], SHUT_OUT):
        return kinds.pop()(text, hint=troubles[0].hint, address=troubles[0].address)
    return Unreachable(text, hint="Start one of them, or give other addresses; `drawthings doctor` looks closer.")


def nobody_has(error: ModelNotFound, members: Iterable[Member]) -> ModelNotFound:
    """Return the error for a call whose files are on no server: what each of them has instead.

    Args:
        error: What the last server said.
        members: All servers.
    """
    listed = list(members)
    if len(listed) == 1:
        return error
    lines = []
    for member in listed[:MOST_NAMED]:
        models = [entry.file for entry in member.catalogue.models] if member.catalogue is not None else []
        known = ", ".join(models[:3]) + (f" and {len(models) - 3} more" if len(models) > 3 else "")  # noqa: PLR2004
        lines.append(f"{member.name}: {known or 'tells nothing'}")
    found = ModelNotFound(
        f"None of the {len(listed)} servers can do it. {error}",
        hint=f"They have: {'; '.join(lines)}.",
        kind=error.kind,
        name=error.name,
        suggestions=error.suggestions,
    )
    found.__cause__ = error
    return found


def poisoned(crashed: Sequence[str], error: DrawThingsError | None) -> Poisoned:
    """Return the error for a call that is not tried again because of what happened to the servers.

    Args:
        crashed: The servers that went away, as often as they did.
        error: What was seen of that last.
    """
    servers = tuple(dict.fromkeys(crashed))
    found = Poisoned(
        f"Servers went away {len(crashed)} times in the middle of this ({', '.join(servers)}); it is not tried on "
        f"another. The last one: {error}",
        hint="Their logs may tell why. A smaller picture, or fewer at once, needs less memory.",
        servers=servers,
        error=type(error).__name__ if error is not None else None,
    )
    found.__cause__ = error
    return found
