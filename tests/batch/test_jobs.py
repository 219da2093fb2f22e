from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from drawthings.batch.jobs import cell, read_jobs, told
from drawthings.errors import BadConfiguration, BadValue, DrawThingsError, OutOfRange

if TYPE_CHECKING:
    from pathlib import Path


def facts(path: Path) -> list[dict[str, object]]:
    return [dict(entry.facts) for entry in read_jobs(path)]


def test_a_prompt_a_line(tmp_path: Path):
    path = tmp_path / "prompts.txt"
    path.write_text("\ufeffa fox\n\n# no prompt\n  a wolf, 7 \n", encoding="utf-8")
    assert facts(path) == [{"prompt": "a fox"}, {"prompt": "a wolf, 7"}]
    assert [entry.place for entry in read_jobs(path)] == ["prompts.txt, line 1", "prompts.txt, line 4"]


def test_an_object_a_line(tmp_path: Path):
    path = tmp_path / "jobs.jsonl"
    path.write_text('{"prompt": "a fox", "negative-prompt": "snow", "steps": 4}\n\n"a wolf"\n', encoding="utf-8")
    assert facts(path) == [{"prompt": "a fox", "negative_prompt": "snow", "steps": 4}, {"prompt": "a wolf"}]


def test_a_table(tmp_path: Path):
    path = tmp_path / "jobs.csv"
    text = 'prompt,steps,loras,references,name\n"a fox, red",4,"[[""a.ckpt"", 0.5]]",b.png,12\n1984,,,,\n'
    path.write_text(text, encoding="utf-8")
    assert facts(path) == [
        {"prompt": "a fox, red", "steps": 4, "loras": [["a.ckpt", 0.5]], "references": ["b.png"], "name": "12"},
        {"prompt": "1984"},
    ]


@pytest.mark.parametrize("suffix", ["json", "yaml", "yml"])
def test_a_list(tmp_path: Path, suffix: str):
    if suffix != "json":
        pytest.importorskip("yaml")
    path = tmp_path / f"jobs.{suffix}"
    path.write_text(json.dumps([{"prompt": "a fox", "steps": 4}, "a wolf"]), encoding="utf-8")
    assert facts(path) == [{"prompt": "a fox", "steps": 4}, {"prompt": "a wolf"}]


def test_yaml_is_told_where_it_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "jobs.yaml"
    path.write_text("- a fox\n", encoding="utf-8")
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(BadConfiguration, match="PyYAML") as caught:
        facts(path)
    assert "drawthings[batch]" in caught.value.hint


def test_a_folder_of_pictures(tmp_path: Path):
    for name in ("b.PNG", "a.jpg", "notes.txt"):
        (tmp_path / name).touch()
    assert facts(tmp_path) == [{"image": "a.jpg", "name": "a"}, {"image": "b.PNG", "name": "b"}]
    assert {entry.folder for entry in read_jobs(tmp_path)} == {tmp_path}


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.jsonl", '{"prompt": "a"}\n{', "a.jsonl, line 2: it is no JSON"),
        ("a.jsonl", "7", "it is int, no object"),
        ("a.json", "{", "no JSON"),
        ("a.json", '{"prompt": "a"}', "no list"),
        ("a.yaml", "[", "no YAML"),
        ("a.csv", "prompt\na,b\n", "more cells than columns"),
        ("a.csv", 'prompt\n"a\nfox"\n\na,b\n', "line 5: there are more cells"),
        ("a.csv", f"prompt\n{'x' * 140_000}\n", "line 2: it is no CSV"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(tmp_path: Path, name: str, text: str, words: str):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(BadConfiguration, match=words):
        facts(tmp_path / name)


def test_a_cell_that_makes_no_sense_is_told_with_its_line(tmp_path: Path):
    (tmp_path / "a.csv").write_text('prompt,loras\na,"[bad"\n', encoding="utf-8")
    with pytest.raises(DrawThingsError, match=r"a\.csv, line 2: .*loras"):
        facts(tmp_path / "a.csv")


def test_no_list_and_no_pictures(tmp_path: Path):
    with pytest.raises(BadConfiguration, match="cannot be read"):
        facts(tmp_path / "nothing.txt")
    (tmp_path / "latin.txt").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(BadConfiguration, match="no UTF-8"):
        facts(tmp_path / "latin.txt")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadConfiguration, match="no pictures"):
        facts(tmp_path / "empty")


def test_cells_are_numbers_switches_lists_or_texts():
    assert [cell("steps", "4"), cell("fit", "true"), cell("sampler", "DDIM"), cell("model", "12")] == [
        4,
        True,
        "DDIM",
        "12",
    ]
    with pytest.raises(BadValue, match="no JSON list"):
        cell("loras", "[a")


def test_an_error_keeps_its_kind_and_its_facts():
    error = told(OutOfRange("steps is 0.", hint="Use 1.", field="steps"), "a.txt, line 3")
    assert isinstance(error, OutOfRange)
    assert (str(error), error.hint, error.field) == ("a.txt, line 3: steps is 0.", "Use 1.", "steps")
