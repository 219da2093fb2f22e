"""Our own Sphinx extension: the reference is made from the code, and the pictures by the commands of the pages.

A line ``<!-- made: NAME -->`` of a page is replaced by what the function of that name returns, as Markdown. Nothing
that is made is kept in the repository.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from book import commands, faults, findings, gallery, interface, recipes, settings, strength, variables
from book.dropdown import Dropdown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

MADE: dict[str, Callable[[], str]] = {
    "settings": settings.settings,
    "choices": settings.choices,
    "wire": settings.wire,
    "commands": commands.commands,
    "command options": commands.command_options,
    "exit codes": commands.exit_codes,
    "error tree": faults.tree,
    "errors": faults.faults,
    "findings": findings.findings,
    "variables": variables.variables,
    "recipes": recipes.recipes,
    "families": recipes.families,
    "strength": strength.strength,
    **{f"api {group}": partial(interface.interface, group) for group in interface.GROUPS},
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
