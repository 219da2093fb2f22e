"""``drawthings doctor``: find out why a server does not work, and what to do."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli import completion
from drawthings.cli.options import CONNECTION, options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drawthings.client.diagnosis import Finding

FAILED = 1
UNREACHABLE = 3
NO_WAY_THERE = frozenset(
    {
        "name_unknown",
        "port_closed",
        "not_grpc",
        "silent",
        "no_answer",
        "tls_refused",
        "tls_missing",
        "tls_unusable",
        "certificate_changed",
        "certificate_untrusted",
        "tls_downgraded",
    }
)
"""The findings that mean that the server cannot be talked to at all."""

COLOURS = {"ok": "green", "note": "yellow", "problem": "red"}


@click.command()
@click.argument("address", required=False)
@click.option(
    "--model",
    "-m",
    metavar="NAME",
    shell_complete=completion.names_of("models"),
    help="Also look for everything that this model needs.",
)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@options(CONNECTION)
def doctor(address: str | None, model: str | None, *, as_json: bool, **given: Any) -> int:  # noqa: ANN401 - click hands over all options
    """Look at a server step by step: name, port, TLS, certificate, secret, what it has, and the files of a model.

    Every finding that needs something done says what to do next. The exit code is 0 when there is no problem, 3 when
    the server cannot be talked to, and 1 for any other problem.

    \b
    Examples:
      drawthings doctor
      drawthings doctor mac.local --model flux_1_dev_q8p.ckpt
      drawthings doctor 192.168.1.20:7859 --json
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    from drawthings.cli.connection import connection
    from drawthings.client.diagnosis import diagnose
    from drawthings.client.examination import examine

    wanted = connection({**given, "server": address or given["server"]})
    findings = diagnose(examine(wanted, model or wanted.model))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in findings], indent=2, ensure_ascii=False))
    else:
        _print(findings)
    return _exit_code(findings)


def _print(findings: Sequence[Finding]) -> None:
    for one in findings:
        click.echo(f"{click.style(f'{one.severity:8}', fg=COLOURS[one.severity])} {one.text}")
        if one.fix:
            click.echo(f"{'':8} Next: {one.fix}")


def _exit_code(findings: Sequence[Finding]) -> int:
    problems = {one.code for one in findings if one.severity == "problem"}
    if problems & NO_WAY_THERE:
        return UNREACHABLE
    return FAILED if problems else 0
