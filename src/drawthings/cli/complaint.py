"""What went wrong, in the words of the command line: one sentence that names the value, and one way out.

The library speaks to programs, too; where it does so in Python's words, they become options here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from drawthings import errors
from drawthings.profiles import PROFILE_KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "guidance_scale": ("--cfg",),
    "width": ("--width", "--size"),
    "height": ("--height", "--size"),
    "batch_size": ("--batch",),
    "batch_count": ("--count", "-n", "--batch-count"),
    "loras": ("--lora",),
    "controls": ("--control",),
    "hints": ("--hint",),
    "references": ("--ref",),
    "num_frames": ("--frames",),
    "negative_prompt": ("--negative",),
    "mask_blur_outset": ("--mask-outset",),
    "upscaler_scale_factor": ("--factor",),
    "factor": ("--factor",),
    "face_restoration": ("--faces",),
    "ca_file": ("--tls-ca",),
}
"""The options for what the library calls otherwise; all others are called like the setting, with dashes."""

PHRASES = (
    (", or let it be changed with fit=True (--fit)", ", or let it be changed with --fit"),
    ("They are listed in drawthings.request.fields.SETTINGS.", "`drawthings config fields` lists them all."),
    ("check=False (--force) sends", "--force sends"),
    (", or pass secret=….", ", or use --secret-file or --ask-secret."),
    ("model=… (--model)", "--model"),
    ("image=… (--image)", "--image"),
    ("Write True or False in Python, true or false in JSON.", "Write true or false."),
    ("Write it without quotes and without a decimal point.", "Write a whole number."),
    ("Give two arrays of sound features as hints={'audio': ...}.", "Only Python can give it the sound it needs."),
    ("Give a file name, a pair (file, weight), or a Lora.", "Write --lora FILE[:WEIGHT[:MODE]]."),
    ("Give a file name or a Control.", "Write --control FILE[:WEIGHT]."),
    ("Give a list of file names or of parts.", "Write a JSON list of file names."),
    ("for object of type 'int'", "for a number"),
    ("for object of type 'str'", "for a text"),
    ("-1 or None for a random one", "-1 for a random one"),
    ("Give a black and white picture, an array or a box, or cut", "Give --mask FILE or --box L,T,R,B, or cut"),
    ("one of left, top, right and bottom, in pixels", "one of --left, --top, --right and --bottom, in pixels"),
)
"""What the library says, and how that is said here."""

ARGUMENTS = {
    "prompt": 'The prompt is an argument of its own: drawthings "a red fox".',
    "negative_prompt": "Use --negative TEXT.",
    "image": "Use --image FILE.",
    "mask": "Use --mask FILE.",
    "references": "Use --ref FILE.",
}
"""How to give what is no setting."""

NOUNS = {"LoRA": "loras", "control net": "controls", "upscaler": "upscalers", "embedding": "embeddings"}
"""The command that lists a kind of file, where it is not ``models``."""

WAYS_OUT: tuple[tuple[type[errors.DrawThingsError], str], ...] = (
    (errors.BadConfiguration, "`drawthings config path` says where the configuration file is."),
    (errors.ConfigError, "`drawthings config fields` lists the settings, `drawthings config show` the connection's."),
    (errors.InputError, "Give another picture."),
    (errors.OutputError, "Choose another place with --output."),
    (errors.ServerError, "`drawthings doctor` looks what is wrong, step by step."),
    (errors.CatalogueError, "`drawthings models list` shows what the server has."),
    (errors.StreamError, "Try again; the server's log may say more."),
    (errors.DrawThingsError, "Run it again with --debug to see where it happened."),
)
"""What helps where the library does not say it; the first that fits."""


class Misuse(click.UsageError):
    """Options or arguments that make no sense together.

    Args:
        message: What is wrong, in one sentence.
        hint: What to write instead.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is told about an error.

    Attributes:
        message: What is wrong.
        hint: The way out.
    """

    message: str
    hint: str


def of_library(error: errors.DrawThingsError, given: Sequence[str] = ()) -> Complaint:
    """Return what is told about an error of the library.

    Args:
        error: The error.
        given: The command line, which tells what the person called the setting.
    """
    message, hint = spoken(_spelled(error.message, error, given)), spoken(error.hint)
    if isinstance(error, errors.ModelNotFound):
        hint = hint.replace("`drawthings models list`", f"`drawthings {NOUNS.get(error.kind, 'models')} list`")
    if isinstance(error, errors.UnknownField) and len(error.suggestions) == 1:
        hint = ARGUMENTS.get(error.suggestions[0], hint)
    return Complaint(message, hint or _way_out(error))


def spoken(text: str) -> str:
    """Return a text of the library in the words of the command line."""
    for theirs, ours in PHRASES:
        text = text.replace(theirs, ours)
    return text


def of_click(error: click.ClickException) -> Complaint:
    """Return what is told about an error in the use of the command line."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "drawthings"
    help_hint = f"`{path} -h` shows what it takes."
    if isinstance(error, Misuse):
        return Complaint(error.message, error.hint)
    if isinstance(error, click.NoSuchOption):
        near = f"Did you mean {' or '.join(error.possibilities)}?" if error.possibilities else help_hint
        return Complaint(f"There is no option {error.option_name}.", near)
    if isinstance(error, click.BadOptionUsage):
        return Complaint(_sentence(error.message), f"Write {error.option_name} and its value.")
    if isinstance(error, click.MissingParameter) and context is not None:
        usage = context.get_usage().partition(":")[2].strip()
        return Complaint(_sentence(error.format_message()), f"Write `{usage}`; `{path} -h` shows examples.")
    if context is not None and isinstance(context.command, click.Group) and "No such command" in error.message:
        return _no_command(error.message, context)
    return Complaint(_sentence(error.format_message()), help_hint)


def _no_command(message: str, context: click.Context) -> Complaint:
    import difflib

    found = re.search(r"['\"](.*?)['\"]", message)
    word = found[1] if found else ""
    known = context.command.list_commands(context) if isinstance(context.command, click.Group) else []
    near = difflib.get_close_matches(word, known, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(known)}."
    return Complaint(f"`{context.command_path}` has no command {word!r}.", hint)


def _spelled(message: str, error: errors.DrawThingsError, given: Sequence[str]) -> str:
    """Call a setting as the person did, who may have given it by an option."""
    field: Any = error.details.get("field")
    if not isinstance(field, str) or not field:
        return message
    for option in (*OPTIONS.get(field, ()), f"--{field.replace('_', '-')}"):
        if message.startswith(f"{field} ") and any(word == option or word.startswith(f"{option}=") for word in given):
            return f"{option}{message.removeprefix(field)}"
    return message


def _way_out(error: errors.DrawThingsError) -> str:
    near = error.details.get("suggestions") or ()
    if near:
        return f"Use {' or '.join(map(str, near))}."
    field = error.details.get("field")
    if field in {"secret_file", "tls_ca"}:
        return "Check the path."
    if field in PROFILE_KEYS or field == "profile":
        return "Mend the configuration file; `drawthings config path` says where it is."
    return next(hint for kind, hint in WAYS_OUT if isinstance(error, kind))


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "?", "!")) else f"{text}."
