"""The reference of the guard: every finding, in the words it has for the request that provokes it in the tests."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

from book.markdown import code, prose
from book.page import DOCS
from drawthings.request.guard_codes import CODES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.request.guard_codes import Finding

TITLES = {"refuse": "Refused", "warn": "Warned of", "note": "Noted"}
ABOUT = {
    "refuse": "What makes the official server crash, send nothing, or silently do something else. Nothing is sent, "
    "unless with `check=False` or `--force`. In brackets stands the error it becomes. Where the model is only guessed "
    "from its file name, what rests on the model is a warning instead.",
    "warn": "What the server does as told, and what is likely to disappoint.",
    "note": "What has no effect.",
}


@cache
def findings() -> str:
    """Return all findings, by how grave they are."""
    said = provoked()
    parts = []
    for severity, title in TITLES.items():
        parts.append(f"## {title}\n\n{ABOUT[severity]}\n")
        for name, rule in CODES.items():
            if rule.severity == severity:
                kind = f" (`{rule.error.__name__}`)" if severity == "refuse" else ""
                parts.append(f"{code(name)}{kind}\n: {prose(str(said[name]))}\n")
    return "\n".join(parts)


@cache
def provoked() -> Mapping[str, Finding]:
    """Return each finding as it is told about the request of ``tests/guardcases.py`` that provokes it."""
    tests = str(DOCS.parent / "tests")
    sys.path.insert(0, tests)
    try:
        import guardcases
    finally:
        sys.path.remove(tests)
    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.request.guard import files_in_question, inspect

    listing, silent = _listing(), Catalogue.from_echo([], None)
    there = {*listing.files, guardcases.MYSTERY, *guardcases.PARTS}
    found: dict[str, Finding] = {}
    for name in CODES:
        elsewhere = name in guardcases.ELSEWHERE
        catalogue = silent if elsewhere else listing
        asked = {"model": "flux_1_dev.ckpt", "loras": ["x.ckpt"]} if elsewhere else guardcases.CASES[name].provoke
        order = guardcases.order(**asked)
        has = there - set(guardcases.PARTS) if name in guardcases.TAKEN_AWAY else there
        files = {} if elsewhere else {file: file in has for file in files_in_question(order, catalogue)}
        found |= {each.code: each for each in inspect(order, catalogue, files=files) if each.code == name}
    return found


def _listing() -> Catalogue:
    """Return what the embedded server lists."""
    from drawthings import DrawThings

    with DrawThings("embedded") as client:
        return client.models()
