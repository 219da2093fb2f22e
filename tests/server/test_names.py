from __future__ import annotations

import pytest

from drawthings.server.names import LONGEST_NAME, fault_of


@pytest.mark.parametrize(
    "name",
    ["sd_v1.5_f16.ckpt", "a", "ünïcode model.ckpt", "custom.json", "CONtrol.ckpt", "x" * LONGEST_NAME, "a..b"],
)
def test_ordinary_names_are_safe(name: str):
    assert not fault_of(name)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("..", "dot"),
        (".", "dot"),
        (".hidden.ckpt", "dot"),
        ("trailing.", "dot"),
        ("trailing ", "space"),
        (" leading", "space"),
        ("../../etc/passwd", "character"),
        ("a/b.ckpt", "character"),
        ("a\\b.ckpt", "character"),
        ("C:evil.ckpt", "character"),
        ("nul\x00byte", "character"),
        ("new\nline", "character"),
        ("tab\there", "character"),
        ("what?.ckpt", "character"),
        ("CON", "reserved"),
        ("nul.ckpt", "reserved"),
        ("com1.tar.gz", "reserved"),
        ("model.ckpt.part", ".part"),
        ("MODEL.PART", ".part"),
        ("x" * (LONGEST_NAME + 1), "longer"),
        ("ü" * (LONGEST_NAME // 2 + 1), "longer"),
    ],
)
def test_unsafe_names_are_told_apart(name: str, fault: str):
    assert fault in fault_of(name)
