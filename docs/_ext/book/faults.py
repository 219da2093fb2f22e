"""The reference of the errors: the tree, what each one means, and what is said where it is raised."""

from __future__ import annotations

import ast
import inspect
from collections import defaultdict
from functools import cache
from pathlib import Path

import drawthings
from book.markdown import block, code, prose, table
from drawthings import errors
from drawthings.cli.main import exit_code
from drawthings.errors import DrawThingsError

SOURCE = Path(drawthings.__file__).parent

WAYS_OUT = {
    "DrawThingsError": "As such it is what a tool of the MCP server answers when something unforeseen happened there: "
    "look at that server's log.",
    "ConfigError": "As such it comes from `drawthings mcp`: name a folder that is there.",
    "UnknownField": "Take one of the names in `suggestions`; [the settings](settings.md) lists them all.",
    "UnknownChoice": "Take one of the names in `suggestions`; [the values](choices.md) lists them all.",
    "UnknownPreset": "Take one of the names in `suggestions`; `drawthings recipes list` and your configuration file "
    "have them all.",
    "OutOfRange": "Use the nearest value in `suggestions`. `Configuration.fit(…)` and `--fit` do that for you.",
    "BadValue": "Give the value in the form that the message names.",
    "BadConfiguration": "Mend the file at the line that the message names, or copy the settings in the app again.",
    "BadAddress": "Write `host`, `host:port`, `[IPv6]:port`, `grpc://…`, `grpcs://…` or `embedded`.",
    "BadImage": "Give a readable picture: a path, bytes, an open file, a Pillow image or a numpy array.",
    "BadMask": "Give a black and white picture of the same shape (white is repainted), or a box.",
    "BadSize": "Give sizes in pixels, in multiples of 64, or let the client choose.",
    "ServerError": "As such it comes from the embedded server: choose another port, address or name, as the hint says.",
    "Unreachable": "Is the server on, and are address and port right? `drawthings doctor ADDRESS` looks step by step.",
    "TlsMismatch": "Write `grpc://` or `grpcs://` before the address as the server speaks it, or leave it to `auto`.",
    "CertificateUntrusted": "Compare the fingerprint with the server's, then `drawthings server trust ADDRESS`.",
    "CertificateChanged": "If the server was set up anew: `drawthings server trust ADDRESS`. If not, do not connect.",
    "TlsDowngraded": "If the server is meant to answer without TLS now: `drawthings server trust ADDRESS`.",
    "SecretRequired": "Set `DRAWTHINGS_SECRET`, or use `--secret-file` or `--ask-secret`.",
    "TimedOut": "Try again; the server may be loading a model. `Timeouts` and the configuration file set the limits.",
    "Cancelled": "Nothing: somebody wanted it.",
    "Exhausted": "Ask for less at once (a smaller canvas, fewer frames, a batch of 1), or later.",
    "Rejected": "Do what the reason in the message says; the server's log may say more.",
    "ServerCrashed": "Look at the server's log and try again. `drawthings check` says whether the request is known to "
    "do harm.",
    "Incomplete": "Save what `error.images` holds, then ask for the rest again.",
    "EmptyResult": "The server could not make a picture and does not say why: look at its log; memory and a missing "
    "file are the usual reasons.",
    "BadStream": "Save what `error.images` holds. The server is probably newer than this package.",
    "BadHeader": "Check that the bytes are a tensor, from its first byte on.",
    "UnsupportedDatatype": 'Convert the array first, for example with `astype("float16")`.',
    "UnsupportedCodec": "Update this package, or start the server with `--no-response-compression`.",
    "Truncated": "Read or receive the tensor again, all of it.",
    "CorruptPayload": "Receive it again; the bytes were damaged on the way or on the disk.",
    "TooLarge": "If you trust the sender, allow more with `limit=`.",
    "MissingCodec": "`pip install rms-fpzip`, or start the server with `--no-response-compression`.",
    "ModelNotFound": "Take one of the names in `suggestions`; `drawthings models list` shows what the server has.",
    "OutputError": "Choose another place, or free some room; `error.data` and `error.picture` hold what was to be "
    "written, where there is something.",
    "BatchError": "As such it means that a pool was closed: make a new one.",
    "JobFailed": "Do what the last error says, which is in the message; then try this job alone.",
    "Poisoned": "Look at the logs of the servers in `error.servers`; a smaller picture often does not take them down.",
    "QueueFull": "Ask again after `retry_s` seconds; more servers or a longer line (`--max-queue`) help for good.",
    "RateExceeded": "Ask again after `retry_s` seconds; `drawthings serve --rate` says how often anybody may.",
    "GatewayClosing": "Ask again when it is back; jobs that ran were finished, those that waited were not begun.",
    "NoSuchJob": "Use an id from the answers of the gateway; results are kept for a while only.",
    "NotAllowed": "Send the key (`Authorization: Bearer …`), or start the gateway so that it lets you in: `--trust`, "
    "`--allow-host`, `--cors-origin`.",
    "BadBody": "Send the body as the message says; `/openapi.json` describes every request.",
    "BodyTooLarge": "Send smaller pictures; a PNG of a photo is several times as large as a JPEG.",
    "GatewayError": "As such it comes from `drawthings serve`: do what the hint says.",
    "ManifestMismatch": "Wait for the other run to end, or give the batch another folder.",
}
"""What to do about each error that is raised as it is."""


