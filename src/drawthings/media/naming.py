"""Files that are written whole or not at all, under names that never take another's place.

A picture is first written to a hidden temporary file in its folder and only then given its name, so that nobody sees
half of it, and a crash or a full disk leaves no broken picture. Whatever goes wrong is an ``OutputError`` that still
carries the bytes.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import string
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from drawthings.errors import BadValue, OutputError, UnknownField
from drawthings.profiles import home_expanded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Parts: TypeAlias = "Sequence[bytes | memoryview]"

NAME_BYTES = 200
"""The longest file name made from a pattern; file systems allow 255, and a number or a suffix may be added."""

VALUE_BYTES = 80
"""The longest part of a file name that one placeholder gives."""

LONGEST_SUFFIX = 8

DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{port}{n}" for port in ("com", "lpt") for n in "123456789"
}
OWN_HOME = re.compile(r"~[^{/\\]*([/\\]|$)")
FORBIDDEN = frozenset('<>:"/\\|?*')
UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs"}
# What file systems without hard links answer; EINVAL is what Windows says of FAT disks.
NO_LINKS = {errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK, errno.EINVAL}

REASONS = {
    errno.EACCES: ("permission denied", "Choose a folder you may write to."),
    errno.EPERM: ("permission denied", "Choose a folder you may write to."),
    errno.EROFS: ("the disk is read-only", "Choose another disk."),
    errno.ENOSPC: ("the disk is full", "Free some space or choose another disk."),
    errno.EDQUOT: ("your quota of the disk is used up", "Free some space or choose another disk."),
    errno.EISDIR: ("it is a folder", "Add a file name."),
    errno.ENAMETOOLONG: ("the name is too long", "Choose a shorter name."),
    errno.ENOTDIR: ("a part of the path is a file, not a folder", "Choose another folder."),
    errno.EEXIST: ("a part of the path is a file, not a folder", "Choose another folder."),
}


def names_for(path: str | os.PathLike[str], count: int) -> list[Path]:
    """Return names for several pictures from one: ``out.png``, ``out-1.png``, ``out-2.png`` and so on.

    The disk is not looked at. To keep clear of existing files as well, call ``write_new`` with the first name for
    each picture; it counts on from what is there.

    Raises:
        BadValue: The path has no file name.
    """
    first = home_expanded(Path(path))
    return [first, *(_numbered(first, number) for number in range(1, count))][:count]


def write_new(path: str | os.PathLike[str], data: bytes | Parts, *, turn: Callable[[], None] | None = None) -> Path:
    """Write a file under a name that is free: the path, or the path with a number before its suffix.

    Missing folders are made. Several programs may do this at once for the same path; each gets a name of its own.

    Args:
        path: Where to; ``~`` is the home folder.
        data: The whole content, or the parts of it in their order.
        turn: Called when the content is on the disk under a hidden name; the file gets its own when this returns.

    Returns:
        The path that was written.

    Raises:
        OutputError: It cannot be written; ``path`` and ``data`` are in the error.
    """
    target = home_expanded(Path(path))
    with _told(target, data):
        refuse_special(target)
        with _temporary(target, data) as temporary:
            if turn is not None:
                turn()
            return next(candidate for candidate in candidates(target) if take_name(temporary, candidate))


def write_over(path: str | os.PathLike[str], data: bytes | Parts, *, turn: Callable[[], None] | None = None) -> Path:
    """Write a file, in place of one that may be there; that one stays whole until the new one is.

    Missing folders are made. A symbolic link stays, and the file it points to is replaced.

    Args:
        path: Where to; ``~`` is the home folder.
        data: The whole content, or the parts of it in their order.
        turn: Called when the content is on the disk under a hidden name; the file gets its own when this returns.

    Returns:
        The path that was written.

    Raises:
        OutputError: It cannot be written; ``path`` and ``data`` are in the error.
    """
    target = home_expanded(Path(path))
    with _told(target, data):
        real = Path(os.path.realpath(target))
        refuse_special(real)
        with _temporary(real, data) as temporary:
            if turn is not None:
                turn()
            temporary.replace(real)
    return target


def expand_name(pattern: str | os.PathLike[str], **facts: object) -> Path:
    """Fill a pattern like ``~/pictures/{model}-{seed}-{index:03}.png``.

    Args:
        pattern: A path with the names of facts in braces, with Python's format after a colon; ``{{`` is a brace.
        **facts: What may be named. As a part of a file name a value loses separators, control characters and what
            Windows forbids, its spaces become hyphens, and it is cut to 80 bytes.

    Returns:
        The path, with a leading ``~`` as the home folder and its last part at most 200 bytes long.

    Raises:
        UnknownField: The pattern names something else; ``suggestions`` holds the nearest.
        BadValue: The pattern has unpaired braces, or a format that does not suit the value.
    """
    text = os.fspath(pattern)
    try:
        pieces = list(string.Formatter().parse(text))
    except ValueError as error:
        hint = "Write {{ and }} for braces that are part of the name."
        raise BadValue(f"{text!r} is no name pattern: {error}.", hint=hint, field="pattern", value=text) from error
    filled = "".join(
        literal + ("" if name is None else _piece(text, facts, (name, spec or "", conversion)))
        for literal, name, spec, conversion in pieces
    )
    # Only a tilde that the pattern itself spells out counts, not one that a value brings or completes.
    path = home_expanded(Path(filled)) if OWN_HOME.match(text) else Path(filled)
    return path.with_name(_safe_name(path.name)) if path.name else path


def _piece(pattern: str, facts: Mapping[str, object], field: tuple[str, str, str | None]) -> str:
    name, spec, conversion = field
    if name not in facts:
        import difflib

        nearest = difflib.get_close_matches(name, facts, n=3, cutoff=0.5)
        raise UnknownField(
            f"The name pattern {pattern!r} has {{{name}}}, which means nothing here.",
            hint=f"It may have {', '.join(f'{{{fact}}}' for fact in facts)}.",
            field=name,
            suggestions=tuple(nearest),
        )
    try:
        value = format(facts[name], spec)
    except (TypeError, ValueError) as error:
        hint = f"Write {{{name}}}, or {{{name}:03}} for a number of three digits."
        raise BadValue(f"{{{name}:{spec}}} does not work: {error}.", hint=hint, field=name, value=spec) from error
    if conversion is not None:
        raise BadValue(f"{{{name}!{conversion}}} does not work.", hint=f"Write {{{name}}}.", field=name)
    return _safe_value(value)


def _safe_value(value: str) -> str:
    normal = unicodedata.normalize("NFC", value)
    seen = (char for char in normal if char.isspace() or unicodedata.category(char) not in UNSEEN)
    plain = "".join("_" if char in FORBIDDEN else char for char in seen)
    return _cut("-".join(plain.split()), VALUE_BYTES).strip(".~") or "_"


def _safe_name(name: str) -> str:
    suffix = Path(name).suffix
    if len(suffix) > LONGEST_SUFFIX:
        suffix = ""  # the end of a sentence, no kind of file
    short = _cut(name.removesuffix(suffix), NAME_BYTES - len(suffix.encode("utf-8", "replace"))) + suffix
    return f"_{short}" if short.split(".")[0].strip().lower() in DEVICES else short


def _cut(text: str, limit: int) -> str:
    """Shorten to a number of UTF-8 bytes without halving a character."""
    data = text.encode("utf-8", "surrogatepass")
    return text if len(data) <= limit else data[:limit].decode("utf-8", "ignore")


def _numbered(path: Path, number: int) -> Path:
    if not path.name:
        raise BadValue(f"{str(path)!r} names no file.", hint="Add a file name.", field="path", value=str(path))
    return path.with_name(f"{path.stem}-{number}{path.suffix}")


def candidates(path: Path) -> Iterator[Path]:
    """Yield the name itself, and then the name with a growing number before its suffix."""
    yield path
    number = 1
    while True:
        yield _numbered(path, number)
        number += 1


def refuse_special(path: Path) -> None:
    """Stop before a folder is given a number, or a device or pipe is replaced by a file."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder")
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is a device or a pipe, not a file")


