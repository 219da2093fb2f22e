from __future__ import annotations

import threading

from drawthings.wire.silence import Silence


def test_silence_cancels_once():
    cancelled = threading.Semaphore(0)
    silence = Silence(0.02, cancelled.release)
    silence.listen()
    assert cancelled.acquire(timeout=5)
    assert silence.expired
    silence._thread.join(5)  # type: ignore[union-attr]
    assert not cancelled.acquire(blocking=False)
    silence.close()


def test_the_readers_own_time_does_not_count():
    cancelled = threading.Event()
    silence = Silence(0.02, cancelled.set)
    silence.listen()
    silence.rest()
    watch = silence._thread
    assert watch is not None
    # The watch has to fall asleep without having cancelled anything.
    while not silence._asleep and watch.is_alive():
        watch.join(0.001)
    assert not cancelled.is_set()
    silence.listen()
    assert cancelled.wait(5)


def test_each_message_starts_the_clock_anew():
    cancelled = threading.Event()
    silence = Silence(30, cancelled.set)
    silence.listen()
    first = silence._due_s
    silence.rest()
    silence.listen()
    assert first is not None
    assert silence._due_s is not None
    assert silence._due_s >= first
    silence.close()
    silence._thread.join(5)  # type: ignore[union-attr]
    assert not cancelled.is_set()
    assert not silence.expired


def test_a_watch_that_never_listened_needs_no_thread():
    silence = Silence(1, lambda: None)
    silence.rest()
    silence.close()
    assert silence._thread is None
