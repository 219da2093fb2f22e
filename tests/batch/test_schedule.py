"""The scheduler on a clock that jumps."""

from __future__ import annotations

import random

import pytest

from drawthings.batch.schedule import ASIDE_S, FAILURES, Fate, Job, Needs, Outcome, Schedule
from virtualfleet import Fleet

MODEL = Needs("m", frozenset({"m"}))


def jobs(count: int, models: str = "m", *, work: float = 1.0, start: int = 0) -> list[Job]:
    names = [models[number % len(models)] for number in range(count)]
    return [
        Job(start + number, Needs(name), work=work, arrived=(start + number) * 1e-6)
        for number, name in enumerate(names)
    ]


# -------------------------------------------------------------------------------------------------- shares and ends


def test_slow_and_fast_servers_share_in_proportion_although_every_25th_call_fails():
    fleet = Fleet(
        {"a": 0.05, "b": 0.05, "c": 0.05, "d": 0.2},
        fate=lambda number, *_: Outcome.FAILED if number % 25 == 0 else Outcome.DONE,
    )
    took_s = fleet.run(jobs(400))
    assert sorted(key for key, _, _ in fleet.done) == list(range(400))
    assert took_s <= 1.04 * (400 / 0.96) / 65
    for fast in "abc":
        assert fleet.shares[fast] / fleet.shares["d"] == pytest.approx(4, rel=0.1)


def test_the_end_does_not_wait_for_a_slow_server():
    fleet = Fleet({"fast": 1.0, "slow": 60.0})
    fleet.run(jobs(2))
    assert fleet.run(jobs(30, start=10)) < 120


def test_one_server_alone_does_everything_in_order():
    fleet = Fleet({"a": 1.0})
    assert fleet.run(jobs(20)) == pytest.approx(20)
    assert [key for key, _, _ in fleet.done] == list(range(20))


def test_the_same_events_make_the_same_decisions():
    def story() -> list[tuple[object, str, float]]:
        luck = random.Random(3)
        fleet = Fleet(
            {"a": 0.7, "b": 1.1, "c": 2.0},
            switch_s=3.0,
            fate=lambda *_: Outcome.FAILED if luck.random() < 0.1 else Outcome.DONE,
        )
        fleet.run(jobs(200, "xyz"))
        return fleet.started

    assert story() == story()


def test_nothing_to_do_and_nobody_to_do_it():
    schedule = Schedule()
    schedule.submit(jobs(1)[0])
    assert schedule.decide(0.0) == []
    assert schedule.wake_at(0.0) is None
    assert Schedule().decide(0.0) == []
    assert Schedule().wake_at(0.0) is None


# ------------------------------------------------------------------------------------------------------- affinity


@pytest.mark.parametrize("order", ["mixed", "blocks"])
@pytest.mark.parametrize(
    ("speeds", "fewest"),
    [({"a": 0.2}, 3), ({"a": 0.2, "b": 0.2, "c": 0.2}, 3), ({"a": 0.2, "b": 0.2, "c": 0.2, "d": 0.2}, 6)],
)
def test_models_are_switched_hardly_more_often_than_they_must(order: str, speeds: dict[str, float], fewest: int):
    # Without idling, n servers and m models that do not come out even take n + m - 1 loads.
    work = jobs(300, "xyz") if order == "mixed" else [job for at in range(3) for job in jobs(300, "xyz")[at::3]]
    fleet = Fleet(speeds, switch_s=2.0)
    took_s = fleet.run(work)
    assert sum(fleet.switches.values()) <= 1.3 * fewest
    assert took_s <= 300 * 0.2 / len(speeds) + 2.0 * fewest / len(speeds) + 2.0


def test_no_server_idles_while_it_could_help():
    fleet = Fleet(dict.fromkeys("abcd", 1.0), switch_s=2.0)
    took_s = fleet.run(jobs(400, "x"))
    assert took_s <= 103
    assert max(fleet.idle_s.values()) < 0.01
    assert set(fleet.shares) == set("abcd")


