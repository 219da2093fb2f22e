from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from drawthings.batch.jobs import Entry
from drawthings.batch.spread import Spreader
from drawthings.batch.task import Task, opened, seed_from
from drawthings.client.grid import Axis
from drawthings.errors import BadImage, BadValue, OutOfRange, UnknownField


def spread(*entries: dict[str, Any], folder: Path = Path(), **options: Any) -> list[Task]:
    return list(
        Spreader(**{"salt": "s", **options}).tasks(Entry(each, f"entry {n}", folder) for n, each in enumerate(entries))
    )


def test_one_entry_is_one_task_with_a_seed_of_its_own():
    (task,) = spread({"prompt": "a fox", "steps": 4, "priority": 2, "name": "reynard", "model": "m.ckpt"})
    assert (task.prompt, task.priority, task.name, task.model) == ("a fox", 2, "reynard", "m.ckpt")
    assert task.wanted["steps"] == 4
    assert 0 <= task.wanted["seed"] < 2**32


def test_the_same_list_makes_the_same_tasks_and_another_batch_other_seeds():
    entries = [{"prompt": "a {red|blue} fox"}, {"prompt": "a fox"}, {"prompt": "a fox"}]
    assert spread(*entries) == spread(*entries)
    others = spread(*entries, salt="other")
    assert [task.hash for task in others] == [task.hash for task in spread(*entries)]
    assert all(a.wanted["seed"] != b.wanted["seed"] for a, b in zip(others, spread(*entries), strict=True))


def test_the_same_prompt_twice_is_two_pictures_but_the_same_seed_twice_is_one():
    first, second = spread({"prompt": "a fox"}, {"prompt": "a fox"})
    assert first.hash != second.hash
    assert first.wanted["seed"] != second.wanted["seed"]
    first, second = spread({"prompt": "a fox", "seed": 4}, {"prompt": "a fox", "seed": 4})
    assert first.hash == second.hash
    random, unsaid = spread({"prompt": "a fox", "seed": -1}), spread({"prompt": "a fox"})
    assert random == unsaid


def test_alternatives_become_all_of_them_or_one_by_the_seed_or_plain_text():
    assert [task.prompt for task in spread({"prompt": "a {red|blue} fox"})] == ["a red fox", "a blue fox"]
    (chosen,) = spread({"prompt": "a {red|blue} fox", "seed": 3}, wordings="seed")
    assert chosen.prompt in {"a red fox", "a blue fox"}
    assert spread({"prompt": "a {red|blue} fox", "seed": 3}, wordings="seed") == [chosen]
    assert len(spread({"prompt": "a {red|blue} fox"}, wordings="seed")) == 1
    assert spread({"prompt": "a {red|blue} fox"}, wordings="plain")[0].prompt == "a {red|blue} fox"


def test_wildcards_come_from_a_folder(tmp_path: Path):
    (tmp_path / "colour.txt").write_text("red\nblue\n", encoding="utf-8")
    tasks = spread({"prompt": "a __colour__ fox"}, wildcards=tmp_path)
    assert [task.prompt for task in tasks] == ["a red fox", "a blue fox"]


def test_what_varies_shares_a_seed_unless_the_seed_varies():
    tasks = spread({"prompt": "a fox", "vary": {"steps": [4, 8]}}, axes=[Axis("guidance_scale", (1.0, 3.0))])
    assert [(task.wanted["steps"], task.wanted["guidance_scale"]) for task in tasks] == [
        (4, 1.0),
        (4, 3.0),
        (8, 1.0),
        (8, 3.0),
    ]
    assert len({task.wanted["seed"] for task in tasks}) == 1
    assert len({task.hash for task in tasks}) == 4
    assert [task.wanted["seed"] for task in spread({"prompt": "a fox", "vary": {"seed": [1, 2]}})] == [1, 2]


def test_words_can_vary():
    tasks = spread({"prompt": "a red fox", "vary": {"replace": ["red", "blue"]}})
    assert [task.prompt for task in tasks] == ["a red fox", "a blue fox"]
    assert [task.prompt for task in spread({"prompt": "x", "vary": {"prompt": ["a", "b"]}})] == ["a", "b"]
    with pytest.raises(BadValue, match="does not hold it"):
        spread({"prompt": "a fox", "vary": {"replace": ["wolf", "bear"]}})


def test_several_seeds():
    assert [task.wanted["seed"] for task in spread({"prompt": "a fox", "seed": 7, "seeds": 3})] == [7, 8, 9]
    assert [task.wanted["seed"] for task in spread({"prompt": "a fox", "seeds": [5, 1]})] == [5, 1]
    tasks = spread({"prompt": "a fox"}, seeds=3)
    assert len({task.wanted["seed"] for task in tasks}) == len({task.hash for task in tasks}) == 3


def test_pictures_count_by_what_they_show(tmp_path: Path):
    (tmp_path / "a.png").write_bytes(b"fox")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.png").write_bytes(b"fox")
    entry = {"prompt": "winter", "seed": 1}
    (first,), (second,) = (
        spread({**entry, "image": "a.png"}, folder=tmp_path),
        spread({**entry, "image": "sub/b.png"}, folder=tmp_path),
    )
    assert first.hash == second.hash
    assert opened(second.request) == ("winter", {"image": b"fox", "seed": 1})
    (tmp_path / "a.png").write_bytes(b"wolf")
    assert spread({**entry, "image": "a.png"}, folder=tmp_path)[0].hash != first.hash
    with pytest.raises(BadImage, match="changed"):
        opened(first.request)
    (tmp_path / "a.png").unlink()
    with pytest.raises(BadImage, match="any more"):
        opened(first.request)
    with pytest.raises(BadImage, match=r"entry 0: The picture 'a\.png' cannot be read"):
        spread({**entry, "image": "a.png"}, folder=tmp_path)


