"""Look for inputs that break the native core, with the address and undefined-behaviour sanitizers watching.

python scripts/fuzz.py [seconds]    two workers, 1800 seconds unless given

libFuzzer is used where clang++ has it, else a driver of our own that changes seeds at random. Seeds are streams of the
fpzip library. What breaks the core is left in ``build/fuzz``; make a test of it (tests/tensor/test_hostile.py).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import fpzip
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "fuzz"
SEEDS = FOLDER / "seeds"
SOURCES = [*sorted((ROOT / "native").glob("*.cpp")), ROOT / "native" / "fuzz" / "target.cpp"]
FLAGS = ["-std=c++17", "-O1", "-g", "-fno-omit-frame-pointer", "-ffp-contract=off", "-fno-sanitize-recover=all"]
FLAGS += ["-DDT_TABLE_FROM=500"]
WORKERS = 2


def write_seeds() -> list[Path]:
    """Write inputs that are right: streams of all widths, both precisions, numbers of every kind."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    SEEDS.mkdir(parents=True)
    rng = np.random.default_rng(0)
    paths = []
    for width in (1, 3, 4, 16, 32, 48, 300):
        for kind in ("smooth", "noise", "bits", "flat"):
            for precision in (19, 32, 16):
                values = numbers(kind, (1, 3, 5, width), rng)
                try:
                    stream = fpzip.compress(values, precision=precision, order="C")
                except fpzip.FpzipWriteError:  # longer than its numbers
                    continue
                for choice in range(4):
                    path = SEEDS / f"{kind}-{width}-{precision}-{choice}"
                    path.write_bytes(bytes([0, choice | 4]) + stream)
                    paths.append(path)
                path = SEEDS / f"{kind}-{width}-{precision}-there-and-back"
                path.write_bytes(bytes([2, 1, 2, 0, 0]) + values.tobytes())
                paths.append(path)
    return paths


def numbers(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Make single-precision numbers: like a picture, noise, any bits at all (NaN too), or all the same."""
    if kind == "bits":
        return rng.integers(0, 2**32, shape, np.uint32).view("f4") if shape else np.zeros(shape, "f4")
    if kind == "flat":
        return np.full(shape, 0.5, "f4")
    noise = rng.normal(0, 1 if kind == "noise" else 0.01, shape)
    return (noise + np.linspace(-1, 1, shape[-1])).astype("f2").astype("f4")


def compile_target() -> tuple[Path, bool]:
    """Compile for libFuzzer, else with our own driver; say which."""
    program = FOLDER / "fuzz"
    clang = shutil.which(os.environ.get("CLANGXX", "clang++"))
    if clang:
        done = subprocess.run(
            [clang, *FLAGS, "-fsanitize=fuzzer,address,undefined", *map(str, SOURCES), "-o", str(program)],
            capture_output=True,
            check=False,
        )
        if done.returncode == 0:
            return program, True
    driver = ROOT / "native" / "fuzz" / "standalone.cpp"
    compiler = os.environ.get("CXX") or "c++"
    subprocess.run(
        [compiler, *FLAGS, "-fsanitize=address,undefined", *map(str, SOURCES), str(driver), "-o", str(program)],
        check=True,
    )
    return program, False


def main(arguments: list[str]) -> int:
    """Fuzz for so many seconds; 1 when something was found."""
    seconds = int(arguments[0]) if arguments else 1800
    seeds = write_seeds()
    program, with_libfuzzer = compile_target()
    print(f"{seconds} s, {WORKERS} workers, {'libFuzzer' if with_libfuzzer else 'our own driver'}", flush=True)
    began = time.monotonic()
    workers = []
    for number in range(1, WORKERS + 1):
        command = [str(program), str(seconds), str(number), *map(str, seeds)]
        if with_libfuzzer:
            corpus = FOLDER / f"corpus-{number}"
            corpus.mkdir()
            command = [str(program), f"-max_total_time={seconds}", f"-seed={number}", "-max_len=8192", "-timeout=20"]
            command += ["-rss_limit_mb=1024", "-print_final_stats=1", str(corpus), str(SEEDS)]
        with (FOLDER / f"log-{number}.txt").open("wb") as log:
            workers.append(subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=FOLDER))
    codes = [worker.wait() for worker in workers]
    found = any(codes)
    print(f"{time.monotonic() - began:.0f} s: {f'something was found, see {FOLDER}' if found else 'clean'}")
    return int(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
