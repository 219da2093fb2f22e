"""Which file names are safe to read or write inside a models folder."""

from __future__ import annotations

import re

PART_SUFFIX = ".part"
"""What an upload is called until it is complete; no finished file may be called so."""

LONGEST_NAME = 240
"""Bytes of a name; file systems allow 255, and the suffix of an unfinished upload has to fit too."""

_RULES = (
    (re.compile(r"\s*"), "is empty"),
    (re.compile(r'(?s).*[/\\:*?"<>|\x00-\x1f\x7f].*'), "has a character that does not belong into a file name"),
    (re.compile(r"[. ].*|.*[. ]"), "starts with a dot or a space, or ends with one"),
    (re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?"), "is a reserved name"),
    (re.compile(rf"(?i).*{re.escape(PART_SUFFIX)}"), f"ends in {PART_SUFFIX}, which stands for unfinished uploads"),
)


def fault_of(name: str) -> str:
    """Tell why a name is not safe for a file in a models folder.

    The official server takes any name, which lets an upload write anywhere. Names that only some systems treat
    specially are refused everywhere, so that a folder can move between them.

    Args:
        name: The name as it came.

    Returns:
        The rest of a sentence that starts with the name, or nothing for a safe name.
    """
    for pattern, fault in _RULES:
        if pattern.fullmatch(name):
            return fault
    size = len(name.encode(errors="surrogatepass"))
    return f"is longer than {LONGEST_NAME} bytes" if size > LONGEST_NAME else ""
