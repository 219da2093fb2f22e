"""The options that several commands share.

What they mean for the library stands in ``wishes.py``, where prompts come from in ``prompts.py``, and what the shell
offers for their values in ``completion.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from drawthings.cli import completion
from drawthings.cli.alias import option

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drawthings import DrawThings

CommandT = TypeVar("CommandT", bound="Callable[..., Any]")

MOST_PICTURES = 100
"""What the setting ``batch_count`` allows; ``tests/cli`` compares them."""

CONNECTION = (
    option(
        "--server",
        "-s",
        metavar="ADDRESS",
        also=("--remote-url",),
        is_eager=True,  # completion of names asks which server they are for
        complete=completion.servers,
        help="host, host:port, [v6]:port, grpc://… (plaintext), grpcs://… (TLS) or embedded. "
        "Default: DRAWTHINGS_SERVER, the profile, localhost:7859.",
    ),
    option("--profile", metavar="NAME", complete=completion.profiles, help="A profile of the configuration file."),
    option("--tls", type=click.Choice(["auto", "on", "off"]), help="TLS. Default: auto."),
    option("--tls-ca", metavar="FILE", complete=completion.files, help="A CA certificate of your own (PEM)."),
    option("--trust", is_flag=True, help="Accept the certificate of a public server on first sight."),
    option(
        "--secret-file",
        metavar="FILE",
        complete=completion.files,
        help="A file with the shared secret (or DRAWTHINGS_SECRET).",
    ),
    option("--ask-secret", is_flag=True, help="Ask for the shared secret."),
    option("--debug", is_flag=True, help="Show what is going on, and tracebacks."),
)

_ELSEWHERE = (
    click.option("--remote", is_flag=True, hidden=True),
    click.option("--remote-port", type=click.IntRange(1, 65535), hidden=True),
    click.option("--remote-tls/--no-remote-tls", default=None, hidden=True),
    click.option("--remote-shared-secret", hidden=True),
)
"""What the official command line has for the connection; commands with ``CONNECTION`` take it too."""

_REQUESTS = (click.option("--batch-count", type=int, hidden=True),)
"""The setting by its own name, beside ``--count``; commands with ``SETTINGS`` take it too."""

ASKER = (
    option("--user", metavar="NAME", help="A name that the app shows beside the job."),
    option("--device", type=click.Choice(["phone", "tablet", "laptop"]), help="What the app takes this machine for."),
)

SETTINGS = (
    option(
        "--model",
        "-m",
        metavar="NAME",
        is_eager=True,  # completion of LoRAs asks what they are for
        complete=completion.names_of("models"),
        help="Model, by file name or name. Default: the best one installed.",
    ),
    option("--negative", metavar="TEXT", also=("--negative-prompt",), help="What the picture must not show."),
    option(
        "--negative-file",
        metavar="FILE",
        also=("--negative-prompt-file",),
        complete=completion.files,
        help="The same from a text file; - is standard input.",
    ),
    option("--size", type=int, metavar="PIXELS", help="Width and height."),
    option("--width", type=int, metavar="PIXELS", help="Width, a multiple of 64. Default: the model's own."),
    option("--height", type=int, metavar="PIXELS", help="Height, a multiple of 64. Default: the model's own."),
    option("--steps", type=int, help="Sampling steps. Default: what suits the model; 16 for ordinary ones."),
    option("--cfg", type=float, help="Guidance scale. Default: what suits the model; 5.0 for ordinary ones."),
    option("--seed", type=int, help="Seed; the same one gives the same picture. Default: random, and told."),
    option("--sampler", metavar="NAME", complete=completion.samplers, help="Sampler, for example 'UniPC Trailing'."),
    option("--strength", type=float, help="How much of a given picture may change, 0 to 1."),
    option(
        "--lora",
        multiple=True,
        metavar="FILE[:WEIGHT[:MODE]]",
        complete=completion.names_of("loras"),
        help="A LoRA; repeatable.",
    ),
    option("--lora-weight", type=float, metavar="WEIGHT", help="Weight of LoRAs given without one. Default: 1."),
    option(
        "--count",
        "-n",
        type=click.IntRange(1, MOST_PICTURES),
        metavar="COUNT",
        help="How many pictures, one after the other, each with a seed of its own.",
    ),
    option("--batch", type=int, metavar="COUNT", help="Pictures that one request makes at once, 1 to 4."),
    option(
        "--config",
        metavar="FILE|JSON",
        also=("--config-json", "--config-file"),
        complete=completion.files,
        help="Settings: the app's JSON, a preset (FILE#NAME), an infotext, or a picture; options win over it.",
    ),
    option(
        "--set",
        "sets",
        multiple=True,
        metavar="NAME=VALUE",
        complete=completion.settings,
        help="Any other setting by its name; `drawthings config fields` lists them.",
    ),
    option("--fit", is_flag=True, help="Snap values that are off the grid, and say so."),
    option("--force", is_flag=True, help="Send it even when the server would crash or do something else."),
    option(
        "--latent-size",
        type=click.Choice(["64", "128"]),
        help="Accepted for old scripts; has no effect.",
    ),
    option(
        "--keyword",
        "keywords",
        multiple=True,
        metavar="WORD",
        help="A textual inversion by its keyword, for the app; repeatable. Default: those found in the prompts.",
    ),
    *ASKER,
)

PROMPT = (
    option("--prompt", "-p", "prompt_text", metavar="TEXT", help="The prompt, instead of an argument."),
    option(
        "--prompt-file",
        metavar="FILE",
        complete=completion.files,
        help="Read the prompt from a text file; - is standard input.",
    ),
)

HINTS = (
    option(
        "--hint",
        "hints",
        multiple=True,
        metavar="TYPE=FILE[:WEIGHT]",
        complete=completion.hints,
        help="A control picture: depth, pose, scribble, color, custom, shuffle, canny, lineart …; repeatable.",
    ),
    option(
        "--control",
        "controls",
        multiple=True,
        metavar="FILE[:WEIGHT]",
        complete=completion.names_of("controls"),
        help="A control net; repeatable.",
    ),
    option(
        "--ref",
        "references",
        multiple=True,
        metavar="IMAGE",
        complete=completion.files,
        help="A further picture to look at; repeatable.",
    ),
    option("--image-fit", type=click.Choice(["cover", "contain", "stretch"]), help="How pictures fit. Default: cover."),
)

PREVIEW = (
    option(
        "--no-preview",
        is_flag=True,
        also=("--disable-preview",),
        help="No pictures in the terminal (or DRAWTHINGS_PREVIEW=off).",
    ),
)

OUTPUT = (
    option(
        "--output",
        "-o",
        default="output.png",
        show_default=True,
        metavar="PATH",
        complete=completion.files,
        help="A file (png, jpg, webp), a folder/, or a pattern with {model}, {seed}, {index}. Never overwrites.",
    ),
    option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
    option("--quiet", "-q", is_flag=True, help="No progress and no notes."),
    *PREVIEW,
)

RUN = (
    option("--dry-run", is_flag=True, help="Print the request as JSON, and make nothing."),
    option("--jsonl", is_flag=True, help="Print what happens as JSON, an event on each line; the result comes last."),
)

WORDING = (
    option(
        "--wildcards",
        metavar="FOLDER",
        complete=completion.files,
        help="Where colour.txt is, one option a line, for __colour__.",
    ),
    option("--plain-prompt", is_flag=True, help="Send {red|blue} as it stands, and choose nothing by the seed."),
)

PNG = (
    option(
        "--png-level",
        type=click.Choice(["fast", "best"]),
        default="fast",
        show_default=True,
        help="best: smaller PNG files, but slowly.",
    ),
)


def options(*groups: tuple[Callable[[CommandT], CommandT], ...]) -> Callable[[CommandT], CommandT]:
    """Return a decorator that gives a command all options of some groups."""
    hidden = [more for shown, more in ((CONNECTION, _ELSEWHERE), (SETTINGS, _REQUESTS)) if shown in groups]

    def decorate(command: CommandT) -> CommandT:
        for each in reversed([each for group in (*groups, *hidden) for each in group]):
            command = each(command)
        return command

    return decorate


def client(given: Mapping[str, Any]) -> DrawThings:
    """Return the client that the connection options describe."""
    from drawthings.cli.client import RememberingClient
    from drawthings.cli.connection import connection

    return RememberingClient(connection=connection(given))
