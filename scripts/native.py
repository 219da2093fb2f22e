"""Compile the native core, which decodes and encodes pictures faster than the fpzip library.

python scripts/native.py            into the package, as an installation does it
python scripts/native.py --bench    into build/, with the loop that only benchmarks need

The compiler is ``$CXX``, else the first of clang++, c++ and g++ that works: the decoder made by Clang is some percent
faster. ``DRAWTHINGS_BUILD_NATIVE=0`` leaves the core out; so does a machine without a compiler, and the package works
without it. ``hatch_build.py`` calls this too.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "native"
SUFFIX = {"darwin": ".dylib", "win32": ".dll"}.get(sys.platform, ".so")
TARGET = ROOT / "src" / "drawthings" / "tensor" / f"_core{SUFFIX}"
SWITCH = "DRAWTHINGS_BUILD_NATIVE"
MACOS = "11.0"
"""The oldest macOS that a core built here runs on."""

# No instruction beyond the processor's oldest form; no arithmetic but what is written; no library but that of C.
FLAGS = [
    *("-std=c++17", "-O3", "-shared", "-fPIC", "-fvisibility=hidden", "-fno-exceptions", "-fno-rtti"),
    *("-ffp-contract=off", "-fno-trapping-math", "-Wall", "-Wextra"),
]
PLATFORM_FLAGS = {
    "darwin": [f"-mmacosx-version-min={MACOS}"],
    "win32": ["-static"],
}


class Unavailable(Exception):
    """Why there is no native core."""


def compilers() -> list[list[str]]:
    """Find the C++ compilers.

    Returns:
        Their commands, the preferred one first; that of ``$CXX`` may have arguments.

    Raises:
        Unavailable: There is none, it is not wanted, or the machine is of an unknown kind.
    """
    if os.environ.get(SWITCH) == "0":
        raise Unavailable(f"{SWITCH} is 0")
    if sys.byteorder != "little" or sys.maxsize < 2**32:
        raise Unavailable("it is written for little-endian machines of 64 bits")
    wanted = os.environ.get("CXX")
    if wanted:
        return [shlex.split(wanted, posix=os.name == "posix")]
    found = [[path] for name in ("clang++", "c++", "g++") if (path := shutil.which(name))]
    if not found:
        raise Unavailable("there is no C++ compiler (clang++, c++ or g++)")
    return found


def build(target: Path, *extra: str) -> None:
    """Compile the core; what was there before is replaced at once or left alone.

    Args:
        target: The shared library to make.
        extra: More arguments for the compiler.

    Raises:
        Unavailable: It cannot be built here.
    """
    *others, last = compilers()
    for compiler in others:
        # One that lacks a library does not matter as long as another one works.
        with contextlib.suppress(Unavailable):
            return _compile(compiler, target, extra)
    return _compile(last, target, extra)


def _compile(compiler: list[str], target: Path, extra: Sequence[str]) -> None:
    command = [*compiler, *FLAGS, *PLATFORM_FLAGS.get(sys.platform, ["-Wl,--as-needed"]), *extra]
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".core-") as folder:
        made = Path(folder) / target.name
        sources = [str(path) for path in sorted(SOURCES.glob("*.cpp"))]
        try:
            done = subprocess.run([*command, *sources, "-o", str(made)], capture_output=True, text=True, check=False)
        except OSError as error:
            raise Unavailable(f"the compiler {command[0]} cannot be started ({error.strerror})") from error
        if done.returncode != 0 or not made.exists():
            first = next((line for line in done.stderr.splitlines() if "error" in line), "no reason given")
            raise Unavailable(f"{command[0]} failed: {first.strip()}")
        made.replace(target)


def platform_tag() -> str:
    """Say which machines a wheel with this core is for; it does not matter to which Python."""
    machine = platform.machine().lower()
    if sys.platform == "darwin":
        return f"macosx_{MACOS.replace('.', '_')}_{machine}"
    if sys.platform == "win32":
        return f"win_{machine}"
    return f"{sys.platform}_{machine}"


def main(arguments: list[str]) -> int:
    """Build into the package, or with ``--bench`` into ``build/``; say what was made."""
    bench = "--bench" in arguments
    target = ROOT / "build" / f"_core_bench{SUFFIX}" if bench else TARGET
    try:
        build(target, *(["-DDT_BENCH"] if bench else []))
    except Unavailable as reason:
        print(f"No native core: {reason}.", file=sys.stderr)
        return 1
    print(target.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
