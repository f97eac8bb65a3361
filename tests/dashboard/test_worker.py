"""The process that examines files: kept between them, gone when nobody waits, when it is killed, and with the server."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.hearing import Progress
from dashboard.worker import Worker, WorkerError
from errors import AudioError
from tests.conftest import hear_ctrl_c

PATH = Path("recording")


# What examines. The process imports these by their names.


def tell(path: Path, name: str, progress: Progress) -> Any:
    progress("detect", None)
    progress("describe", 0.5)
    return [str(path), name, os.getpid()]


def obey(path: Path, name: str, progress: Progress) -> Any:
    """Do what the recording is called."""
    if name == "refuse":
        raise AudioError("refused")
    if name == "fail":
        raise ZeroDivisionError("failed")
    if name == "be killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "go on":
        progress("describe", None)
        threading.Event().wait()
    return os.getpid()


@pytest.fixture
def told() -> list[tuple[str, float | None]]:
    return []


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker(obey)
    yield worker
    worker._end()


@pytest.fixture
def examine(worker: Worker) -> Callable[[str], Any]:
    return lambda name: worker.do(PATH, name, lambda stage, share: None)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def gone(pid: int) -> bool:
    """Whether a process ends within a minute."""
    end = time.monotonic() + 60
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.01)
    return not alive(pid)


def test_it_tells_how_far_it_is_and_answers_from_a_process_that_is_kept(told: list[tuple[str, float | None]]) -> None:
    worker = Worker(tell)
    path, name, first = worker.do(PATH, "a.wav", lambda *stage: told.append(stage))  # type: ignore[misc]
    assert (path, name) == ("recording", "a.wav") and first != os.getpid()
    assert list(dict.fromkeys(told)) == [("decode", 0.0), ("detect", None), ("describe", 0.5)]
    assert worker.do(PATH, "b.wav", lambda *stage: None) == ["recording", "b.wav", first]
    worker._end()
    assert not alive(first)


def test_what_goes_wrong_there_is_raised_here_and_the_process_goes_on(examine: Callable[[str], Any]) -> None:
    first = examine("answer")
    with pytest.raises(AudioError, match=r"^refused$"):
        examine("refuse")
    with pytest.raises(RuntimeError, match="ZeroDivisionError: failed"):
        examine("fail")
    assert examine("answer") == first


def test_when_it_is_killed_one_line_says_so_and_the_next_file_is_examined(examine: Callable[[str], Any]) -> None:
    with pytest.raises(WorkerError, match=r"be killed: the process that worked on it was ended, .*try it again$"):
        examine("be killed")
    first = examine("answer")
    os.kill(first, signal.SIGKILL)  # while it waits
    next(process for process in multiprocessing.active_children() if process.pid == first).join()
    assert examine("answer") != first


def test_it_ends_at_once_when_nobody_waits_any_more(worker: Worker, examine: Callable[[str], Any]) -> None:
    first = examine("answer")

    def leave(stage: str, _share: float | None) -> None:
        if stage == "describe":
            raise KeyError("left")

    with pytest.raises(KeyError, match="left"):
        worker.do(PATH, "go on", leave)
    assert not alive(first)
    assert examine("answer") != first


SERVER = """
from pathlib import Path
from dashboard.worker import Worker
from tests.dashboard.test_worker import obey

if __name__ == "__main__":
    worker = Worker(obey)
    print(worker.do(Path("recording"), "answer", lambda *_: None), flush=True)
    try:
        worker.do(Path("recording"), "go on", lambda stage, _: print(stage, flush=True))
    except KeyboardInterrupt:
        pass
"""


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_of_it_however_the_server_ends(tmp_path: Path, ending: signal.Signals) -> None:
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    server = subprocess.Popen(
        [sys.executable, str(script)], env=os.environ | {"PYTHONPATH": str(Path.cwd())}, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=hear_ctrl_c,
    )  # fmt: skip
    assert server.stdout
    pid = int(server.stdout.readline())
    while server.stdout.readline().strip() != "describe":
        assert server.poll() is None
    if ending is signal.SIGINT:
        os.killpg(server.pid, ending)  # as a terminal does: to the server and to all it started
    else:
        server.send_signal(ending)
    assert gone(pid)
    assert server.communicate(timeout=20)[1] == ""
