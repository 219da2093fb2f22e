"""The server object: which request is answered by what. The same object serves stdio, HTTP and tests in memory."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    GetPromptRequestParams,
    GetPromptResult,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
)

from drawthings import __version__
from drawthings.apps.jobs.owner import Owner
from drawthings.apps.mcp import prompts, resources
from drawthings.apps.mcp.arguments import read
from drawthings.apps.mcp.failure import failed
from drawthings.apps.mcp.studio import Call
from drawthings.apps.mcp.tools import TOOLS, tool
from drawthings.errors import DrawThingsError

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext

    from drawthings.apps.mcp.studio import Studio

    Request = ServerRequestContext[Any, Any]

NAME = "drawthings"
INSTRUCTIONS = (
    "Pictures and clips from the user's own Draw Things servers. list_models tells what there is; leave model, steps "
    "and guidance out where the best ones will do. Results have ids, which image arguments take, so that one picture "
    "is edited, enlarged or animated after the other. When an answer holds a job id instead of results, call get_job."
)
MYSELF = Owner("local")
"""Whose jobs these are where there is one user only."""

_log = logging.getLogger("drawthings.apps.mcp")


@dataclass(frozen=True, slots=True)
class Handlers:
    """What answers the requests of clients."""

    studio: Studio

    def _call(self, request: Request) -> Call:
        session = request.session

        async def report(progress: float, total: float, message: str) -> None:
            await session.report_progress(progress, total, message)

        return Call(self.studio, owner_of(request), report)

    async def list_tools(self, _request: Request, _asked: PaginatedRequestParams | None) -> ListToolsResult:
        """List the tools."""
        return ListToolsResult(tools=[work.described(name) for name, work in TOOLS.items()])

    async def call_tool(self, request: Request, asked: CallToolRequestParams) -> CallToolResult:
        """Do what a tool does; what goes wrong is an answer that the agent can read."""
        try:
            work = tool(asked.name)
            arguments = read(work.takes, dict(asked.arguments or {}))
            return await work.handler(arguments, self._call(request))
        except DrawThingsError as error:
            return failed(error)
        except Exception:  # noqa: BLE001 - the connection serves other calls as well
            _log.exception("the tool %s failed", asked.name)
            hint = "It is a fault of this program; its log has the details."
            return failed(DrawThingsError(f"The tool {asked.name} failed.", hint=hint))

    async def list_resources(self, request: Request, _asked: PaginatedRequestParams | None) -> ListResourcesResult:
        """List what can be read."""
        return ListResourcesResult(resources=resources.resources(self._call(request)))

    async def list_templates(
        self, _request: Request, _asked: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        """List the forms of addresses."""
        return ListResourceTemplatesResult(resource_templates=resources.templates())

    async def read_resource(self, request: Request, asked: ReadResourceRequestParams) -> ReadResourceResult:
        """Read what is at an address."""
        try:
            return await resources.resource(str(asked.uri), self._call(request))
        except DrawThingsError as error:
            raise refused(error) from error

    async def list_prompts(self, _request: Request, _asked: PaginatedRequestParams | None) -> ListPromptsResult:
        """List the prompts."""
        return ListPromptsResult(prompts=prompts.prompts())

    async def get_prompt(self, _request: Request, asked: GetPromptRequestParams) -> GetPromptResult:
        """Fill in a prompt."""
        try:
            return prompts.prompt(asked.name, asked.arguments or {})
        except DrawThingsError as error:
            raise refused(error) from error


def make_server(studio: Studio) -> Server[Any]:
    """Return a server for the tools, to be run over stdio, mounted over HTTP or called in memory."""
    handlers = Handlers(studio)
    return Server(
        NAME,
        version=__version__,
        title="Draw Things",
        instructions=INSTRUCTIONS,
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
        on_list_resources=handlers.list_resources,
        on_list_resource_templates=handlers.list_templates,
        on_read_resource=handlers.read_resource,
        on_list_prompts=handlers.list_prompts,
        on_get_prompt=handlers.get_prompt,
    )


def owner_of(request: Request) -> Owner:
    """Return whose call it is: over HTTP whom the gateway has recognised, else the one user."""
    state = getattr(request.request, "state", None)
    found = getattr(state, "owner", None)
    return found if isinstance(found, Owner) else MYSELF


def refused(error: DrawThingsError) -> MCPError:
    """Return an error for requests that have no other way to say what went wrong."""
    return MCPError(code=INVALID_PARAMS, message=f"{error.message} {error.hint}".strip())