@contextlib.contextmanager
def _temporary(target: Path, data: bytes | Parts) -> Iterator[Path]:
    """Write the data to a new file beside the target, and take it away again unless it was renamed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".drawthings-{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.writelines([data] if isinstance(data, bytes) else data)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def take_name(temporary: Path, name: Path) -> bool:
    """Give the temporary file a name, or return False when the name is taken."""
    try:
        name.hardlink_to(temporary)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        return _reserve(temporary, name)
    return True


def _reserve(temporary: Path, name: Path) -> bool:
    """Do the same where there are no links: claim the name with an empty file, then put the real one in its place."""
    try:
        name.open("xb").close()
    except FileExistsError:
        return False
    try:
        temporary.replace(name)
    except OSError:
        name.unlink()
        raise
    return True


@contextlib.contextmanager
def _told(path: Path, data: bytes | Parts) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        _tell(path, data, error)


def _tell(path: Path, data: bytes | Parts, error: Exception) -> NoReturn:
    number = getattr(error, "errno", None)
    reason, hint = REASONS.get(number or 0, (str(getattr(error, "strerror", None) or error), "Choose another place."))
    text = f"{str(path)!r} cannot be written: {reason}."
    whole = data if isinstance(data, bytes) else b"".join(data)
    raise OutputError(text, hint=hint, path=path, data=whole)
