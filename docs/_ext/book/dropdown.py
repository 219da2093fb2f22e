"""A part of a page that opens on a click."""

from __future__ import annotations

import html

from docutils import nodes
from sphinx.util.docutils import SphinxDirective


class Dropdown(SphinxDirective):
    """``{dropdown} Title``: what is inside is hidden until the title is clicked."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return the parts of an HTML ``details`` element."""
        title = html.escape(self.arguments[0])
        begin = nodes.raw("", f"<details><summary>{title}</summary>", format="html")
        return [begin, *self.parse_content_to_nodes(), nodes.raw("", "</details>", format="html")]
