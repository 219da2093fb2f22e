import gc
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from drawthings.errors import CorruptPayload
from drawthings.tensor import native, worker
from drawthings.tensor.fpzip import CODEC, _library_path
from drawthings.tensor.native import Geometry
from drawthings.tensor.worker import Pool, Worker

pytestmark = pytest.mark.usefixtures("without_core")

GEOMETRY = Geometry(0, 32, 3, 8, 8, 1)
VALUES = np.linspace(-1, 1, GEOMETRY.samples, dtype="f4")
PAYLOAD = memoryview(CODEC.encode(VALUES.reshape(1, 8, 8, 3)))


@pytest.fixture
def pool():
    """A pool of two of its own, with its workers ended afterwards."""
    pool = Pool(2)
    yield pool
    pool.close()


@pytest.fixture(params=["shared memory", "pipe"])
def single(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch):
    """One worker, by both ways back."""
    if request.param == "pipe":
        monkeypatch.setattr(worker, "_shared_file", lambda: None)
    elif not hasattr(os, "memfd_create"):
        pytest.skip("there are no files that are only memory here")
    process = Worker(_library_path())
    yield process
    process.close()


def decode(pool: Pool, payload: memoryview = PAYLOAD):
    target = np.empty(GEOMETRY.samples, "f4")
    with pool.worker(_library_path()) as process:
        return process.decode(GEOMETRY, payload, target), target


def test_a_worker_decodes_again_and_again(single: Worker):
    for dtype in ("f4", "f2", "f8"):
        target = np.zeros(GEOMETRY.samples, dtype)
        assert single.decode(GEOMETRY, PAYLOAD, target) == len(PAYLOAD)
        assert (target == VALUES.astype(dtype)).all()


def test_the_target_is_filled_block_by_block(single: Worker, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worker, "_BLOCK", 50)
    target = np.zeros(GEOMETRY.samples, "f4")
    single.decode(GEOMETRY, PAYLOAD, target)
    assert (target == VALUES).all()


def test_without_wide_pipes_it_works_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    process = Worker(_library_path())
    try:
        assert process.decode(GEOMETRY, PAYLOAD, np.zeros(GEOMETRY.samples, "f4")) == len(PAYLOAD)
    finally:
        process.close()


def test_a_stream_that_needs_more_or_less_leaves_the_target_alone(single: Worker):
    target = np.full(GEOMETRY.samples, 7, "f4")
    assert single.decode(GEOMETRY, memoryview(bytes(PAYLOAD) + b"!!"), target) == len(PAYLOAD)
    assert (target == 7).all()


def test_large_shared_memory_is_given_back(single: Worker, monkeypatch: pytest.MonkeyPatch):
    target = np.zeros(GEOMETRY.samples, "f4")
    for kept, size in [(VALUES.nbytes, VALUES.nbytes), (VALUES.nbytes - 1, 0)]:
        monkeypatch.setattr(worker, "_KEPT_BYTES", kept)
        assert single.decode(GEOMETRY, PAYLOAD, target) == len(PAYLOAD)
        assert (target == VALUES).all()
        assert single._shared is None or os.fstat(single._shared).st_size == size


def test_where_memory_cannot_be_shared_there_are_pipes(monkeypatch: pytest.MonkeyPatch):
    def refuse(_: str) -> None:
        raise OSError

    monkeypatch.setattr(os, "memfd_create", refuse, raising=False)
    assert worker._shared_file() is None
    monkeypatch.delattr(os, "memfd_create")
    assert worker._shared_file() is None


def test_the_death_of_a_worker_is_a_damaged_stream(single: Worker):
    single._process.kill()
    single._process.wait()
    with pytest.raises(CorruptPayload, match="broke the decoder"):
        single.decode(GEOMETRY, PAYLOAD, np.empty(GEOMETRY.samples, "f4"))


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="Windows cannot hold a process")
def test_a_worker_that_takes_for_ever_is_ended(single: Worker, monkeypatch: pytest.MonkeyPatch):
    os.kill(single._process.pid, signal.SIGSTOP)
    monkeypatch.setattr(worker, "_PATIENCE_S", 0.05)
    with pytest.raises(CorruptPayload, match="broke the decoder"):
        single.decode(GEOMETRY, PAYLOAD, np.empty(GEOMETRY.samples, "f4"))
    assert single._process.wait(10) != 0


