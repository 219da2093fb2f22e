"""``drawthings server``: run the embedded one, look at one, trust one."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from pathlib import Path
from typing import Any

import click

from drawthings.cli.options import CONNECTION, client, options

RUN = (
    click.option("--port", "-p", type=click.IntRange(0, 65535), default=7859, show_default=True, help="0: a free one."),
    click.option("--address", "-a", default="127.0.0.1", show_default=True, help="Address to listen at."),
    click.option("--name", default="", help="What the server calls itself. Default: this machine's name."),
    click.option("--shared-secret", default="", metavar="TEXT", help="What clients must know."),
    click.option("--no-tls", is_flag=True, help="Plaintext."),
    click.option("--no-response-compression", is_flag=True, help="Send raw tensors."),
    click.option("--model-browser", is_flag=True, help="Tell clients what is there."),
    click.option("--cpu-offload", is_flag=True, help="Accepted as by the official server; there is no GPU here."),
    click.option("--echo-on-queue", is_flag=True, help="Answer Echo only after the generations before it."),
    click.option("--faithful", is_flag=True, help="Do what the official server does silently, instead of refusing."),
    click.option("--announce", is_flag=True, help="Let it be found in the local network (Bonjour), with `servers`."),
    click.option("--ms-per-step", type=click.IntRange(0), default=0, help="Take this long for each sampling step."),
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def server() -> None:
    """Look at a server, trust it, or run the embedded one."""


@server.command("run")
@click.argument("models_dir", required=False, type=click.Path(file_okay=False, exists=True, path_type=Path))
@options(RUN)
def run(models_dir: Path | None, **given: Any) -> None:  # noqa: ANN401 - click hands over all options
    """Run the embedded server until Ctrl-C, with the flags of the official one.

    It speaks the whole protocol; its pictures are painted by a toy from your words, not by a diffusion model. With a
    MODELS_DIR the files in it are what is installed; without, a small catalogue of the usual families.

    \b
    Examples:
      drawthings server run --model-browser
      drawthings server run --no-tls --port 7860 --shared-secret hush
      drawthings server run --address 0.0.0.0 --announce --name studio
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    import logging

    from drawthings.server.certificate import default_folder
    from drawthings.server.options import ServerOptions
    from drawthings.server.run import EmbeddedServer

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    tls, announce = not given.pop("no_tls"), given.pop("announce")
    made = ServerOptions(
        tls=tls,
        certificate_folder=default_folder() if tls else None,
        response_compression=not given.pop("no_response_compression"),
        models_dir=models_dir,
        keep_requests=0,
        **given,
    )
    with contextlib.ExitStack() as stack:
        running = stack.enter_context(EmbeddedServer(made))
        if announce:
            from drawthings.server.announce import announced

            stack.enter_context(announced(made.server_name, made.address, running.port, tls=tls))
        click.echo(f"Listening on {running.address} ({'TLS' if tls else 'plaintext'}). Ctrl-C stops.", err=True)
        # Containers and service managers ask with SIGTERM.
        signal.signal(signal.SIGTERM, lambda *_: running.stop())
        with contextlib.suppress(KeyboardInterrupt):
            running.wait()
        click.echo("Stopped.", err=True)


@server.command("status")
@click.argument("address", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@options(CONNECTION)
def status(address: str | None, **given: Any) -> None:  # noqa: ANN401 - click hands over all options
    """Say hello to a server and tell what it answers.

    \b
    Examples:
      drawthings server status
      drawthings server status mac.local --json
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    given["server"] = address or given["server"]
    with client(given) as connected:
        started_s = time.monotonic()
        info = connected.echo()
        took_ms = (time.monotonic() - started_s) * 1000
        secret = "wanted, and missing or wrong" if info.secret_missing else "fine"
        facts = {
            "server": info.address,
            "greeting": info.message,
            "secret": secret,
            "model browser": "unknown" if info.secret_missing else "on" if info.browsable else "off",
            "models": len(connected.models().models) if info.browsable else None,
            "milliseconds": round(took_ms, 1),
        }
    if given["as_json"]:
        click.echo(json.dumps(facts, indent=2))
    else:
        for name, value in facts.items():
            if value is not None:
                click.echo(f"{name + ':':15}{value}")
    if info.secret_missing:
        click.echo("Hint: set DRAWTHINGS_SECRET, or use --secret-file or --ask-secret.", err=True)
        click.get_current_context().exit(1)


@server.command("trust")
@click.argument("address")
@options(CONNECTION)
def trust(address: str, **given: Any) -> None:  # noqa: ANN401 - click hands over all options
    """Accept the certificate that a server shows now, in place of the one seen before.

    \b
    Example:
      drawthings server trust gpu-box:7859
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    from drawthings.cli.connection import connection
    from drawthings.wire.address import parse_address
    from drawthings.wire.tls import trust as remember

    given["server"] = address
    wanted = connection(given)
    certificate = remember(parse_address(wanted.server), wanted.tls, wanted.timeouts.connect_s)
    if certificate is None:
        click.echo(f"{wanted.server} speaks plaintext now; its certificate is forgotten.")
    else:
        click.echo(f"{wanted.server} is trusted with {certificate.fingerprint}.")
