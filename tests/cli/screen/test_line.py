"""The line of a running job at every width."""

from __future__ import annotations

import re

import pytest

from drawthings.cli.screen.line import Line
from drawthings.cli.screen.text import cells
from drawthings.client.account import Status

STYLE = re.compile(r"\x1b\[[0-9;]*m")
SAMPLING = Status("step 12 of 30", 0.41, 34.0, 20.0)
WAITING = Status("waiting for the server", 0.0, None, 75.0)
SENDING = Status("sending a_lora_with_a_rather_long_name_f16.ckpt, 120.0 of 220.0 MB", 0.55, 8.0, 10.0)


def plain(status: Status, columns: int, server: str = "mac.local:7859") -> str:
    return Line(server, styled=False).compose(status, columns, 2)


def test_at_80_columns() -> None:
    assert plain(SAMPLING, 80) == "⠹ step 12 of 30      ━━━━━━━━━──────────────  41%  35 s left     mac.local:7859"
    assert plain(WAITING, 80) == "⠹ waiting for the server ───────────────────   0%  1:15          mac.local:7859"


def test_at_200_columns_the_ends_stay_together() -> None:
    line = plain(SAMPLING, 200)
    assert line.endswith("─  41%  35 s left     mac.local:7859")
    assert cells(line) <= 110


def test_at_40_columns_the_server_is_left_out() -> None:
    assert plain(SAMPLING, 40) == "⠹ step 12 of 30 ━━╸────  41%  35 s left"
    assert plain(WAITING, 40) == "⠹ waiting for the server   0%  1:15"


def test_words_give_way_to_numbers() -> None:
    assert plain(SENDING, 80) == "⠹ sending a_lora_with_a_rather_long_name_f16.ckpt, 120.0 of 220…  55%  8 s left"
    assert plain(SENDING, 40) == "⠹ sending a_lora_with_a…  55%  8 s left"


@pytest.mark.parametrize("status", [SAMPLING, WAITING, SENDING, Status("赤い狐" * 20, 1.0, None, 1e6)])
@pytest.mark.parametrize("unicode", [True, False])
def test_it_is_never_too_wide(status: Status, unicode: bool) -> None:
    for columns in range(1, 220):
        for server in ("", "mac.local:7859", "a.very.long.name.of.a.server.in.some.other.network:7859"):
            line = Line(server, unicode=unicode).compose(status, columns, columns)
            assert cells(STYLE.sub("", line)) <= max(1, columns - 1)


def test_the_bar_stays_in_its_place_while_steps_go_on() -> None:
    places = {plain(Status(f"step {step} of 20", step / 20, 4.0, 1.0), 80).index("%") for step in range(21)}
    assert len(places) == 1


def test_only_ascii_where_there_is_no_more() -> None:
    line = Line("höst:7859", unicode=False, styled=False).compose(Status("writing 狐.mp4", 0.5, None, 1), 80, 1)
    assert line.isascii()
    assert line.startswith("/ writing ?.mp4")
    assert "####" in line


def test_colours_are_few_and_end() -> None:
    line = Line("mac.local").compose(SAMPLING, 80, 0)
    assert set(STYLE.findall(line)) == {"\x1b[32m", "\x1b[2m", "\x1b[0m"}
    assert line.endswith("\x1b[0m")
    assert "\x1b" not in Line("mac.local", styled=False).compose(SAMPLING, 80, 0)


def test_a_finished_job_says_all_of_it_and_an_unfinished_one_does_not() -> None:
    assert " 99%" in plain(Status("decoded", 0.999, None, 1), 80)
    assert "100%" in plain(Status("saving", 1.0, None, 1), 80)


def test_words_from_elsewhere_command_nothing() -> None:
    line = Line(styled=False).compose(Status("writing clip\x1b\n.mp4", 0.5, None, 1), 80, 0)
    assert "writing clip  .mp4" in line