def test_everything_a_picture_can_be(tmp_path: Path):
    (tmp_path / "p").write_bytes(b"p")
    (task,) = spread(
        {
            "prompt": "x",
            "seed": 1,
            "image": "p",
            "box": [0, 0, 8, 8],
            "references": ["p"],
            "hints": {"depth": "p", "shuffle": [["p", 0.5], "p"]},
            "loras": ["a.ckpt:0.5", ["b.ckpt", 0.7], {"file": "c.ckpt"}],
        },
        folder=tmp_path,
    )
    _, wanted = opened(task.request)
    assert wanted["mask"] == (0, 0, 8, 8)
    assert wanted["references"] == [b"p"]
    assert wanted["hints"] == {"depth": [(b"p", 1.0)], "shuffle": [(b"p", 0.5), (b"p", 1.0)]}
    assert [(lora["file"], lora["weight"]) for lora in wanted["loras"]] == [
        ("a.ckpt", 0.5),
        ("b.ckpt", 0.7),
        ("c.ckpt", 1.0),
    ]
    (grown,) = spread({"prompt": "x", "seed": 1, "image": "p", "left": 64, "references": "p"}, folder=tmp_path)
    assert opened(grown.request)[1]["borders"] == (64, 0, 0, 0)
    (larger,) = spread({"image": "p", "upscale": 4, "seed": 0}, folder=tmp_path)
    assert opened(larger.request) == ("", {"image": b"p", "strength": 0.0, "upscaler_scale_factor": 4, "seed": 0})
    assert "upscaler_scale_factor" not in spread({"image": "p", "upscale": True}, folder=tmp_path)[0].wanted


def test_what_all_have_unless_they_say_otherwise():
    tasks = spread({"prompt": "a"}, {"prompt": "b", "steps": 9, "negative": "fog"}, defaults={"steps": 4})
    assert [task.wanted["steps"] for task in tasks] == [4, 9]
    assert tasks[1].wanted["negative_prompt"] == "fog"


@pytest.mark.parametrize(
    ("entry", "error", "words"),
    [
        ({"prompt": "a", "stepz": 4}, UnknownField, "entry 0: .*stepz"),
        ({"prompt": "a", "steps": 0}, OutOfRange, "entry 0: steps"),
        ({"prompt": "a", "vary": {"steps": [4, 100_000]}}, OutOfRange, "entry 0: steps"),
        ({"prompt": "a", "seeds": []}, BadValue, "entry 0: seeds"),
        ({"prompt": "a", "priority": 10**22}, BadValue, "entry 0: priority"),
        ({"prompt": "a", "references": 5}, BadValue, "entry 0: "),
        ({"prompt": "a", "box": 5}, BadValue, "entry 0: "),
        ({"prompt": "a", "hints": {"depth": 5}}, BadValue, "entry 0: "),
        ({"prompt": "a", "upscale": "big"}, BadValue, "entry 0: "),
        ({"steps": 4}, BadValue, "no prompt"),
        ({"prompt": "a", "seeds": 0}, BadValue, "seeds is 0"),
        ({"prompt": "a", "seed": "x"}, BadValue, "no whole number"),
        ({"prompt": "a", "seeds": [1, "x"]}, BadValue, "no whole number"),
        ({"prompt": "a", "priority": "high"}, BadValue, "priority is 'high'"),
        ({"prompt": "a", "deadline": "soon"}, BadValue, "deadline is 'soon'"),
        ({"prompt": "a", "vary": [1]}, BadValue, "vary is"),
        ({"prompt": "a", "vary": {"steps": []}}, BadValue, "vary is"),
        ({"prompt": "a", "vary": {"stepz": [1]}}, UnknownField, "stepz"),
        (
            {"prompt": "a", "vary": {"guidance_scale": [each / 10 for each in range(400)], "seed": list(range(400))}},
            OutOfRange,
            "stands for 160000",
        ),
    ],
)
def test_what_makes_no_sense_is_told_before_anything_is_done(entry: dict[str, Any], error: type[Exception], words: str):
    with pytest.raises(error, match=words):
        spread(entry)


def test_a_deadline_is_a_time():
    (task,) = spread({"prompt": "a", "deadline": "1970-01-02T01:00+01:00"})
    assert task.deadline == 86400.0
    assert spread({"prompt": "a"})[0].deadline == math.inf


def test_the_names_of_the_command_line_are_known():
    (task,) = spread({"prompt": "a", "cfg": 3.0, "size": 512, "height": 256, "lora": "a.ckpt:0.5", "seed": 1})
    assert {name: task.wanted[name] for name in ("guidance_scale", "width", "height")} == {
        "guidance_scale": 3.0,
        "width": 512,
        "height": 256,
    }
    assert task.wanted["loras"][0]["file"] == "a.ckpt"
    assert len(spread({"prompt": "a", "vary": {"cfg": [1.0, 2.0]}})) == 2


def test_a_seed_is_the_same_for_the_same_words():
    assert seed_from("a", 1) == seed_from("a", 1) != seed_from("a", 2)
