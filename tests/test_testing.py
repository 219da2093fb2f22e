"""The pytest plugin for projects that build on this package, used as such a project uses it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(120)  # each starts a pytest of its own
pytest_plugins = ["pytester"]

EXAMPLE = Path(__file__).parent.parent / "examples" / "testing_project"
QUIET = ("-p", "no:randomly", "-p", "no:cacheprovider")


def run(pytester: pytest.Pytester, text: str, **outcomes: int) -> pytest.RunResult:
    pytester.makeini("[pytest]\naddopts = --strict-markers\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile(text)
    result = pytester.runpytest_subprocess(*QUIET)
    result.assert_outcomes(**outcomes)
    return result


def test_the_example_project_passes_with_the_public_fixture_alone() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DRAWTHINGS_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *QUIET, "-o", "asyncio_default_fixture_loop_scope=function"],
        cwd=EXAMPLE,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout


def test_the_plugin_is_announced_to_pytest() -> None:
    from importlib.metadata import entry_points

    (entry,) = [each for each in entry_points(group="pytest11") if each.name == "drawthings"]
    assert entry.value == "drawthings.testing"


def test_nothing_heavy_is_imported_before_a_test_wants_a_server(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
        import sys

        def test_nothing():
            assert not {"numpy", "grpc", "PIL"} & set(sys.modules)
        """,
        passed=1,
    )


def test_each_test_has_a_server_of_its_own_and_the_environment_comes_back(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAWTHINGS_SERVER", "real.example:7859")
    monkeypatch.setenv("DRAWTHINGS_MODEL", "real.ckpt")
    run(
        pytester,
        """
        import os
        import pytest
        from drawthings import DrawThings

        seen = []

        @pytest.mark.parametrize("_", range(2))
        def test_a_server(drawthings_server, _):
            assert os.environ["DRAWTHINGS_SERVER"] == f"grpc://{drawthings_server.address}"
            assert "DRAWTHINGS_MODEL" not in os.environ
            with DrawThings() as server:
                server.echo()
            assert [call.method for call in drawthings_server.received] == ["Echo"]
            seen.append(drawthings_server.identifier)

        def test_afterwards():
            assert len(set(seen)) == 2
            assert os.environ["DRAWTHINGS_SERVER"] == "real.example:7859"
            assert os.environ["DRAWTHINGS_MODEL"] == "real.ckpt"
        """,
        passed=3,
    )


def test_options_come_from_markers_and_fixtures(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
        import pytest
        from drawthings import ServerOptions

        pytestmark = pytest.mark.drawthings(name="module", ms_per_step=1)

        @pytest.mark.drawthings(name="test", tls=True, shared_secret="s")
        def test_the_nearest_marker_wins(drawthings_client, drawthings_server):
            assert drawthings_server.options.name == "test"
            assert drawthings_server.options.ms_per_step == 1
            assert not drawthings_client.echo().secret_missing

        class TestOverridden:
            @pytest.fixture
            def drawthings_options(self):
                return ServerOptions(tls=False)

            def test_a_fixture_may_say_all(self, drawthings_client):
                assert not drawthings_client.echo().browsable
        """,
        passed=2,
    )


def test_what_is_wrong_is_told(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest

        @pytest.mark.drawthings(50)
        def test_a_marker_without_keywords(drawthings_server): ...

        @pytest.mark.drawthings(fail_rate=7)
        def test_an_option_out_of_range(drawthings_server): ...

        def test_a_fault_nobody_met(drawthings_server):
            drawthings_server.faults.empty_result()
        """,
        passed=1,
        errors=3,
    )
    result.stdout.fnmatch_lines_random(["*takes keywords only*", "*fail_rate is 7*", "*nobody called it for that*"])
