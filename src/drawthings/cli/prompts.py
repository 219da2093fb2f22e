"""Where prompts come from: an argument, an option, a file or standard input."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from drawthings.cli.complaint import Misuse
from drawthings.errors import BadValue

if TYPE_CHECKING:
    from collections.abc import Mapping

STANDARD_INPUT = "-"


def prompt(text: str | None, given: Mapping[str, Any]) -> str:
    """Return the prompt, as it stands or from its file.

    Args:
        text: The argument; ``-`` is standard input.
        given: All options.

    Raises:
        Misuse: There is none, or two.
        BadValue: The file cannot be read.
    """
    sources = {
        "an argument": text,
        "--prompt": given.get("prompt_text"),
        "--prompt-file": given.get("prompt_file"),
    }
    named = [name for name, source in sources.items() if source is not None]
    if not named:
        raise Misuse("There is no prompt.", "Write it in quotes, or give --prompt-file FILE; - is standard input.")
    if len(named) > 1:
        raise Misuse(f"There are two prompts, {named[0]} and {named[1]}.", "Give one of them.")
    if sources["--prompt-file"] is not None:
        return _read("--prompt-file", sources["--prompt-file"])
    words = text if text is not None else given["prompt_text"]
    return _read("The prompt", words) if words == STANDARD_INPUT else str(words)


def negative(given: Mapping[str, Any]) -> str:
    """Return the negative prompt, as it stands or from its file; empty when there is none.

    Raises:
        Misuse: There are two, or standard input is wanted twice.
        BadValue: The file cannot be read.
    """
    text, file = given.get("negative"), given.get("negative_file")
    if text is not None and file is not None:
        raise Misuse("There are two negative prompts, --negative and --negative-file.", "Give one of them.")
    if file == STANDARD_INPUT and given.get("prompt_file") == STANDARD_INPUT:
        raise Misuse("Standard input (-) can be one of the two prompts only.", "Put the other into a file.")
    return _read("--negative-file", file) if file is not None else text or ""


def _read(option: str, name: str) -> str:
    from drawthings.profiles import home_expanded

    try:
        data = sys.stdin.buffer.read() if name == STANDARD_INPUT else home_expanded(name).read_bytes()
        return data.decode("utf-8-sig").strip()
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise BadValue(f"{option} {name} cannot be read: {reason}.", hint="Give a text file.", value=name) from error