def test_an_idle_worker_is_used_again(pool: Pool):
    with pool.worker(_library_path()) as first:
        pass
    with pool.worker(_library_path()) as second:
        assert second is first
        with pool.worker(_library_path()) as third:
            assert third is not first


def test_a_worker_that_died_while_idle_is_replaced(pool: Pool):
    with pool.worker(_library_path()) as first:
        pass
    first._process.kill()
    first._process.wait()
    assert decode(pool)[0] == len(PAYLOAD)


def test_a_worker_that_failed_is_not_used_again(pool: Pool):
    with pytest.raises(KeyboardInterrupt), pool.worker(_library_path()) as first:
        raise KeyboardInterrupt
    assert not first.alive
    assert decode(pool)[0] == len(PAYLOAD)


def test_no_more_workers_than_places(pool: Pool):
    entered = []
    hold = threading.Event()

    def occupy() -> None:
        with pool.worker(_library_path()) as process:
            entered.append(process)
            assert hold.wait(10)

    threads = [threading.Thread(target=occupy) for _ in range(3)]
    for thread in threads:
        thread.start()
    while len(entered) < 2:
        time.sleep(0.001)
    assert not pool._places.acquire(blocking=False)
    hold.set()
    for thread in threads:
        thread.join()
    assert len(set(map(id, entered))) == 2


def test_many_threads_get_their_own_numbers(pool: Pool):
    def there_and_back(seed: int) -> bool:
        values = np.random.default_rng(seed).normal(size=GEOMETRY.samples).astype("f4")
        target = np.empty_like(values)
        payload = memoryview(CODEC.encode(values.reshape(1, 8, 8, 3)))
        with pool.worker(_library_path()) as process:
            process.decode(GEOMETRY, payload, target)
        return bool((target == values).all())

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(there_and_back, range(40)))


def test_closing_ends_the_processes(pool: Pool):
    decode(pool)
    process = pool._idle[0]
    pool.close()
    assert not process.alive
    assert decode(pool)[0] == len(PAYLOAD)


def test_a_forked_process_lets_go_of_its_parents_workers(pool: Pool):
    decode(pool)
    process = pool._idle[0]
    pid = process._process.pid
    pool.forget()
    assert not pool._idle
    assert process._process.stdin.closed
    if hasattr(os, "waitpid"):
        os.waitpid(pid, 0)  # its input has ended, so it ends: it is this test that has to wait for it
    del process
    gc.collect()
    assert decode(pool)[0] == len(PAYLOAD)


FORKING = """
import os, sys
import numpy as np
from drawthings.tensor.codec import decode_tensor, encode_tensor
from drawthings.tensor.worker import POOL
blob = encode_tensor(np.zeros((1, 16, 16, 3), "f2"), codec="fpzip")
decode_tensor(blob)
mine = POOL._idle[0]._process.pid
child = os.fork()
decode_tensor(blob)
assert (POOL._idle[0]._process.pid == mine) == (child != 0)
if child:
    assert os.waitpid(child, 0)[1] == 0
    decode_tensor(blob)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows cannot fork")
def test_a_program_can_fork_and_decode_on_both_sides():
    subprocess.run([sys.executable, "-W", "error", "-c", FORKING], check=True, timeout=15)


def test_a_program_ends_without_waiting_and_without_a_word():
    script = FORKING.partition("child =")[0] + "print(mine)"
    done = subprocess.run([sys.executable, "-X", "dev", "-c", script], capture_output=True, check=True, timeout=15)
    assert done.stderr == b""
    assert int(done.stdout) > 0


@pytest.mark.parametrize(
    ("target", "name", "value"),
    [(sys, "frozen", True), (sys, "executable", ""), (native, "__file__", "/nowhere/native.py")],
)
def test_without_an_interpreter_no_worker_starts(
    monkeypatch: pytest.MonkeyPatch, target: object, name: str, value: object
):
    monkeypatch.setattr(target, name, value, raising=False)
    assert not worker.can_isolate()
    with pytest.raises(OSError, match="no Python interpreter"):
        Worker(_library_path())


def test_an_interpreter_that_ends_at_once_is_no_worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    empty = tmp_path / "empty.py"
    empty.write_text("")
    monkeypatch.setattr(native, "__file__", str(empty))
    with pytest.raises(OSError, match="ended at once"):
        Worker(_library_path())
