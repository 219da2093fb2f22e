"""What observations of a server mean, and the one thing to do next. No I/O: ``examination.py`` observes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from drawthings.errors import (
    CertificateChanged,
    CertificateUntrusted,
    Rejected,
    ServerCrashed,
    TimedOut,
    TlsDowngraded,
    TlsMismatch,
    Unreachable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drawthings.errors import DrawThingsError

Severity = Literal["ok", "note", "problem"]
Known = Literal["never", "same", "system"]

SLOW_MS: Final = 250.0
START_IT: Final = (
    "Start gRPCServerCLI there, or switch the server on in the app (Settings > Advanced > API Server, protocol gRPC); "
    "`drawthings servers` shows which ones announce themselves."
)
GIVE_SECRET: Final = "Set DRAWTHINGS_SECRET, or use --secret-file or --ask-secret."  # noqa: S105 - names where it goes


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found out about a server.

    Attributes:
        code: A name for programs that stays the same.
        severity: ``ok``; ``note`` for what may surprise; ``problem`` for what keeps pictures from being made.
        text: One sentence.
        fix: What to do next; empty where nothing is to be done.
    """

    code: str
    severity: Severity
    text: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A file that a model needs.

    Attributes:
        role: What it does, in words.
        file: Its name.
        exists: Whether the server has it.
    """

    role: str
    file: str
    exists: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelState:
    """What was seen of one model.

    Attributes:
        name: As it was asked for.
        file: Its file; empty when the name could not be led to one.
        parts: The file itself and everything it needs.
        certain: Whether the parts are those of this very model, or were concluded from others of its family.
        described: Whether the server lists the model; None when it lists nothing.
        suggestions: Files with similar names.
    """

    name: str
    file: str = ""
    parts: tuple[Part, ...] = ()
    certain: bool = True
    described: bool | None = None
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """Everything that was seen of a server, as far as the look at it came; None and empty mean not seen.

    Attributes:
        server: The address as it was given.
        host: Its host.
        port: Its port.
        mode: What the user insists on: ``auto``, ``on`` or ``off``.
        addresses: What the host's name stands for.
        name_error: Why the name stands for nothing.
        port_error: Why nobody takes the connection.
        elsewhere: Other usual ports of the host at which a gRPC server answers.
        tls: Whether it speaks TLS.
        fingerprint: Of its certificate.
        known: Whether the certificate was seen before (``same``), is vouched for (``system``), or is new (``never``).
        failure: The error with which getting in touch or the first greeting ended.
        secret_given: Whether there is a secret to send.
        secret_wanted: Whether it wants one.
        secret_accepted: Whether it accepts what was sent.
        answers_others: Whether it answers other questions while its greeting does not come.
        round_trip_ms: The shortest time of a question with an empty answer.
        restarted: Whether it was started anew, or broke, during the examination.
        browsable: Whether it lists what it has.
        counts: How much of each kind it lists.
        list_problems: What in its lists cannot be read.
        model: What was seen of the model that was asked about.
    """

    server: str
    host: str
    port: int
    mode: str = "auto"
    addresses: tuple[str, ...] = ()
    name_error: str = ""
    port_error: str = ""
    elsewhere: tuple[int, ...] = ()
    tls: bool | None = None
    fingerprint: str = ""
    known: Known | None = None
    failure: DrawThingsError | None = None
    secret_given: bool = False
    secret_wanted: bool | None = None
    secret_accepted: bool | None = None
    answers_others: bool = False
    round_trip_ms: float | None = None
    restarted: bool = False
    browsable: bool | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    list_problems: tuple[str, ...] = ()
    model: ModelState | None = None


def diagnose(seen: Observations) -> tuple[Finding, ...]:
    """Say what the observations mean.

    Args:
        seen: What was observed.

    Returns:
        The findings in the order of the way to the server; every one that is a problem names its fix.

    Example:
        >>> from drawthings import diagnose, examine
        >>> [finding.code for finding in diagnose(examine("embedded"))]
        ['tls_off', 'secret_none', 'round_trip', 'browser_on']
    """
    return tuple(
        finding for part in (_name, _port, _contact, _trust, _secret, _time, _browser, _model) for finding in part(seen)
    )


def _name(seen: Observations) -> Iterator[Finding]:
    if seen.name_error:
        yield Finding(
            "name_unknown",
            "problem",
            f"The name {seen.host} leads nowhere: {seen.name_error}.",
            "Check the spelling, or use the IP address of the machine; `drawthings servers` may show it.",
        )
    elif seen.addresses and seen.addresses != (seen.host,):
        yield Finding("name_ok", "ok", f"The name {seen.host} stands for {', '.join(seen.addresses)}.")


def _port(seen: Observations) -> Iterator[Finding]:
    if not seen.port_error:
        return
    text = f"Nobody takes connections at {seen.host}, port {seen.port}: {seen.port_error}."
    yield Finding("port_closed", "problem", text, _elsewhere(seen) or START_IT)


def _contact(seen: Observations) -> Iterator[Finding]:
    error = seen.failure
    if error is None or isinstance(error, CertificateChanged | CertificateUntrusted | TlsDowngraded):
        return
    if isinstance(error, TlsMismatch):
        yield _tls_mismatch(seen, error)
    elif seen.tls is not None:
        yield from _greeting(seen, error)
    elif isinstance(error, Rejected):
        yield Finding("not_grpc", "problem", error.message, _elsewhere(seen) or error.hint)
    elif isinstance(error, TimedOut):
        yield Finding(
            "silent",
            "problem",
            f"{seen.host}, port {seen.port}, takes connections but says nothing.",
            _elsewhere(seen) or "It is stuck, or no Draw Things server: restart it, and check the port.",
        )
    else:
        yield Finding("no_answer", "problem", error.message, error.hint or START_IT)


def _greeting(seen: Observations, error: DrawThingsError) -> Iterator[Finding]:
    if isinstance(error, TimedOut) and seen.answers_others:
        yield Finding(
            "busy",
            "note",
            "The server answers other questions, but its greeting waits behind a generation.",
            "Wait until it is done, or start the server without --echo-on-queue.",
        )
    elif isinstance(error, TimedOut):
        yield Finding("stuck", "problem", error.message, "Look at its log, and restart it if it does nothing.")
    elif isinstance(error, ServerCrashed | Unreachable):
        yield Finding("broke", "problem", error.message, "Look at the server's log; it may just be restarting.")
    else:
        fix = _elsewhere(seen) or error.hint or "Check that a Draw Things server listens at this port."
        yield Finding("no_greeting", "problem", error.message, fix)


def _tls_mismatch(seen: Observations, error: TlsMismatch) -> Finding:
    if seen.mode == "off" and seen.tls:
        return Finding(
            "tls_refused",
            "problem",
            f"The server at {seen.host}, port {seen.port}, speaks TLS, but plaintext is asked for.",
            "Use --tls auto, or write grpcs:// before the address in place of grpc://.",
        )
    if seen.mode == "on" and seen.tls is False:
        return Finding(
            "tls_missing",
            "problem",
            f"The server at {seen.host}, port {seen.port}, speaks plaintext, but TLS is asked for.",
            "Start it without --no-tls, or use --tls auto or grpc:// if plaintext will do.",
        )
    return Finding("tls_unusable", "problem", error.message, error.hint or "Renew the server's certificate.")


def _trust(seen: Observations) -> Iterator[Finding]:
    error = seen.failure
    for kind, code in (
        (CertificateChanged, "certificate_changed"),
        (CertificateUntrusted, "certificate_untrusted"),
        (TlsDowngraded, "tls_downgraded"),
    ):
        if isinstance(error, kind):
            yield Finding(code, "problem", error.message, error.hint)
            return
    if isinstance(error, TlsMismatch):
        return
    if seen.tls is False:
        yield Finding("tls_off", "ok", "The server speaks plaintext.")
    elif seen.tls:
        word = {
            "same": "the certificate is the one seen before",
            "system": "the system vouches for its certificate",
            "never": "its certificate was new and is remembered from now on",
        }.get(seen.known or "", "its certificate was not looked at")
        yield Finding("tls_on", "ok", f"The server speaks TLS; {word} ({seen.fingerprint}).")


def _secret(seen: Observations) -> Iterator[Finding]:
    if seen.secret_accepted is None:
        return
    if not seen.secret_accepted:
        code, state = (
            ("secret_wrong", "does not accept the one it was given")
            if seen.secret_given
            else (
                "secret_missing",
                "got none",
            )
        )
        yield Finding(code, "problem", f"The server wants a shared secret and {state}.", GIVE_SECRET)
    elif seen.secret_wanted:
        yield Finding("secret_ok", "ok", "The server wants a shared secret and accepts ours.")
    elif seen.secret_given:
        yield Finding(
            "secret_unneeded",
            "note",
            "A shared secret is sent, but the server wants none.",
            "Start the server with --shared-secret if it should want one; else leave the secret away.",
        )
    else:
        yield Finding("secret_none", "ok", "The server wants no shared secret.")


def _time(seen: Observations) -> Iterator[Finding]:
    if seen.restarted:
        yield Finding(
            "restarted",
            "problem",
            "The server was started anew while it was looked at.",
            "Look at its log: it may crash in a loop, for example for want of memory.",
        )
    if seen.round_trip_ms is None:
        return
    text = f"A question and its answer take {seen.round_trip_ms:.1f} ms."
    if seen.round_trip_ms > SLOW_MS:
        yield Finding("slow", "note", text, "Use a cable or a nearer access point; pictures will arrive slowly.")
    else:
        yield Finding("round_trip", "ok", text)


def _browser(seen: Observations) -> Iterator[Finding]:
    if seen.browsable is None:
        return
    for problem in seen.list_problems:
        yield Finding(
            "list_damaged", "note", problem, "Correct the custom*.json beside the models, and restart the server."
        )
    if not seen.browsable:
        yield Finding(
            "browser_off",
            "note",
            "The server does not tell what it has.",
            "Start it with --model-browser, or in the app switch the model browser on; until then name models by file.",
        )
    elif not seen.counts.get("models"):
        yield Finding(
            "nothing_installed",
            "problem",
            "The server lists no model with all its parts.",
            "Download one in the app, or put the files into its models folder.",
        )
    else:
        listed = ", ".join(f"{count} {kind}" for kind, count in seen.counts.items() if count)
        yield Finding("browser_on", "ok", f"The server has {listed}.")


def _model(seen: Observations) -> Iterator[Finding]:
    model = seen.model
    if model is None:
        return
    if not model.file:
        near = f"Did you mean {' or '.join(model.suggestions)}?" if model.suggestions else ""
        fix = near or "Give the complete file name, ending in .ckpt; `drawthings models list` shows what is there."
        yield Finding("model_unknown", "problem", f"The server has no model {model.name!r}.", fix)
        return
    missing = [part for part in model.parts if not part.exists]
    for part in missing:
        yield _missing(model, part)
    if missing:
        return
    if model.described is False:
        yield Finding(
            "model_undescribed",
            "problem",
            f"The server has {model.file}, but does not know what it is, and takes it for Stable Diffusion 1.",
            "Copy the custom.json of the app's models folder beside the model, and restart the server.",
        )
    else:
        count = f"all {len(model.parts)} files of it" if len(model.parts) > 1 else "its file"
        unsure = "" if model.certain else "; its other parts are not known"
        yield Finding("model_complete", "ok", f"The server has {model.file}, {count}{unsure}.")


def _missing(model: ModelState, part: Part) -> Finding:
    upload = f"`drawthings files upload {part.file}` puts it there, or download it in the app."
    if part.file == model.file:
        near = f"Did you mean {' or '.join(model.suggestions)}? Otherwise " if model.suggestions else ""
        text = f"The server has no file {part.file}; it would quietly use another model."
        return Finding("model_missing", "problem", text, near + upload)
    guess = "" if model.certain else ", as far as other models of its family tell"
    text = f"{model.file} needs the {part.role} {part.file}{guess}, and the server does not have it."
    return Finding("part_missing", "problem" if model.certain else "note", text, upload)


def _elsewhere(seen: Observations) -> str:
    if not seen.elsewhere:
        return ""
    host = f"[{seen.host}]" if ":" in seen.host else seen.host
    return f"A gRPC server answers at another port of this machine: use --server {host}:{seen.elsewhere[0]}."