def test_a_model_is_not_loaded_for_one_job_that_ends_sooner_where_it_is():
    fleet = Fleet({"a": 1.0, "b": 1.0}, switch_s=30.0)
    fleet.run(jobs(1, "x"))
    fleet.run(jobs(2, "x", start=10))
    assert sum(fleet.switches.values()) == 1


def test_a_server_that_was_restarted_has_nothing_loaded():
    fleet = Fleet({"a": 1.0, "b": 1.0}, switch_s=30.0)
    schedule = fleet.schedule
    for name in "ab":
        schedule.seen(name, 0.0, identifier=1, files=None)
    fleet.run([*jobs(1, "x"), *jobs(1, "y", start=1)])
    home = {key: server for key, server, _ in fleet.done}
    schedule.seen(home[0], fleet.now, identifier=2, files=None)
    assert schedule.servers[home[0]].warm is None
    assert schedule.servers[home[1]].warm == "y"
    schedule.seen(home[1], fleet.now, identifier=1, files=None)
    assert schedule.servers[home[1]].warm == "y"


def test_after_half_an_hour_nothing_is_loaded_any_more():
    fleet = Fleet({"a": 1.0})
    fleet.run(jobs(1, "x"))
    server = fleet.schedule.servers["a"]
    assert server.model(fleet.now + 1799) == "x"
    assert server.model(fleet.now + 1800) is None


def test_work_that_is_known_of_but_not_here_yet_keeps_a_model_where_it_is():
    schedule = Schedule()
    assert schedule.queue.work("x") == 0
    schedule.queue.beyond["x"] = 100.0
    schedule.submit(jobs(1, "x")[0])
    assert schedule.queue.work("x") == 101


# --------------------------------------------------------------------------------- patience, priorities, deadlines


def test_a_job_of_another_model_is_not_passed_over_for_ever():
    schedule = Schedule(patience_s=60.0)
    fleet = Fleet({"a": 1.0}, schedule=schedule, switch_s=10.0)
    fleet.run(jobs(1, "x"))
    rare = Job("rare", Needs("y"), arrived=fleet.now)
    fleet.run([rare, *(Job(number, Needs("x"), arrived=2.0 + number) for number in range(200))])
    start = next(at for key, _, at in fleet.started if key == "rare")
    assert 60 <= start - rare.arrived <= 75


def test_without_an_end_to_patience_the_loaded_model_goes_first():
    fleet = Fleet({"a": 1.0}, switch_s=10.0)
    fleet.run(jobs(1, "x"))
    fleet.run([Job("rare", Needs("y"), arrived=fleet.now), *jobs(100, "x", start=10)])
    assert fleet.done[-1][0] == "rare"


def test_a_higher_priority_goes_first_even_when_a_model_must_be_loaded():
    fleet = Fleet({"a": 1.0}, switch_s=10.0)
    fleet.run([*jobs(1, "x")])
    fleet.run([*jobs(3, "x", start=10), Job("urgent", Needs("y"), priority=1, arrived=99.0)])
    assert [key for key, _, _ in fleet.started][1:] == ["urgent", 10, 11, 12]


def test_among_equals_the_nearer_deadline_goes_first():
    fleet = Fleet({"a": 1.0})
    late, soon = Job("late", MODEL, deadline=50.0), Job("soon", MODEL, deadline=20.0, arrived=1.0)
    fleet.run([late, Job("whenever", MODEL), soon])
    assert [key for key, _, _ in fleet.started] == ["soon", "late", "whenever"]


def test_a_job_can_be_taken_back_while_it_waits():
    schedule = Schedule(patience_s=5.0)
    for job in jobs(2):
        schedule.submit(job)
    assert schedule.withdraw(0)
    assert not schedule.withdraw(0)
    schedule.add_server("a", 0.0)
    assert [job.key for job, _ in schedule.decide(0.0)] == [1]
    assert schedule.waiting == 0
    assert schedule.queue.oldest() is None


