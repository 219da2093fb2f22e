"""The options that several commands share, and what they mean for the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from drawthings.cli import completion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drawthings import DrawThings
    from drawthings.request.parts import Control, Lora

CommandT = TypeVar("CommandT", bound="Callable[..., Any]")

MOST_PICTURES = 100
"""What the setting ``batch_count`` allows; ``tests/cli`` compares them."""

CONNECTION = (
    click.option(
        "--server",
        "-s",
        metavar="ADDRESS",
        is_eager=True,  # completion of names asks which server they are for
        shell_complete=completion.servers,
        help="host, host:port, [v6]:port, grpc://… (plaintext), grpcs://… (TLS) or embedded. "
        "Default: DRAWTHINGS_SERVER, the profile, localhost:7859.",
    ),
    click.option("--profile", metavar="NAME", help="A profile of the configuration file."),
    click.option("--tls", type=click.Choice(["auto", "on", "off"]), help="TLS. Default: auto."),
    click.option("--tls-ca", metavar="FILE", help="A CA certificate of your own (PEM)."),
    click.option("--trust", is_flag=True, help="Accept the certificate of a public server on first sight."),
    click.option("--secret-file", metavar="FILE", help="A file with the shared secret (or DRAWTHINGS_SECRET)."),
    click.option("--ask-secret", is_flag=True, help="Ask for the shared secret."),
    click.option("--debug", is_flag=True, help="Show what is going on, and tracebacks."),
)

ASKER = (
    click.option("--user", metavar="NAME", help="A name that the app shows beside the job."),
    click.option(
        "--device", type=click.Choice(["phone", "tablet", "laptop"]), help="What the app takes this machine for."
    ),
)

SETTINGS = (
    click.option(
        "--model",
        "-m",
        metavar="NAME",
        shell_complete=completion.names_of("models"),
        help="Model, by file name or name. Default: the best one installed.",
    ),
    click.option("--negative", metavar="TEXT", help="What the picture must not show."),
    click.option("--negative-file", metavar="FILE", help="The same from a text file; - is standard input."),
    click.option("--size", type=int, metavar="PIXELS", help="Width and height."),
    click.option("--width", type=int, metavar="PIXELS", help="Width, a multiple of 64. Default: the model's own."),
    click.option("--height", type=int, metavar="PIXELS", help="Height, a multiple of 64. Default: the model's own."),
    click.option("--steps", type=int, help="Sampling steps. Default: what suits the model; 16 for ordinary ones."),
    click.option("--cfg", type=float, help="Guidance scale. Default: what suits the model; 5.0 for ordinary ones."),
    click.option("--seed", type=int, help="Seed; the same one gives the same picture. Default: random, and told."),
    click.option(
        "--sampler",
        metavar="NAME",
        shell_complete=completion.samplers,
        help="Sampler, for example 'UniPC Trailing'.",
    ),
    click.option("--strength", type=float, help="How much of a given picture may change, 0 to 1."),
    click.option(
        "--lora",
        multiple=True,
        metavar="FILE[:WEIGHT[:MODE]]",
        shell_complete=completion.names_of("loras"),
        help="A LoRA; repeatable.",
    ),
    click.option("--lora-weight", type=float, metavar="WEIGHT", help="Weight of LoRAs given without one. Default: 1."),
    click.option(
        "--count",
        "--batch-count",
        "-n",
        "count",
        type=click.IntRange(1, MOST_PICTURES),
        metavar="COUNT",
        help="How many pictures, one after the other, each with a seed of its own.",
    ),
    click.option("--batch", type=int, metavar="COUNT", help="Pictures that one request makes at once, 1 to 4."),
    click.option(
        "--config",
        metavar="FILE|JSON",
        help="Settings: the app's JSON, a preset (FILE#NAME), an infotext, or a picture; options win over it.",
    ),
    click.option(
        "--set",
        "sets",
        multiple=True,
        metavar="NAME=VALUE",
        shell_complete=completion.settings,
        help="Any other setting by its name.",
    ),
    click.option("--fit", is_flag=True, help="Snap values that are off the grid, and say so."),
    click.option("--force", is_flag=True, help="Send it even when the server would crash or do something else."),
    click.option("--latent-size", type=click.Choice(["64", "128"]), help="Accepted for old scripts; has no effect."),
    click.option(
        "--keyword",
        "keywords",
        multiple=True,
        metavar="WORD",
        help="A textual inversion by its keyword, for the app; repeatable. Default: those found in the prompts.",
    ),
    *ASKER,
)

PROMPT = (click.option("--prompt-file", metavar="FILE", help="Read the prompt from a text file; - is standard input."),)

HINTS = (
    click.option(
        "--hint",
        "hints",
        multiple=True,
        metavar="TYPE=FILE[:WEIGHT]",
        help="A control picture: depth, pose, scribble, color, custom, shuffle, canny, lineart …; repeatable.",
    ),
    click.option(
        "--control",
        "controls",
        multiple=True,
        metavar="FILE[:WEIGHT]",
        shell_complete=completion.names_of("controls"),
        help="A control net; repeatable.",
    ),
    click.option(
        "--ref", "references", multiple=True, metavar="IMAGE", help="A further picture to look at; repeatable."
    ),
    click.option(
        "--image-fit", type=click.Choice(["cover", "contain", "stretch"]), help="How pictures fit. Default: cover."
    ),
)

PREVIEW = (click.option("--no-preview", is_flag=True, help="No pictures in the terminal (or DRAWTHINGS_PREVIEW=off)."),)

OUTPUT = (
    click.option(
        "--output",
        "-o",
        default="output.png",
        show_default=True,
        metavar="PATH",
        help="A file (png, jpg, webp), a folder/, or a pattern with {model}, {seed}, {index}. Never overwrites.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
    click.option("--quiet", "-q", is_flag=True, help="No progress and no notes."),
    *PREVIEW,
)

PNG = (
    click.option(
        "--png-level",
        type=click.Choice(["fast", "best"]),
        default="fast",
        show_default=True,
        help="best: smaller PNG files, but slowly.",
    ),
)

SIMPLE = {
    "model": "model",
    "width": "width",
    "height": "height",
    "steps": "steps",
    "cfg": "guidance_scale",
    "seed": "seed",
    "sampler": "sampler",
    "strength": "strength",
    "batch": "batch_size",
    "count": "batch_count",
    "upscaler": "upscaler",
}
"""Options that are settings under another name, or the same."""


def options(*groups: tuple[Callable[[CommandT], CommandT], ...]) -> Callable[[CommandT], CommandT]:
    """Return a decorator that gives a command all options of some groups."""

    def decorate(command: CommandT) -> CommandT:
        for option in reversed([option for group in groups for option in group]):
            command = option(command)
        return command

    return decorate


def client(given: Mapping[str, Any]) -> DrawThings:
    """Return the client that the connection options describe."""
    from drawthings.cli.connection import connection
    from drawthings.cli.memory import RememberingClient

    return RememberingClient(connection=connection(given))


def settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that were given, and only those: ``--config``, then ``--set``, then options.

    Raises:
        ConfigError: One of them makes no sense.
        click.UsageError: Options contradict each other.
    """
    found = {**_from_config(given.get("config")), **_from_sets(given.get("sets", ()))}
    if given.get("size") is not None:
        if given.get("width") is not None or given.get("height") is not None:
            raise click.UsageError("--size says width and height already; give either it or the two.")
        found |= {"width": given["size"], "height": given["size"]}
    if given.get("count") is not None:
        # So many pictures, whatever a --config says of batches; only --batch makes several of each.
        found["batch_size"] = 1
    found |= {setting: given[option] for option, setting in SIMPLE.items() if given.get(option) is not None}
    loras = [_lora(text, given.get("lora_weight")) for text in given.get("lora", ())]
    if loras:
        found["loras"] = tuple(loras)
    elif given.get("lora_weight") is not None:
        raise click.UsageError("--lora-weight needs a --lora.")
    if given.get("controls"):
        found["controls"] = tuple(_control(text) for text in given["controls"])
    return found


