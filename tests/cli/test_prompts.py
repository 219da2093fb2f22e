"""Where prompts come from."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from drawthings.cli.complaint import Misuse
from drawthings.cli.prompts import negative, prompt
from drawthings.errors import BadValue

if TYPE_CHECKING:
    from pathlib import Path


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_an_argument_or_an_option_stands_as_it_is() -> None:
    assert prompt(" a fox ", {}) == " a fox "
    assert prompt(None, {"prompt_text": " a fox "}) == " a fox "
    assert prompt("", {}) == ""


def test_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbf a fox,\n two lines \n")
    assert prompt(None, {"prompt_file": str(tmp_path / "a.txt")}) == "a fox,\n two lines"


@pytest.mark.parametrize(("text", "given"), [("-", {}), (None, {"prompt_text": "-"}), (None, {"prompt_file": "-"})])
def test_standard_input(text: str | None, given: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "a fox\n")
    assert prompt(text, given) == "a fox"


@pytest.mark.parametrize(
    ("text", "given", "words"),
    [
        (None, {}, "no prompt"),
        ("a", {"prompt_text": "b"}, "an argument and --prompt"),
        (None, {"prompt_text": "b", "prompt_file": "c"}, "--prompt and --prompt-file"),
    ],
)
def test_exactly_one(text: str | None, given: dict[str, str], words: str) -> None:
    with pytest.raises(Misuse, match=words) as caught:
        prompt(text, given)
    assert caught.value.hint


def test_negative_prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("blurry\n")
    assert negative({}) == ""
    assert negative({"negative": "dogs"}) == "dogs"
    assert negative({"negative_file": str(tmp_path / "a.txt")}) == "blurry"
    typed(monkeypatch, "dull")
    assert negative({"negative_file": "-"}) == "dull"
    with pytest.raises(Misuse, match="two negative prompts"):
        negative({"negative": "a", "negative_file": "b"})
    with pytest.raises(Misuse, match="Standard input"):
        negative({"negative_file": "-", "prompt_file": "-"})


@pytest.mark.parametrize("name", ["nosuch", "~nosuchuser/x", "nul\0", "."])
def test_files_that_cannot_be_read(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadValue, match="--prompt-file"):
        prompt(None, {"prompt_file": name})