def all_errors() -> tuple[type[DrawThingsError], ...]:
    """Return every error, parents before children."""
    return tuple(_below(DrawThingsError))


def leaves() -> tuple[type[DrawThingsError], ...]:
    """Return the errors that are raised as they are, and not through one of their children."""
    spoken = sayings()
    return tuple(kind for kind in all_errors() if not kind.__subclasses__() or spoken.get(kind.__name__))


def tree() -> str:
    """Return the tree as the module shows it."""
    text = inspect.getdoc(errors) or ""
    drawn = [
        line.removeprefix("    ") for line in text.splitlines() if "──" in line or line.endswith("DrawThingsError")
    ]
    return block("text", "\n".join(drawn))


@cache
def faults() -> str:
    """Return every error with its meaning and its way out."""
    return "\n".join(_entry(kind) for kind in all_errors())


@cache
def sayings() -> dict[str, tuple[tuple[str, str], ...]]:
    """Return what is said where an error is raised, by its name: message and hint, ``…`` for what varies."""
    names = {kind.__name__ for kind in all_errors()}
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for path in sorted(SOURCE.rglob("*.py")):
        if "_generated" in path.parts or path.name == "_sync.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and (name := _name(node.func)) in names:
                hint = next((each.value for each in node.keywords if each.arg == "hint"), None)
                message = _template(node.args[0])
                if message:
                    found[name].setdefault(message, _template(hint) if hint else "")
    return {name: tuple(each.items()) for name, each in found.items()}


def _entry(kind: type[DrawThingsError]) -> str:
    parent = kind.__bases__[0].__name__
    said = (inspect.getdoc(kind) or "").split("Args:")[0]
    paragraphs = [prose(part) for part in said.split("\n\n") if part.strip()]
    parts = [f"### `{kind.__name__}`\n", *(f"{part}\n" for part in paragraphs)]
    if kind.__name__ in WAYS_OUT:
        parts.append(f"**Way out:** {WAYS_OUT[kind.__name__]}\n")
    facts = [] if kind is DrawThingsError else [f"A kind of `{parent}`"]
    facts.append("the same call may succeed later (`retryable`)" if kind.retryable else "trying again changes nothing")
    if not kind.__subclasses__():
        facts.append(f"exit code {exit_code(kind('…'))}")
    own = {name for name in kind.defaults if name not in getattr(kind.__bases__[0], "defaults", {})}
    if own:
        facts.append("has " + ", ".join(code(name) for name in sorted(own)))
    said_of_it = "; ".join(facts)
    parts.append(f"{said_of_it[0].upper()}{said_of_it[1:]}.\n")
    if sayings().get(kind.__name__):
        parts.append(_said(kind.__name__))
    return "\n".join(parts)


def _said(name: str) -> str:
    rows = [(prose(message), prose(hint)) for message, hint in sorted(sayings()[name])]
    return f":::{{dropdown}} What it says\n{table(('message', 'hint'), rows)}:::\n"


def _below(kind: type[DrawThingsError]) -> list[type[DrawThingsError]]:
    return [kind, *(each for child in kind.__subclasses__() for each in _below(child))]


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _template(node: ast.expr) -> str:
    """Return a text of the source with ``…`` for what is put in; empty where the text stands elsewhere."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr():
            parts = (part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
            text = "".join(str(part) for part in parts)
            return text if text.strip("… .:") else ""
        case ast.IfExp():
            return " / ".join(text for text in (_template(node.body), _template(node.orelse)) if text)
        case ast.BinOp(op=ast.Add()):
            return _template(node.left) + _template(node.right)
    return ""