# --------------------------------------------------------------------------------------------------------- failures


def test_a_job_that_failed_is_tried_elsewhere_and_given_up_after_three_times():
    fleet = Fleet(dict.fromkeys("abc", 1.0), fate=lambda *_: Outcome.FAILED)
    fleet.run(jobs(1))
    assert [server for _, server, _ in fleet.started] == sorted({server for _, server, _ in fleet.started})
    assert len(fleet.started) == 3
    assert fleet.fates == {Fate.AGAIN: 2, Fate.GIVEN_UP: 1}


def test_a_job_that_failed_on_the_only_server_is_tried_there_again():
    fleet = Fleet({"a": 1.0}, fate=lambda number, *_: Outcome.FAILED if number < 3 else Outcome.DONE)
    fleet.run(jobs(1))
    assert len(fleet.done) == 1


def test_a_job_that_failed_here_does_not_hold_up_the_ones_behind_it():
    fleet = Fleet({"a": 1.0, "b": 100.0}, fate=lambda number, *_: Outcome.FAILED if number == 1 else Outcome.DONE)
    fleet.run(jobs(6))
    assert fleet.idle_s["a"] < 0.01
    assert len(fleet.done) == 6


def test_a_job_that_takes_two_servers_down_is_poison():
    fleet = Fleet(
        dict.fromkeys("abcd", 1.0),
        fate=lambda number, job, server: Outcome.LOST if job.key == 3 else Outcome.DONE,  # noqa: ARG005
    )
    fleet.run(jobs(20))
    assert fleet.fates[Fate.POISON] == 1
    assert len({server for key, server, _ in fleet.started if key == 3}) == 2
    assert len(fleet.done) == 19
    assert sorted(server.up for server in fleet.schedule.servers.values()) == [False, False, True, True]


def test_a_job_that_takes_the_only_server_down_twice_is_poison_too():
    schedule = Schedule()
    schedule.add_server("a", 0.0)
    schedule.submit(jobs(1)[0])
    for start, fate in ((0.0, Fate.AGAIN), (100.0, Fate.POISON)):
        assert len(schedule.decide(start)) == 1
        assert schedule.ended("a", Outcome.LOST, start + 1) is fate
        schedule.seen("a", start + 2, identifier=int(start), files=None)


def test_a_server_that_is_not_there_costs_a_job_no_try():
    fleet = Fleet({"a": 0.5, "b": 1.0}, fate=lambda _, __, server: Outcome.UNREACHED if server == "a" else Outcome.DONE)
    fleet.run(jobs(10))
    assert len(fleet.done) == 10
    assert fleet.shares == {"b": 10}


def test_three_failures_in_a_row_set_a_server_aside_longer_and_longer():
    schedule = Schedule(most_tries=99)
    schedule.add_server("a", 0.0)
    schedule.submit(jobs(1)[0])
    now, pauses = 0.0, []
    for _ in range(FAILURES + 6):
        assert len(schedule.decide(now)) == 1
        schedule.ended("a", Outcome.FAILED, now)
        wake = schedule.wake_at(now)
        pauses.append(0 if wake is None else wake - now)
        now = wake or now
    assert pauses == [0, 0, ASIDE_S, 30, 60, 120, 240, 300, 300]
    schedule.decide(now)
    schedule.ended("a", Outcome.DONE, now)
    assert schedule.servers["a"].failures == 0


def test_a_greeting_brings_a_lost_server_back_at_once_but_not_one_that_fails_all_the_time():
    schedule = Schedule(most_tries=99)
    server = schedule.add_server("a", 0.0)
    schedule.submit(jobs(1)[0])
    for round_number in range(FAILURES):
        schedule.decide(float(round_number))
        schedule.ended("a", Outcome.UNREACHED, float(round_number))
        assert not server.usable(round_number)
        schedule.seen("a", float(round_number), identifier=1, files=None)
        assert server.usable(round_number) is (round_number < FAILURES - 1)
    assert server.usable(FAILURES + ASIDE_S)


