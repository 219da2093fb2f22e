"""What an agent reads when something goes wrong: what happened, the way out, and which value it was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mcp_types import CallToolResult, TextContent

if TYPE_CHECKING:
    from drawthings.errors import DrawThingsError


def facts(error: DrawThingsError) -> dict[str, Any]:
    """Return an error as plain data; nothing of a picture or a key is in it."""
    told: dict[str, Any] = {"error": type(error).__name__, "message": error.message}
    if error.hint:
        told["hint"] = error.hint
    if error.details.get("field"):
        told["field"] = str(error.field)
    if error.details.get("suggestions"):
        told["suggestions"] = [str(each) for each in error.suggestions]
    if error.details.get("retry_s") is not None:
        told["retry_after_seconds"] = error.retry_s
    return {**told, "retryable": error.retryable}


def failed(error: DrawThingsError) -> CallToolResult:
    """Return an error as the answer of a tool, which the agent can read and act on."""
    return CallToolResult(content=[TextContent(text=text(facts(error)))], is_error=True)


def text(data: object) -> str:
    """Return data as JSON for an agent: short, and with letters of all scripts as they are."""
    return json.dumps(data, ensure_ascii=False, default=str)
