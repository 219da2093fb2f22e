import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parent.parent.parent / "scripts" / "native.py"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """The script that compiles the core, with another place for what it makes."""
    spec = importlib.util.spec_from_file_location("native_build", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "TARGET", tmp_path / "_core.so")
    monkeypatch.delenv(module.SWITCH, raising=False)
    monkeypatch.delenv("CXX", raising=False)
    return module


def refusal(script: ModuleType, capsys: pytest.CaptureFixture[str]) -> str:
    assert script.main([]) == 1
    assert not list(script.ROOT.iterdir())
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_it_can_be_left_out(script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("DRAWTHINGS_BUILD_NATIVE", "0")
    assert refusal(script, capsys) == "No native core: DRAWTHINGS_BUILD_NATIVE is 0."


def test_without_a_compiler_there_is_none(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(script.shutil, "which", lambda _: None)
    assert refusal(script, capsys) == "No native core: there is no C++ compiler (clang++, c++ or g++)."


def test_a_compiler_that_is_not_there_is_named(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("CXX", "/nowhere/c++ -v")
    assert "the compiler /nowhere/c++ cannot be started" in refusal(script, capsys)


def test_what_the_compiler_says_is_passed_on(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    complaint = "import sys; sys.exit('core.h:1: error: no')"
    monkeypatch.setenv("CXX", f'"{sys.executable}" -c "{complaint}"')
    assert refusal(script, capsys).endswith("failed: core.h:1: error: no.")


def test_another_order_of_bytes_is_left_out(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(script.sys, "byteorder", "big")
    assert "little-endian machines of 64 bits" in refusal(script, capsys)


def test_clang_is_preferred_and_the_variable_decides(script: ModuleType, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(script.shutil, "which", lambda name: f"/bin/{name}" if name != "c++" else None)
    assert script.compilers() == [["/bin/clang++"], ["/bin/g++"]]
    monkeypatch.setenv("CXX", "ccache clang++")
    assert script.compilers() == [["ccache", "clang++"]]


def test_a_compiler_that_fails_makes_room_for_the_next(script: ModuleType, monkeypatch: pytest.MonkeyPatch):
    broken = [sys.executable, "-c", "import sys; sys.exit('no <new>: error')"]
    working = [sys.executable, "-c", "import sys, pathlib; pathlib.Path(sys.argv[-1]).write_text('core')"]
    monkeypatch.setattr(script, "compilers", lambda: [broken, working])
    script.build(script.TARGET)
    assert script.TARGET.read_text() == "core"


@pytest.mark.parametrize(
    ("system", "machine", "tag"),
    [
        ("linux", "x86_64", "linux_x86_64"),
        ("darwin", "arm64", "macosx_11_0_arm64"),
        ("win32", "AMD64", "win_amd64"),
    ],
)
def test_a_wheel_is_for_one_kind_of_machine(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, system: str, machine: str, tag: str
):
    monkeypatch.setattr(script.sys, "platform", system)
    monkeypatch.setattr(script.platform, "machine", lambda: machine)
    assert script.platform_tag() == tag
