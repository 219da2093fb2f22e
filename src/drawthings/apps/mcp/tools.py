"""The tools themselves: a table of names, words, arguments and what is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import anyio
from mcp_types import CallToolResult, TextContent, Tool, ToolAnnotations

from drawthings.apps.mcp import arguments, drafting, failure
from drawthings.apps.mcp.answer import answer, link, picture, told_of
from drawthings.apps.mcp.arguments import Arguments, schema
from drawthings.apps.mcp.following import follow
from drawthings.apps.mcp.listing import listing
from drawthings.errors import UnknownChoice
from drawthings.media.recollection import read_settings
from drawthings.request.presets import settings_to_json
from drawthings.wire.aside import computed_async

if TYPE_CHECKING:
    from drawthings.apps.jobs.draft import Draft
    from drawthings.apps.mcp.studio import Call

Handler: TypeAlias = Callable[[Any, "Call"], Awaitable[CallToolResult]]
"""Takes the checked arguments of its own kind, and the call."""

LONG = "It takes seconds to minutes; the answer is a job id when wait_seconds are over, and get_job continues."


@dataclass(frozen=True, slots=True)
class Work:
    """One tool.

    Attributes:
        title: Its name for people.
        description: What it does, for the agent.
        takes: The kind of its arguments.
        handler: What does it.
        reads: Whether it only looks.
    """

    title: str
    description: str
    takes: type[Arguments]
    handler: Handler
    reads: bool = False

    def described(self, name: str) -> Tool:
        """Return it as a client sees it."""
        # Nothing that exists is ever changed or lost, and nobody but the user's own servers is talked to.
        hints = ToolAnnotations(
            title=self.title, read_only_hint=self.reads, destructive_hint=False, open_world_hint=False
        )
        return Tool(
            name=name,
            title=self.title,
            description=self.description,
            input_schema=schema(self.takes),
            annotations=hints,
        )


def making(drafted: Callable[[Any, Call], Awaitable[Draft]]) -> Handler:
    """Return a tool that makes something and waits for it."""

    async def handler(asked: arguments.Waiting, call: Call) -> CallToolResult:
        jobs, shelf = call.studio.jobs, call.studio.shelf
        job = await jobs.submit(await drafted(asked, call), call.owner)
        if shelf is not None:
            shelf.expect(job)
        try:
            await follow(job, asked.wait_seconds, call.report)
        except anyio.get_cancelled_exc_class():
            # The caller wants it no more. Nobody knows its id yet, so nobody else could stop it.
            with anyio.CancelScope(shield=True):
                await jobs.cancel(job, "the client cancelled the call")
            raise
        return await answer(call.studio, job, show=asked.show == "preview")

    return handler


async def get_job(asked: arguments.GetJob, call: Call) -> CallToolResult:
    """Wait for a job that was begun before."""
    job = call.studio.jobs.find(asked.id, call.owner)
    await follow(job, asked.wait_seconds, call.report)
    return await answer(call.studio, job, show=asked.show == "preview")


async def cancel_job(asked: arguments.CancelJob, call: Call) -> CallToolResult:
    """Stop a job; one that has ended stays as it is."""
    job = call.studio.jobs.find(asked.id, call.owner)
    await call.studio.jobs.cancel(job, "the client asked for it")
    return CallToolResult(content=[TextContent(text=failure.text({"job": job.id, "state": job.state}))])


async def get_image(asked: arguments.GetImage, call: Call) -> CallToolResult:
    """Show one result."""
    stored = call.found(asked.id)
    shown = await picture(call.studio, stored, longest_px=asked.max_side)
    return CallToolResult(content=[TextContent(text=failure.text(told_of(stored))), shown, link(call.studio, stored)])


async def list_models(asked: arguments.ListModels, call: Call) -> CallToolResult:
    """List what the servers have."""
    found = listing(await call.studio.jobs.models(), asked.kind, asked.query)
    return CallToolResult(content=[TextContent(text=failure.text(found))], structured_content=found)


async def inspect(asked: arguments.Inspect, call: Call) -> CallToolResult:
    """Tell how a picture was made."""
    data = await call.picture(asked.image)
    found = await computed_async(lambda: read_settings(data))
    told: dict[str, Any] = {
        "prompt": found.prompt,
        "negative_prompt": found.negative_prompt,
        "creator": found.creator,
        "configuration": settings_to_json(found.settings),
        "notes": list(found.notes),
    }
    told = {name: value for name, value in told.items() if value}
    return CallToolResult(content=[TextContent(text=failure.text(told))], structured_content=told)


TOOLS = {
    "generate_image": Work(
        "Generate an image", f"Make pictures from a prompt. {LONG}", arguments.Generate, making(drafting.generating)
    ),
    "edit_image": Work(
        "Edit an image",
        "Change a picture by an instruction; with a mask, repaint only a part (inpainting). Edit models keep the rest "
        f"of the picture. {LONG}",
        arguments.Edit,
        making(drafting.editing),
    ),
    "outpaint_image": Work(
        "Outpaint an image",
        f"Paint what lies beyond the edges of a picture. {LONG}",
        arguments.Outpaint,
        making(drafting.outpainting),
    ),
    "upscale_image": Work(
        "Upscale an image",
        f"Enlarge a picture without painting anything new. {LONG}",
        arguments.Upscale,
        making(drafting.upscaling),
    ),
    "generate_video": Work(
        "Generate a video",
        f"Make a clip from a prompt, and from a first frame if one is given. {LONG} Clips take minutes.",
        arguments.Video,
        making(drafting.filming),
    ),
    "get_image": Work(
        "Show a result",
        "Show a picture that was made before, larger or smaller.",
        arguments.GetImage,
        get_image,
        reads=True,
    ),
    "list_models": Work(
        "List models",
        "List models, LoRAs, control nets, upscalers or textual inversions of the Draw Things servers.",
        arguments.ListModels,
        list_models,
        reads=True,
    ),
    "inspect": Work(
        "Inspect a picture",
        "Tell how a picture was made: prompts, model, seed and settings, from its metadata.",
        arguments.Inspect,
        inspect,
        reads=True,
    ),
    "get_job": Work(
        "Wait for a job",
        "Wait for a job that was begun before; the answer is its pictures, or how far it is.",
        arguments.GetJob,
        get_job,
        reads=True,
    ),
    "cancel_job": Work("Cancel a job", "Stop a job that waits or runs.", arguments.CancelJob, cancel_job),
}
"""All tools by name, in the order in which they are listed."""


def tool(name: str) -> Work:
    """Return the tool of that name.

    Raises:
        UnknownChoice: There is none.
    """
    if name not in TOOLS:
        raise UnknownChoice(f"There is no tool {name!r}.", hint=f"There are {', '.join(TOOLS)}.", value=name)
    return TOOLS[name]
