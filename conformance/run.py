"""Runs all other scripts of this folder, one after the other, and prints a table of what passed.

Each script brings other people's client, starts what it needs, and prints a line for each check that begins with
``passed`` or ``FAILED``; its last line names the client.

Usage: ``python conformance/run.py [--markdown FILE] [NAME …]``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
LONGEST_S = 1800
HEAD = ("client", "passed", "failed", "seconds")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one script.

    Attributes:
        client: Whose client it was, as the script says at its end; else the script's name.
        passed: How many checks passed.
        failed: The lines of those that did not; where the script itself broke, the end of what it said.
        seconds: How long it took.
    """

    client: str
    passed: int
    failed: tuple[str, ...]
    seconds: float

    @property
    def row(self) -> tuple[str, ...]:
        """Its line of the table."""
        return self.client, str(self.passed), str(len(self.failed)), f"{self.seconds:.0f}"


def main() -> int:
    """Run the scripts; the exit status is 0 when every check of every one passed."""
    parser = argparse.ArgumentParser(description="Other people's clients against this package.")
    parser.add_argument("names", nargs="*", help="scripts without .py; default: all")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there as well")
    given = parser.parse_args()
    scripts = [path for path in sorted(HERE.glob("*.py")) if path.name not in {"run.py", "stage.py"}]
    unknown = set(given.names) - {path.stem for path in scripts}
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(path.stem for path in scripts)}")
    outcomes = [run(path) for path in scripts if not given.names or path.stem in given.names]
    rows = [outcome.row for outcome in outcomes]
    widths = [max(map(len, column)) for column in zip(HEAD, *rows, strict=True)]
    for row in (HEAD, *rows):
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    if given.markdown:
        lines = [HEAD, ("---",) * len(HEAD), *rows]
        given.markdown.write_text("".join(f"| {' | '.join(line)} |\n" for line in lines), encoding="utf-8")
    return 1 if any(outcome.failed for outcome in outcomes) else 0


def run(path: Path) -> Outcome:
    """Run one script and show what failed."""
    print(f"{path.stem} …", flush=True)
    began = time.monotonic()
    try:
        ran = subprocess.run(
            [sys.executable, str(path)], capture_output=True, text=True, check=False, timeout=LONGEST_S
        )
        said, broke = ran.stdout, ran.stderr.strip()[-2000:] if ran.returncode else ""
    except subprocess.TimeoutExpired:
        said, broke = "", f"it did not end within {LONGEST_S} s"
    lines = said.splitlines()
    passed = [line for line in lines if line.startswith("passed")]
    failed = [line for line in lines if line.startswith("FAILED")]
    if not failed and (broke or not passed):
        failed = [f"FAILED  {path.stem}: {broke or 'it checked nothing'}"]
    for line in failed:
        print(f"  {line}")
    client = lines[-1].rpartition(":")[0] if lines else ""
    return Outcome(client or path.stem, len(passed), tuple(failed), time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
