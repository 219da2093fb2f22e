"""Recipes that a host offers to its user: how to ask for pictures so that they become good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_types import GetPromptResult, Prompt, PromptArgument, PromptMessage, TextContent

from drawthings.errors import BadValue, UnknownChoice

if TYPE_CHECKING:
    from collections.abc import Mapping

PICTURE = """\
Make a picture of {subject} with generate_image. First call list_models and choose the model that fits best. Write one
concrete prompt: subject, surroundings, light, medium, framing. Leave steps and guidance to the model's own
recommendation. Look at the result, say in one sentence what could be better, and make one more with the same seed and
a better prompt. Show both, with their seeds."""

EDIT = """\
Change the picture {image} with edit_image: {change}. Call list_models and take an edit model if there is one. Write the
instruction as a command, and name what has to stay as it is. Look at the result beside the original; if something else
has changed, try once more with another seed or with a mask."""

VARIATIONS = """\
Explore {idea}: write four prompts that differ in medium, light or composition, and make one picture of each with
generate_image, all with seed 1 so that only the words differ. List the four with their prompts, ask which one to
follow, and enlarge the chosen one with upscale_image."""

SOURCE = "The picture: an id, a path or a data URL."
TEXTS = {
    "picture": ("A good picture of something", {"subject": "What it shows."}, PICTURE),
    "edit": ("Change a picture, and nothing else in it", {"image": SOURCE, "change": "What is to change."}, EDIT),
    "variations": ("Four directions for one idea", {"idea": "The idea."}, VARIATIONS),
}
"""Name, title, arguments and text."""


def prompts() -> list[Prompt]:
    """Return what there is."""
    return [
        Prompt(
            name=name,
            title=title,
            description=title,
            arguments=[PromptArgument(name=each, description=said, required=True) for each, said in takes.items()],
        )
        for name, (title, takes, _) in TEXTS.items()
    ]


def prompt(name: str, given: Mapping[str, str]) -> GetPromptResult:
    """Return one with its arguments filled in.

    Raises:
        UnknownChoice: There is none of that name.
        BadValue: An argument is missing.
    """
    if name not in TEXTS:
        raise UnknownChoice(f"There is no prompt {name!r}.", hint=f"There are {', '.join(TEXTS)}.", value=name)
    title, takes, text = TEXTS[name]
    missing = [each for each in takes if not given.get(each)]
    if missing:
        raise BadValue(f"The prompt {name!r} needs {', '.join(missing)}.", hint="Give it.", field=missing[0])
    filled = TextContent(text=text.format(**{each: given[each] for each in takes}))
    return GetPromptResult(description=title, messages=[PromptMessage(role="user", content=filled)])
