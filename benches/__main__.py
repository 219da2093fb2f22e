"""The whole table: ``python -m benches [--rows png-fpzip,batch] [--markdown FILE]``; see docs/performance.md."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benches import blobs, report
from benches.place import BENCH_CORE, PEER_PYTHON
from benches.run import Runner
from benches.side import Stage
from benches.table import ROWS
from drawthings.tensor.core import native_core, which

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benches.run import Finding


def main() -> int:
    """Run what is asked for and print the table; it reports and never fails because of a number."""
    wanted = _arguments()
    if not PEER_PYTHON.exists():
        print("The peer is not installed; `make bench` does it. Only our own times follow.", file=sys.stderr)
    if native_core() is not None and not BENCH_CORE.exists():
        print("The limit is not measured: python scripts/native.py --bench", file=sys.stderr)
    blobs.ensure()
    rows = [row for row in ROWS if not wanted.rows or row.key in wanted.rows.split(",")]
    about, findings = report.machine(which()), []
    with Stage() as stage:
        runner = Runner(stage, _tell, core=native_core() is not None, pairs=wanted.pairs)
        for row in rows:
            findings.append(runner.run(row))
            _keep(wanted, findings, about)
    _tell("")
    print("\n".join([*about, "", report.as_text(findings), *report.failures(findings)]))
    return 0


def _keep(wanted: argparse.Namespace, findings: Sequence[Finding], about: Sequence[str]) -> None:
    """Write what is there into the files that were asked for, so that an interrupted run was not for nothing."""
    if wanted.json:
        wanted.json.write_text(json.dumps({each.row.key: each.taken for each in findings}), encoding="utf-8")
    if wanted.markdown:
        wanted.markdown.write_text(report.as_markdown(findings, about), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benches", description="Our path beside the peer's.")
    parser.add_argument("--rows", default="", help=f"only these: {','.join(row.key for row in ROWS)}")
    parser.add_argument("--pairs", type=int, help="how often to run each pair; by default what the table says")
    parser.add_argument("--markdown", type=Path, help="write the table to this file, too")
    parser.add_argument("--json", type=Path, help="write every single measurement to this file")
    return parser.parse_args()


def _tell(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
