"""``doctor`` against a server with each fault switched on: it names the fault and what to do."""

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from drawthings.cli.main import main
from drawthings.client import examination
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from drawthings.server.zoo import built_in_zoo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

EDIT = "qwen_image_edit_2511_q6p.ckpt"
SD15 = "realdream_15sd15_q6p_q8p.ckpt"


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Run the command; return its exit code and its findings by their codes."""

    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        code = main(["doctor", *arguments, "--json"])
        findings = json.loads(capsys.readouterr().out)
        assert all(one["fix"] for one in findings if one["severity"] == "problem")
        return code, {one["code"]: one for one in findings}

    return run


@pytest.fixture
def serve() -> Iterator[Callable[..., EmbeddedServer]]:
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(EmbeddedServer(ServerOptions(**{"tls": False, **options})))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "LONGEST_CONNECT_S", 0.6)
    monkeypatch.setattr(examination, "LONGEST_ANSWER_S", 0.6)


def test_a_healthy_server(doctor: Any, address: str):
    code, findings = doctor(address, "--model", EDIT)
    assert code == 0
    assert {one["severity"] for one in findings.values()} == {"ok"}
    assert set(findings) == {"tls_off", "secret_none", "round_trip", "browser_on", "model_complete"}
    assert "all 4 files" in findings["model_complete"]["text"]


def test_lines_for_people(address: str, capsys: pytest.CaptureFixture[str]):
    assert main(["doctor", "--server", address, "--model", "no such model"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("ok ") for line in lines)
    where = next(number for number, line in enumerate(lines) if line.startswith("problem"))
    assert "no such model" in lines[where]
    assert lines[where + 1].strip().startswith("Next: ")


def test_tls_where_plaintext_is_asked_for(doctor: Any, serve: Any):
    server = serve(tls=True)
    for asked in ([f"grpc://{server.address}"], [server.address, "--tls", "off"]):
        code, findings = doctor(*asked)
        assert code == 3
        assert "speaks TLS" in findings["tls_refused"]["text"]
        assert "--tls auto" in findings["tls_refused"]["fix"]


def test_plaintext_where_tls_is_asked_for(doctor: Any, serve: Any):
    code, findings = doctor(f"grpcs://{serve().address}")
    assert code == 3
    assert "speaks plaintext" in findings["tls_missing"]["text"]
    assert "--no-tls" in findings["tls_missing"]["fix"]


def test_a_certificate_is_new_then_known_then_another_one(doctor: Any, serve: Any):
    server = serve(tls=True)
    assert "was new" in doctor(server.address)[1]["tls_on"]["text"]
    code, findings = doctor(server.address)
    assert code == 0
    assert "seen before" in findings["tls_on"]["text"]
    port = server.port
    server.stop()
    other = serve(tls=True, port=port)
    code, findings = doctor(other.address)
    assert code == 3
    assert f"drawthings server trust {other.address}" in findings["certificate_changed"]["fix"]
    other.stop()
    code, findings = doctor(serve(port=port).address)
    assert code == 3
    assert "drawthings server trust" in findings["tls_downgraded"]["fix"]


def test_a_secret_that_is_missing_wrong_right_or_needless(
    doctor: Any, serve: Any, monkeypatch: pytest.MonkeyPatch, address: str
):
    server = serve(shared_secret="hush", model_browser=True)  # noqa: S106 - a test's
    code, findings = doctor(server.address)
    assert code == 1
    assert "got none" in findings["secret_missing"]["text"]
    assert "DRAWTHINGS_SECRET" in findings["secret_missing"]["fix"]
    monkeypatch.setenv("DRAWTHINGS_SECRET", "wrong")
    code, findings = doctor(server.address)
    assert code == 1
    assert "does not accept" in findings["secret_wrong"]["text"]
    assert "browser_on" not in findings
    monkeypatch.setenv("DRAWTHINGS_SECRET", "hush")
    code, findings = doctor(server.address, "-m", SD15)
    assert code == 0
    assert "secret_ok" in findings
    assert "hush" not in json.dumps(findings)
    code, findings = doctor(address)
    assert (code, findings["secret_unneeded"]["severity"]) == (0, "note")


def test_a_browser_that_is_off(doctor: Any, serve: Any):
    code, findings = doctor(serve().address, "--model", SD15)
    assert code == 0
    assert "--model-browser" in findings["browser_off"]["fix"]
    # The parts can be looked for all the same.
    assert "all 3 files" in findings["model_complete"]["text"]


@pytest.mark.parametrize("browser", [True, False], ids=["browser", "no browser"])
@pytest.mark.parametrize(
    "case",
    [(SD15, "autoencoder", "VAE"), (EDIT, "text_encoder", "text encoder"), (EDIT, "clip_encoder", "vision tower")],
    ids=lambda case: case[2],
)
def test_a_part_of_a_model_that_is_missing(doctor: Any, serve: Any, tmp_path: Path, browser: bool, case: Any):
    model, key, role = case
    entry = built_in_zoo().model(model)
    assert entry is not None
    missing = entry.spec.text(key) or "vae_ft_mse_840000_f16.ckpt"
    for file in set(entry.required_files) - {missing}:
        (tmp_path / file).write_bytes(b"some bytes")
    code, findings = doctor(serve(models_dir=tmp_path, model_browser=browser).address, "--model", model)
    assert code == 1
    assert f"needs the {role} {missing}" in findings["part_missing"]["text"]
    assert f"drawthings files upload {missing}" in findings["part_missing"]["fix"]
    if browser:
        assert "nothing_installed" in findings


def test_a_model_that_is_not_there_at_all(doctor: Any, address: str):
    code, findings = doctor(address, "--model", "juggernaut_xl_v9_q6p_q9p.ckpt")
    assert code == 1
    assert "juggernaut_xl_v9_q6p_q8p.ckpt" in findings["model_missing"]["fix"]


@pytest.mark.usefixtures("quick")
def test_a_server_that_takes_the_connection_and_says_nothing(doctor: Any):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        code, findings = doctor(f"127.0.0.1:{silent.getsockname()[1]}")
    assert code == 3
    assert "says nothing" in findings["silent"]["text"]
    assert "restart" in findings["silent"]["fix"]


@pytest.mark.usefixtures("quick")
def test_a_wrong_port(doctor: Any, serve: Any, monkeypatch: pytest.MonkeyPatch, free_port: int):
    code, findings = doctor(f"127.0.0.1:{free_port}")
    assert code == 3
    assert "refused" in findings["port_closed"]["text"]
    assert "gRPCServerCLI" in findings["port_closed"]["fix"]
    right = serve().port
    monkeypatch.setattr(examination, "USUAL_PORTS", (free_port, right))
    _, findings = doctor(f"127.0.0.1:{free_port}")
    assert f"--server 127.0.0.1:{right}" in findings["port_closed"]["fix"]


@pytest.mark.usefixtures("quick")
def test_a_web_server_at_the_port(doctor: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http.server.BaseHTTPRequestHandler, "log_message", lambda *_: None)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as web:
        thread = threading.Thread(target=web.serve_forever, daemon=True)
        thread.start()
        code, findings = doctor(f"127.0.0.1:{web.server_port}")
        web.shutdown()
        thread.join()
    assert code == 3
    assert "does not speak gRPC" in findings["not_grpc"]["text"]
    assert "7859" in findings["not_grpc"]["fix"]


def test_a_name_that_leads_nowhere(doctor: Any, monkeypatch: pytest.MonkeyPatch):
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    code, findings = doctor("studio.local")
    assert code == 3
    assert "name or service not known" in findings["name_unknown"]["text"]
    assert "IP address" in findings["name_unknown"]["fix"]


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