def test_what_is_wrong_with_a_job_is_not_held_against_the_server():
    fleet = Fleet({"a": 1.0}, fate=lambda *_: Outcome.REFUSED)
    fleet.run(jobs(9))
    assert fleet.fates == {Fate.ENDED: 9}
    assert fleet.schedule.servers["a"].failures == 0


# ------------------------------------------------------------------------------------------------ files and draining


def test_a_job_goes_only_where_its_files_are():
    schedule = Schedule()
    schedule.add_server("a", 0.0, frozenset({"x", "lora"}))
    schedule.add_server("b", 0.0, frozenset({"x"}))
    schedule.add_server("c", 0.0)
    schedule.submit(Job(1, Needs("x", frozenset({"x", "lora"}))))
    schedule.submit(Job(2, Needs("y", frozenset({"y"}))))
    given = {job.key: server.name for job, server in schedule.decide(0.0)}
    assert given == {1: "a", 2: "c"}


def test_a_job_that_nobody_has_the_files_for_is_handed_back():
    schedule = Schedule()
    schedule.add_server("a", 0.0, frozenset({"x"}))
    schedule.submit(Job(1, Needs("y", frozenset({"y"}))))
    schedule.submit(Job(2, Needs("x", frozenset({"x"}))))
    assert [job.key for job in schedule.hopeless()] == [1]
    assert schedule.waiting == 1
    assert Schedule().hopeless() == []


def test_a_server_that_turns_out_to_lack_a_file_gets_that_job_no_more():
    fleet = Fleet({"a": 1.0, "b": 1.0}, fate=lambda _, __, name: Outcome.MISSING if name == "a" else Outcome.DONE)
    fleet.run(jobs(4))
    assert fleet.shares == {"b": 4}
    assert fleet.schedule.servers["a"].failures == 0


def test_a_drained_server_ends_its_job_and_gets_no_other():
    schedule = Schedule()
    fleet = Fleet({"a": 1.0, "b": 1.0}, schedule=schedule)
    for job in jobs(10):
        schedule.submit(job)
    fleet.start()
    schedule.drain("a")
    fleet.run([])
    assert fleet.shares == {"a": 1, "b": 9}
    schedule.add_server("a", fleet.now)
    fleet.run(jobs(10, start=20))
    assert fleet.shares["a"] > 1


def test_a_server_can_come_and_go():
    schedule = Schedule()
    fleet = Fleet({"a": 1.0}, schedule=schedule)
    fleet.run(jobs(3))
    schedule.remove_server("a")
    assert schedule.servers == {}
    for job in jobs(1, start=10):
        schedule.submit(job)
    assert schedule.decide(fleet.now) == []


def test_a_server_without_a_job_cannot_have_ended_one():
    schedule = Schedule()
    schedule.add_server("a", 0.0)
    with pytest.raises(AssertionError, match="no job"):
        schedule.ended("a", Outcome.DONE, 0.0)


def test_a_server_that_does_not_answer_gets_nothing():
    schedule = Schedule()
    schedule.add_server("a", 0.0, up=False)
    schedule.add_server("b", 0.0)
    schedule.missed("b")
    schedule.submit(jobs(1)[0])
    assert schedule.decide(0.0) == []
    schedule.seen("a", 1.0, identifier=1, files=None)
    assert [server.name for _, server in schedule.decide(1.0)] == ["a"]


def test_many_servers_are_all_kept_busy():
    fleet = Fleet({f"s{number}": 10.0 for number in range(32)}, switch_s=2.0)
    took_s = fleet.run(jobs(512, "xyz"))
    assert took_s <= 1.1 * (512 * 10 / 32 + 2)
    assert sum(fleet.switches.values()) <= 1.3 * 34
