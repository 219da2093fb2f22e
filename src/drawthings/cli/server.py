"""``drawthings server``: run the embedded one, look at one, trust one."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from pathlib import Path
from typing import Any, NoReturn

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
    click.option("--catalogue", multiple=True, metavar="NAME", help="Install only this file or family; repeatable."),
)

REHEARSAL = (
    click.option("--count", type=click.IntRange(1, 256), default=1, help="Run so many servers on consecutive ports."),
    click.option("--sketch", is_flag=True, help="Two colours in place of a picture: takes no time to paint."),
    click.option("--ms-per-step", type=click.IntRange(0), default=0, help="Take this long for each sampling step."),
    click.option("--model-switch-ms", type=click.IntRange(0), default=0, help="Take this long to load another model."),
    click.option("--fail-rate", type=click.FloatRange(0, 1), default=0.0, help="Let this share of generations fail."),
    click.option("--seed", type=int, default=0, help="Which ones fail; of each further server the next seed counts."),
    click.option("--crash-after", type=click.IntRange(0), help="Crash in the generation after so many."),
    click.option("--restart-ms", type=click.IntRange(0), help="Be back so long after a crash. Default: stay away."),
)
"""What makes a rehearsal for clients and pools of them; the official server has none of these."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def server() -> None:
    """Look at a server, trust it, or run the embedded one."""


@server.command("run")
@click.argument("models_dir", required=False, type=click.Path(file_okay=False, exists=True, path_type=Path))
@options(RUN)
@options(REHEARSAL)
def run(models_dir: Path | None, **given: Any) -> None:  # noqa: ANN401 - click hands over all options
    """Run the embedded server until Ctrl-C, with the flags of the official one.

    It speaks the whole protocol; its pictures are painted by a toy from your words, not by a diffusion model. With a
    MODELS_DIR the files in it are what is installed; without, a small catalogue of the usual families.

    \b
    Examples:
      drawthings server run --model-browser
      drawthings server run --no-tls --port 7860 --shared-secret hush
      drawthings server run --address 0.0.0.0 --announce --name studio
      drawthings server run --no-tls --count 4 --sketch --crash-after 30
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    import logging

    from drawthings.server.certificate import default_folder
    from drawthings.server.fleet import Fleet
    from drawthings.server.options import ServerOptions

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    tls, announce, count = not given.pop("no_tls"), given.pop("announce"), given.pop("count")
    made = ServerOptions(
        tls=tls,
        certificate_folder=default_folder() if tls else None,
        response_compression=not given.pop("no_response_compression"),
        models_dir=models_dir,
        keep_requests=0,
        catalogue=given.pop("catalogue") or None,
        fail_seed=given.pop("seed"),
        **given,
    )
    ended: list[str] = []
    with contextlib.ExitStack() as stack:
        fleet = stack.enter_context(Fleet(count, made))
        for running in fleet.servers:
            if announce:
                from drawthings.server.announce import announced

                stack.enter_context(announced(made.server_name, made.address, running.port, tls=tls))
            click.echo(f"Listening on {running.address} ({'TLS' if tls else 'plaintext'}). Ctrl-C stops.", err=True)
        # Containers and service managers ask with SIGTERM; the handler only wakes up who waits below.
        signal.signal(signal.SIGTERM, lambda *_: _interrupt(ended))
        try:
            fleet.wait()
        except KeyboardInterrupt:
            fleet.stop(ended[0] if ended else "Ctrl-C")
        else:
            click.echo("Crashed, as it was told to.", err=True)
            click.get_current_context().exit(1)
    click.echo(f"Stopped by {ended[0]}." if ended else "Stopped.", err=True)


def _interrupt(ended: list[str]) -> NoReturn:
    """Note that SIGTERM came, and end the waiting as Ctrl-C does."""
    ended.append("SIGTERM")
    raise KeyboardInterrupt


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
    """Accept what a server is now: the certificate that it shows, or that it has none, whatever was seen before.

    \b
    Example:
      drawthings server trust gpu-box:7859
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    from drawthings.cli.connection import connection
    from drawthings.wire.address import parse_address
    from drawthings.wire.tls import trust as remember

    given["server"] = address
    wanted = connection(given)
    where = parse_address(wanted.server)
    if where.embedded:
        click.echo("The embedded server needs no trust: it runs inside the program that asks it.")
        return
    found = remember(where, wanted.tls, wanted.timeouts.connect_s)
    if found.certificate is not None:
        instead = ", in place of what was known before" if found.forgotten else ""
        click.echo(f"{wanted.server} is trusted with {found.certificate.fingerprint}{instead}.")
    elif found.forgotten:
        click.echo(f"{wanted.server} speaks plaintext now; its certificate is forgotten.")
    else:
        click.echo(f"{wanted.server} speaks plaintext; there is no certificate to trust, and none was known.")


@server.command("limits")
@click.argument("address", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@options(CONNECTION)
def limits(address: str | None, **given: Any) -> None:  # noqa: ANN401 - click hands over all options
    """Tell how many compute units a request may cost; only the cloud has such limits.

    \b
    Examples:
      drawthings server limits
      drawthings server limits proxy.example:443 --json
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    given["server"] = address or given["server"]
    with client(given) as connected:
        found = connected.compute_limits()
    until = None if found is None or found.until is None else found.until.isoformat()
    facts = None if found is None else {"community": found.community, "plus": found.plus, "until": until}
    if given["as_json"]:
        click.echo(json.dumps(facts))
    elif facts is None:
        click.echo("The server sets no limits.")
    else:
        for name, value in facts.items():
            if value is not None:
                click.echo(f"{name + ':':11}{value}")


@server.command("key")
@click.argument("address", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@options(CONNECTION)
def key(address: str | None, **given: Any) -> None:  # noqa: ANN401 - click hands over all options
    """Print the public key with which a server signs what it allows; only the cloud has one.

    \b
    Examples:
      drawthings server key
      drawthings server key proxy.example:443 --json
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    given["server"] = address or given["server"]
    with client(given) as connected:
        found = connected.signing_key()
    if given["as_json"]:
        click.echo(json.dumps({"key": found}))
    else:
        click.echo(found or "The server signs nothing.")
