"""``drawthings check``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli import completion, options, prompts, wishes
from drawthings.cli.alias import INPUT_IMAGE, option
from drawthings.cli.complaint import of_library, spoken
from drawthings.cli.options import CONNECTION, HINTS, OUTPUT, PROMPT, SETTINGS
from drawthings.cli.verb import Verb
from drawthings.errors import CatalogueError, ConfigError, DrawThingsError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drawthings import DrawThings
    from drawthings.request.guard import Finding
    from drawthings.request.plan import Plan

EXIT_REFUSED = 1
WORDS = {"refuse": "Refused", "warn": "Warning", "note": "Note"}


@click.command(cls=Verb)
@click.argument("prompt", required=False)
@option(
    "--image", metavar="IMAGE", complete=completion.files, also=INPUT_IMAGE, help="A picture to start from or to edit."
)
@click.option(
    "--mask",
    metavar="FILE",
    shell_complete=completion.files,
    help="What of the picture is repainted: white, or what is transparent.",
)
@options.options(PROMPT, OUTPUT, SETTINGS, HINTS, CONNECTION)
def check(prompt: str | None, **given: Any) -> int:  # noqa: ANN401 - click hands over all options
    """Tell what a server would make of a request, without generating anything.

    Takes the options of generate, edit and inpaint; nothing is written. The exit code is 1 if the request would be
    refused, because the server would crash on it, return nothing, or do something else without a word.

    \b
    Examples:
      drawthings check "a lion" -m juggernaut_xl_v9_q6p_q8p.ckpt --steps 4
      drawthings check "make it snowy" --image photo.jpg --strength 0.7 --steps 8
      drawthings check "the sea" -m wan_v2.1_14b_720p_q8p.ckpt --json
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    words = prompts.prompt(prompt, given)
    wanted = {**wishes.settings(given), **wishes.pictures(given)}
    wanted |= {name: given[name] for name in ("image", "mask") if given[name] is not None}
    wanted |= {"negative_prompt": prompts.negative(given), "fit": given["fit"]}
    with options.client(given) as client:
        plan, findings = _inspected(client, words, wanted)
    refused = any(finding.severity == "refuse" for finding in findings)
    if given["as_json"]:
        click.echo(json.dumps(_facts(plan, findings, refused=refused), indent=2, ensure_ascii=False))
    elif not given["quiet"]:
        _tell(plan, findings)
    return EXIT_REFUSED if refused else 0


def _inspected(client: DrawThings, words: str, wanted: Mapping[str, Any]) -> tuple[Plan | None, tuple[Finding, ...]]:
    """Decide everything and have it checked; what cannot even be decided is a finding too.

    Raises:
        ServerError: The server cannot be asked what it has.
    """
    from drawthings.client import setup
    from drawthings.request.guard import Finding, files_in_question, inspect

    catalogue = client.models()
    try:
        plan = setup.plan(catalogue, setup.wishes(words, None, wanted), client.connection.model)  # type: ignore[arg-type] # options by name
    except (ConfigError, InputError, CatalogueError) as error:
        told = of_library(error)
        return None, (Finding(_code(error), "refuse", told.message, told.hint),)
    # The client asks several times where batch_count says so; each request is like the first.
    order = plan.rounds()[0].order
    files = {item.file: item.exists for item in client.files_exist(files_in_question(order, catalogue))}
    return plan, inspect(order, catalogue, files=files)


def _code(error: DrawThingsError) -> str:
    """Return an error's name as findings spell theirs, for example ``unknown-field``."""
    name = type(error).__name__
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")


def _tell(plan: Plan | None, findings: Sequence[Finding]) -> None:
    for note in plan.notes if plan else ():
        click.echo(f"{WORDS[note.severity]}: {note.text}")
    for finding in findings:
        click.echo(f"{WORDS[finding.severity]} ({finding.code}): {finding.text} {spoken(finding.fix)}".rstrip())
    if not any(finding.severity == "refuse" for finding in findings):
        click.echo("The server will do as asked.")


def _facts(plan: Plan | None, findings: Sequence[Finding], *, refused: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "refused": refused,
        "findings": [
            {"code": each.code, "severity": each.severity, "text": each.text, "fix": each.fix} for each in findings
        ],
    }
    if plan is not None:
        facts["notes"] = [{"code": each.code, "severity": each.severity, "text": each.text} for each in plan.notes]
        facts["model"] = plan.model.file
        facts["configuration"] = plan.configuration.to_json_object()
    return facts