def pictures(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is asked for beside the settings, as the library takes it: control pictures, references, who asks.

    Raises:
        ConfigError: One of them makes no sense.
    """
    found: dict[str, Any] = {}
    if given.get("hints"):
        from drawthings.cli.assignment import parse_hint

        hints: dict[str, list[tuple[str, float]]] = {}
        for text in given["hints"]:
            kind, file, weight = parse_hint(text)
            hints.setdefault(kind, []).append((file, weight))
        found["hints"] = hints
    if given.get("references"):
        found["references"] = given["references"]
    return found | {name: given[name] for name in ("image_fit", "keywords", "user", "device") if given.get(name)}


def prompt(text: str | None, given: Mapping[str, Any]) -> str:
    """Return the prompt, as it stands or from its file.

    Raises:
        click.UsageError: There is none, or two.
        BadValue: The file cannot be read.
    """
    file = given.get("prompt_file")
    if (text is None) == (file is None):
        raise click.UsageError(
            "Give a prompt or --prompt-file." if text is None else "There are two prompts; give one."
        )
    return text if text is not None else _from_file("--prompt-file", file or "")


def negative(given: Mapping[str, Any]) -> str:
    """Return the negative prompt, as it stands or from its file; empty when there is none.

    Raises:
        click.UsageError: There are two.
        BadValue: The file cannot be read.
    """
    text, file = given.get("negative"), given.get("negative_file")
    if text is not None and file is not None:
        raise click.UsageError("There are two negative prompts; give one.")
    if file == "-" and given.get("prompt_file") == "-":
        raise click.UsageError("Standard input can be one of the two prompts only.")
    return _from_file("--negative-file", file) if file is not None else text or ""


def _from_file(option: str, name: str) -> str:
    import sys
    from pathlib import Path

    from drawthings.errors import BadValue

    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).expanduser().read_bytes()
        return data.decode("utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise BadValue(f"{option} {name} cannot be read: {reason}.", hint="Give a text file.", value=name) from error


def _control(text: str) -> Control:
    """Read FILE[:WEIGHT]."""
    from drawthings.cli.assignment import split_weight
    from drawthings.request.parts import Control

    file, weight = split_weight(text)
    return Control(file, weight)


def _from_config(text: str | None) -> dict[str, Any]:
    if not text:
        return {}
    from drawthings.media.recollection import settings_from_file

    return dict(settings_from_file(text))


def _from_sets(pairs: tuple[str, ...]) -> dict[str, Any]:
    if not pairs:
        return {}
    from drawthings.cli.assignment import parse_assignment

    return dict(parse_assignment(pair) for pair in pairs)


def _lora(text: str, default_weight: float | None) -> Lora:
    """Read FILE[:WEIGHT[:MODE]]; ``--lora-weight`` counts for those without a weight of their own."""
    from dataclasses import replace

    from drawthings.request.parts import Lora

    lora = Lora.parse(text)
    if default_weight is None or lora.file != text:
        return lora
    return replace(lora, weight=default_weight)
