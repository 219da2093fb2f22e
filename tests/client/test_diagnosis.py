"""What observations mean; how they come about is tested in ``test_examination.py`` and with the command."""

from __future__ import annotations

from typing import Any

import pytest

from drawthings import errors
from drawthings.client.diagnosis import Finding, ModelState, Observations, Part, diagnose

CAME = {"addresses": ("10.0.0.5",), "tls": False, "secret_accepted": True, "secret_wanted": False}


def findings(**seen: Any) -> dict[str, Finding]:
    return {one.code: one for one in diagnose(Observations(server="gpu.lan", host="gpu.lan", port=7859, **seen))}


def test_nothing_seen_means_nothing():
    assert findings() == {}


@pytest.mark.parametrize(
    ("seen", "code", "words"),
    [
        ({"name_error": "it is not known"}, "name_unknown", "leads nowhere"),
        ({"port_error": "connection refused"}, "port_closed", "refused"),
        ({"failure": errors.TimedOut("late")}, "silent", "says nothing"),
        ({"failure": errors.Rejected("HTTP", hint="7859")}, "not_grpc", "HTTP"),
        ({"failure": errors.Unreachable("closes at once")}, "no_answer", "closes"),
        ({"failure": errors.TlsMismatch("TLS"), "mode": "off", "tls": True}, "tls_refused", "plaintext is asked"),
        ({"failure": errors.TlsMismatch("plain"), "mode": "on", "tls": False}, "tls_missing", "TLS is asked"),
        ({"failure": errors.TlsMismatch("expired")}, "tls_unusable", "expired"),
        ({"failure": errors.CertificateChanged("other", hint="trust")}, "certificate_changed", "other"),
        ({"failure": errors.CertificateUntrusted("new", hint="trust")}, "certificate_untrusted", "new"),
        ({"failure": errors.TlsDowngraded("was TLS", hint="trust")}, "tls_downgraded", "was TLS"),
        ({"failure": errors.TimedOut("Echo late"), "tls": False}, "stuck", "late"),
        ({"failure": errors.ServerCrashed("broke"), "tls": True}, "broke", "broke"),
        ({"failure": errors.Rejected("no Echo"), "tls": True}, "no_greeting", "no Echo"),
        ({**CAME, "secret_accepted": False}, "secret_missing", "got none"),
        ({**CAME, "secret_accepted": False, "secret_given": True}, "secret_wrong", "does not accept"),
        ({**CAME, "restarted": True}, "restarted", "anew"),
        ({**CAME, "browsable": True}, "nothing_installed", "no model"),
    ],
)
def test_each_problem_has_a_name_and_a_fix(seen: dict[str, Any], code: str, words: str):
    one = findings(**seen)[code]
    assert one.severity == "problem"
    assert words in one.text
    assert one.fix
    assert not one.text.endswith("..")


@pytest.mark.parametrize("seen", [{"port_error": "refused"}, {"failure": errors.TimedOut("late")}])
def test_a_server_at_another_port_is_the_fix(seen: dict[str, Any]):
    [one] = findings(**seen, elsewhere=(7860,)).values()
    assert "--server gpu.lan:7860" in one.fix
    [one] = diagnose(Observations(server="[::1]:1", host="::1", port=1, elsewhere=(2,), **seen))
    assert "--server [::1]:2" in one.fix


def test_what_may_surprise_is_a_note():
    slow = findings(**CAME, round_trip_ms=300.0, browsable=False, list_problems=("Entry 3 is left out.",))
    assert {one.severity for code, one in slow.items() if code in {"slow", "browser_off", "list_damaged"}} == {"note"}
    busy = findings(failure=errors.TimedOut("late"), tls=False, answers_others=True)["busy"]
    assert (busy.severity, "echo-on-queue" in busy.fix) == ("note", True)
    assert findings(**{**CAME, "secret_given": True})["secret_unneeded"].severity == "note"


@pytest.mark.parametrize(
    ("known", "words"), [("same", "seen before"), ("system", "vouches"), ("never", "was new"), (None, "not looked at")]
)
def test_what_is_fine_needs_nothing(known: Any, words: str):
    seen = {**CAME, "tls": True, "known": known, "fingerprint": "SHA256:AB", "secret_wanted": True}
    good = findings(**seen, round_trip_ms=1.0, browsable=True, counts={"models": 2, "LoRAs": 0})
    assert set(good) == {"name_ok", "tls_on", "secret_ok", "round_trip", "browser_on"}
    assert {(one.severity, one.fix) for one in good.values()} == {("ok", "")}
    assert words in good["tls_on"].text
    assert good["browser_on"].text == "The server has 2 models."


def model(*missing: str, **state: Any) -> dict[str, Finding]:
    parts = tuple(Part(role, file, file not in missing) for file, role in (("m.ckpt", "model"), ("v.ckpt", "VAE")))
    return findings(**CAME, model=ModelState(**{"name": "m", "file": "m.ckpt", "parts": parts, **state}))


def test_a_model_and_its_parts():
    assert "all 2 files" in model()["model_complete"].text
    assert "its file" in model(parts=(Part("model", "m.ckpt", exists=True),), certain=False)["model_complete"].text
    assert "custom.json" in model(described=False)["model_undescribed"].fix
    one = model("v.ckpt")["part_missing"]
    assert (one.severity, one.text) == ("problem", "m.ckpt needs the VAE v.ckpt, and the server does not have it.")
    assert model("v.ckpt", certain=False)["part_missing"].severity == "note"
    gone = model("m.ckpt", "v.ckpt", suggestions=("m2.ckpt",))
    assert {"model_missing", "part_missing"} <= set(gone)
    assert "m2.ckpt" in gone["model_missing"].fix
    assert "complete file name" in model(file="")["model_unknown"].fix
    assert "Did you mean x" in model(file="", suggestions=("x",))["model_unknown"].fix
