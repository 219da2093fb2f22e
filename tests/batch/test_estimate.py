from __future__ import annotations

import pytest

from drawthings.batch.estimate import COLD_GUESS_S, Estimates


def test_nothing_is_known_at_first():
    estimates = Estimates()
    assert estimates.run_s("a", "m", 1.0) is None
    assert estimates.switch_s("a", "m") == COLD_GUESS_S


def test_a_measured_job_is_expected_again():
    estimates = Estimates()
    estimates.learn("a", "m", 10.0, lead_s=1.0, total_s=6.0, cold=False)
    assert estimates.run_s("a", "m", 10.0) == pytest.approx(6.0)
    assert estimates.run_s("a", "m", 20.0) == pytest.approx(11.0)


def test_loading_is_kept_apart_from_the_lead_of_a_warm_job():
    estimates = Estimates()
    estimates.learn("a", "m", 1.0, lead_s=3.0, total_s=4.0, cold=True)
    assert estimates.switch_s("a", "m") == pytest.approx(3.0)
    estimates.learn("a", "m", 1.0, lead_s=1.0, total_s=2.0, cold=False)
    assert estimates.switch_s("a", "m") == pytest.approx(2.0)


def test_what_is_long_ago_counts_less():
    estimates = Estimates()
    for total_s in (10.0, *([2.0] * 20)):
        estimates.learn("a", "m", 1.0, lead_s=0.0, total_s=total_s, cold=False)
    assert estimates.run_s("a", "m", 1.0) == pytest.approx(2.0, abs=0.02)


def test_the_same_model_elsewhere_is_the_next_best_guess_and_then_other_models_here():
    estimates = Estimates()
    estimates.learn("b", "m", 1.0, lead_s=0.0, total_s=3.0, cold=False)
    estimates.learn("c", "m", 1.0, lead_s=0.0, total_s=5.0, cold=False)
    estimates.learn("a", "other", 1.0, lead_s=0.0, total_s=9.0, cold=False)
    assert estimates.run_s("a", "m", 1.0) == pytest.approx(4.0)
    assert estimates.run_s("a", "never seen", 1.0) == pytest.approx(9.0)
    assert estimates.run_s("d", "never seen", 1.0) is None


def test_a_server_that_has_gone_is_forgotten():
    estimates = Estimates()
    estimates.learn("a", "m", 1.0, lead_s=0.0, total_s=3.0, cold=True)
    estimates.forget("a")
    estimates.forget("never there")
    assert estimates.run_s("a", "m", 1.0) is None
    assert estimates.switch_s("a", "m") == COLD_GUESS_S


def test_a_job_without_work_teaches_only_its_lead():
    estimates = Estimates()
    estimates.learn("a", "m", 0.0, lead_s=2.0, total_s=3.0, cold=True)
    assert estimates.run_s("a", "m", 1.0) is None
    assert estimates.switch_s("a", "m") == pytest.approx(2.0)


def test_a_bad_start_does_not_count_once_others_are_known():
    estimates = Estimates()
    estimates.learn("a", "m", 1.0, lead_s=0.5, total_s=3.5, cold=True)
    assert estimates.run_s("a", "m", 1.0) == pytest.approx(3.0), "as long as there is nothing else"
    estimates.learn("b", "m", 1.0, lead_s=0.0, total_s=0.1, cold=False)
    assert estimates.run_s("a", "m", 1.0) == pytest.approx(0.1), "it may be as good as the other"
    estimates.learn("a", "m", 1.0, lead_s=0.0, total_s=2.0, cold=False)
    assert estimates.run_s("a", "m", 1.0) == pytest.approx(2.0), "what it was at first is forgotten"


def test_a_long_first_job_tells_how_fast_a_server_is():
    estimates = Estimates()
    estimates.learn("a", "m", 1.0, lead_s=2.0, total_s=32.0, cold=True)
    estimates.learn("b", "m", 1.0, lead_s=0.0, total_s=10.0, cold=False)
    assert estimates.run_s("a", "m", 1.0) == pytest.approx(30.0)
    estimates.learn("a", "m", 1.0, lead_s=2.0, total_s=22.0, cold=True)
    assert estimates.run_s("a", "m", 1.0) == pytest.approx(27.0)
