"""Our own Sphinx extension: the reference is made from the code, and the pictures by the commands of the pages.

A line ``<!-- made: NAME -->`` of a page is replaced by what the function of that name returns, as Markdown. Nothing
that is made is kept in the repository.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from book import gallery
from book.commands import command_options, commands, exit_codes
from book.dropdown import Dropdown
from book.faults import faults, tree
from book.findings import findings
from book.interface import GROUPS, interface
from book.recipes import families, recipes
from book.settings import choices, settings, wire
from book.variables import variables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

MADE: dict[str, Callable[[], str]] = {
    "settings": settings,
    "choices": choices,
    "wire": wire,
    "commands": commands,
    "command options": command_options,
    "exit codes": exit_codes,
    "error tree": tree,
    "errors": faults,
    "findings": findings,
    "variables": variables,
    "recipes": recipes,
    "families": families,
    **{f"api {group}": partial(interface, group) for group in GROUPS},
}
"""What can stand in a page, and what makes it."""

MARK = re.compile(r"^<!-- made: (?P<name>[\w ]+) -->$", re.MULTILINE)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect everything to the build."""
    app.add_directive("made", gallery.Made)
    app.add_directive("dropdown", Dropdown)
    app.connect("builder-inited", gallery.make_pictures)
    app.connect("env-get-outdated", made_pages)
    app.connect("source-read", fill)
    app.connect("build-finished", gallery.put_clips)
    return {"parallel_read_safe": False, "parallel_write_safe": True}


def fill(app: Sphinx, docname: str, source: list[str]) -> None:  # noqa: ARG001 - Sphinx's signature
    """Put what the code says into a page."""
    source[0] = MARK.sub(lambda found: MADE[found["name"]](), source[0])


def made_pages(app: Sphinx, env: BuildEnvironment, *_: object) -> Iterable[str]:  # noqa: ARG001 - as above
    """Name the pages that follow from the code, so that they are read again whatever their files say."""
    return [name for name in env.found_docs if MARK.search(env.doc2path(name).read_text(encoding="utf-8"))]
