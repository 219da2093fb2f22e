"""Writes ``src/drawthings/_generated/`` from ``schema/`` and from the table of configuration fields.

    python scripts/generate.py            write
    python scripts/generate.py --check    fail if what is committed is not what would be written

Needs ``protoc`` (from grpcio-tools, in the dev extra) and ``flatc`` (Debian: flatbuffers-compiler). Where flatc is not
installed, ``--check`` compares the digests in ``_generated/SOURCES`` instead, which still notices a schema that was
changed without a new run and generated code that was edited by hand.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "schema"
TARGET = ROOT / "src" / "drawthings" / "_generated"
BANNER = "# Written by scripts/generate.py from {source}. Do not edit.\n"


def generate_protobuf(folder: Path) -> None:
    """Run protoc on the service definition, with type stubs."""
    protoc = [sys.executable, "-m", "grpc_tools.protoc", f"-I{SCHEMA}"]
    subprocess.run([*protoc, f"--python_out={folder}", f"--pyi_out={folder}", "imageService.proto"], check=True)
    module = folder / "imageService_pb2.py"
    text = in_own_pool(without_version_gate(module.read_text()))
    module.write_text(BANNER.format(source="schema/imageService.proto") + text)


def without_version_gate(text: str) -> str:
    """Drop protoc's demand for a runtime at least as new as protoc itself.

    The code below the gate uses nothing newer than protobuf 4, and a library that forced the newest protobuf on
    everyone would not install next to many others.
    """
    text = re.sub(r"^from google\.protobuf import runtime_version as _runtime_version\n", "", text, flags=re.MULTILINE)
    return re.sub(
        r"^_runtime_version\.ValidateProtobufRuntimeVersion\(.*?\n\)\n", "", text, flags=re.MULTILINE | re.DOTALL
    )


def in_own_pool(text: str) -> str:
    """Keep our descriptors out of the process-wide pool.

    Other clients of the same server register a file of the same name with other bytes there; whoever comes second
    would fail to import.
    """
    return text.replace("_descriptor_pool.Default()", "_descriptor_pool.DescriptorPool()")


def generate_flatbuffer(folder: Path, flatc: str) -> None:
    """Run flatc on the configuration schema."""
    subprocess.run([flatc, "--python", "--gen-onefile", "-o", str(folder), str(SCHEMA / "config.fbs")], check=True)
    (folder / "__init__.py").unlink(missing_ok=True)
    module = folder / "config_generated.py"
    module.write_text(BANNER.format(source="schema/config.fbs") + module.read_text())


def generate_settings(folder: Path) -> None:
    """Write the typed face of the table of configuration fields."""
    text = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "settings_source.py")], check=True, capture_output=True, text=True
    ).stdout
    (folder / "settings.py").write_text(text)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file as text."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sources_text(generated: Path) -> str:
    """Return the digests of the schema and of what was made from it."""
    files = [SCHEMA / "imageService.proto", SCHEMA / "config.fbs", generated / "config_generated.py"]
    return "".join(f"{digest(path)}  {path.name}\n" for path in files)


def main() -> int:
    """Generate, or check."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    check = parser.parse_args().check
    flatc = shutil.which("flatc")
    if flatc is None and not check:
        sys.exit("flatc is not installed (Debian: apt-get install flatbuffers-compiler)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generate_protobuf(folder)
        generate_settings(folder)
        if flatc is None:
            print("generate: no flatc here; comparing digests for config.fbs")
            shutil.copy(TARGET / "config_generated.py", folder)
        else:
            generate_flatbuffer(folder, flatc)
        (folder / "SOURCES").write_text(sources_text(folder))
        made = sorted(path for path in folder.iterdir() if path.is_file())
        if not check:
            for path in made:
                shutil.copy(path, TARGET / path.name)
            return 0
        different = [p.name for p in made if not same(p, TARGET / p.name)]
    for item in different:
        print(f"generate: _generated/{item} is not what schema/ and fields.py make; run scripts/generate.py")
    return 1 if different else 0


def same(one: Path, other: Path) -> bool:
    """Tell whether both files exist with the same bytes."""
    return other.is_file() and one.read_bytes() == other.read_bytes()


if __name__ == "__main__":
    sys.exit(main())
