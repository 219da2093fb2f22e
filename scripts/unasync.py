"""Writes the synchronous twin of each asynchronous module.

    python scripts/unasync.py            write
    python scripts/unasync.py --check    fail if what is committed is not what would be written

The twins differ only in ``await`` and its like, so a list of replacements is enough. What cannot be said that way (a
thread in place of a timer) is written by hand, twice, in a module that both import, as ``x_sync`` and ``x_async`` or as
``X`` and ``AsyncX``.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

PAIRS = (
    ("src/drawthings/batch/_async_pool.py", "src/drawthings/batch/_sync_pool.py"),
    ("src/drawthings/batch/_async_round.py", "src/drawthings/batch/_sync_round.py"),
    ("src/drawthings/client/_async.py", "src/drawthings/client/_sync.py"),
    ("src/drawthings/client/_async_session.py", "src/drawthings/client/_sync_session.py"),
    ("src/drawthings/client/_async_verbs.py", "src/drawthings/client/_sync_verbs.py"),
    ("src/drawthings/wire/_async.py", "src/drawthings/wire/_sync.py"),
    ("tests/wire/test_async.py", "tests/wire/test_sync.py"),
)

BANNER = "# Written by scripts/unasync.py from {source}. Do not edit.\n"

# Applied in this order, each to the whole text.
REPLACEMENTS = tuple(
    (re.compile(pattern, re.MULTILINE), replacement)
    for pattern, replacement in (
        # Statements and names of the language and of its library.
        (r"\basync (def|with|for)\b", r"\1"),
        (r"\bawait ", ""),
        (r"\b__a(enter|exit|iter|next)__\b", r"__\1__"),
        (r"\bStopAsyncIteration\b", "StopIteration"),
        (r"\bAsyncExitStack\b", "ExitStack"),
        (r"\basynccontextmanager\b", "contextmanager"),
        (r"\baclosing\b", "closing"),
        (r"\baclose\b", "close"),
        (r"\b(anext|aiter)\b", lambda found: found[1][1:]),
        (r"^( *)import asyncio$", r"\1import threading\n\1import time"),
        (r"\basyncio\.sleep\b", "time.sleep"),
        (r"\basyncio\.(Lock|Event)\b", r"threading.\1"),
        (r"\bgrpc\.aio\b", "grpc"),
        # Our own twins.
        (r"\bAsync(?=[A-Z])", ""),
        (r"\b_async(?=\b|_)", "_sync"),
        (r"\b([a-z_]+)_async\b", r"\1_sync"),
        # Examples and sentences.
        (r"\bimport asyncio, ", "import "),
        (r"\basyncio\.run\((.*)\)$", r"\1"),
        (r",? asynchronously\b", ""),
        (r"\basynchronous\b", "synchronous"),
        (r", for ``asyncio``\.", "."),
        (r"\s+or cancelling the task\b", ""),
        (r"\s+The synchronous (one|form) is generated from this( file)? by\s+``scripts/unasync\.py``\.", ""),
    )
)


def twin(text: str, source: str, target: str) -> str:
    """Return the synchronous twin of a module.

    Args:
        text: The asynchronous module.
        source: Its path below the repository, for the banner.
        target: The path of the twin, for the tools that bring it into form.
    """
    for pattern, replacement in REPLACEMENTS:
        text = pattern.sub(replacement, text)
    # Shorter names sort and wrap in another way, and an import may have become needless.
    text = ruff(["check", "--fix-only", "--quiet", "--select=I,F401"], text, target)
    return ruff(["format"], BANNER.format(source=source) + text, target)


def ruff(command: list[str], text: str, name: str) -> str:
    """Run ruff on a text and return what it makes of it."""
    whole = [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(ROOT / name), "-"]
    return subprocess.run(whole, input=text, stdout=subprocess.PIPE, check=True, text=True, encoding="utf-8").stdout


def main() -> int:
    """Write the twins, or check them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    check = parser.parse_args().check
    different = []
    for source, target in PAIRS:
        if not (ROOT / source).is_file():
            continue
        text = twin((ROOT / source).read_text(encoding="utf-8"), source, target)
        path = ROOT / target
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        different.append(target)
        if not check:
            path.write_text(text, encoding="utf-8")
    verb = "is not what its source makes; run scripts/unasync.py" if check else "written"
    for target in different:
        print(f"unasync: {target} {verb}")
    return 1 if check and different else 0


if __name__ == "__main__":
    sys.exit(main())
