"""A real Dask scheduler with two real workers, started as a user would, and what becomes of a run when one of them is killed."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from analysis import cluster, dataset, many
from analysis.library import Library
from analysis.pipeline import Options, Outcome
from errors import ClusterError
from scrapers.folder import scan
from tests.analysis.test_workers import same
from tests.conftest import WriteMedia, tone

ROOT = Path(__file__).resolve().parents[2]
HOOK = Path(__file__).with_name("slow_worker.py")
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@pytest.fixture(scope="module")
def address() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{free.getsockname()[1]}"


@contextmanager
def started(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DASK_LOGGING__DISTRIBUTED": "error"}
    process = subprocess.Popen([sys.executable, "-m", "dask", *command], env=environment, start_new_session=True, **QUIET)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def scheduler(address: str) -> Iterator[subprocess.Popen[bytes]]:
    with started("scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2], "--no-dashboard") as process:
        yield process


@pytest.fixture(scope="module")
def workers(address: str, scheduler: object) -> Iterator[None]:
    with started("worker", address, "--nworkers", "2", "--nthreads", "1", "--no-dashboard", "--preload", str(HOOK)):
        yield


@pytest.fixture
def films(tmp_path: Path, write_media: WriteMedia) -> Path:
    for name, seconds in {"a": 3, "b": 2, "held": 4}.items():
        write_media(tmp_path / f"films/D/{name}.wav", tone(seconds, rate=8000), rate=8000)
    (tmp_path / "films/D/bad.wav").write_text("no sound")
    return tmp_path / "films"


def wait_for(condition: Callable[[], object], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def test_the_film_of_a_killed_worker_is_done_by_another(tmp_path: Path, films: Path, address: str, workers: None) -> None:
    alone, cluster_made, note = Library(tmp_path / "alone"), Library(tmp_path / "library"), tmp_path / "held by"
    outcomes = []
    for outcome in many.run(scan(films), cluster_made, way=partial(cluster.analyse, scheduler=address)):
        if not outcomes:
            wait_for(note.exists)
            os.kill(int(note.read_text()), signal.SIGKILL)
        outcomes.append(outcome)
    serial = list(many.run(scan(films), alone))

    def told(outcome: Outcome) -> tuple[object, ...]:
        # What the killed worker had written already, but not told of, is found done by the other.
        return outcome.movie, outcome.path, outcome.status.replace("skipped", "ok"), outcome.reason, outcome.duration

    assert set(map(told, outcomes)) == set(map(told, serial))
    assert same(alone, cluster_made)
    assert cluster_made.manifest()["complete"] is True
    pd.testing.assert_frame_equal(dataset.write(cluster_made), dataset.write(alone))


def test_a_lost_scheduler_is_told_nothing_is_lost_and_the_next_run_goes_on(
    tmp_path: Path, films: Path, address: str, scheduler: subprocess.Popen[bytes], workers: None
) -> None:
    library = Library(tmp_path / "library")
    command = [sys.executable, "-m", "cli", "analyse", str(films), "--library", str(library.root)]
    run = subprocess.Popen([*command, "--scheduler", address], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: (tmp_path / "held by").exists() and len(library.movies()) == 2)
    scheduler.kill()
    _, complaints = run.communicate(timeout=60)
    assert run.returncode == 1
    # A killed worker's successor may not be there yet, of which a warning tells.
    said = [line for line in complaints.splitlines() if line and "Listening" not in line and not line.startswith(("failed:", "warning:"))]
    assert len(said) == 1, complaints
    # What is written may not have been heard of yet.
    assert re.fullmatch(f"error: the scheduler {address} was lost: [012] of 4 movies are done and kept; run the same command .*", said[0])
    assert len(pd.read_csv(library.root / "enhanced.csv")) == 2
    assert library.manifest()["complete"] is False
    assert {o.movie: o.status for o in many.run(scan(films), library)} == {"a": "skipped", "b": "skipped", "bad": "failed", "held": "ok"}


def test_a_scheduler_that_is_not_there_is_told_in_one_line(tmp_path: Path, films: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.2)
    with pytest.raises(ClusterError, match=r"--scheduler: tcp://127\.0\.0\.1:9 cannot be reached \(.*\); start `dask scheduler` there"):
        list(cluster.analyse(scan(films), tmp_path, Options(), scheduler="tcp://127.0.0.1:9"))
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(ClusterError, match=r"cannot be reached \(timed out\)"):
        list(cluster.analyse(scan(films), tmp_path, Options(), scheduler=f"tcp://127.0.0.1:{silent.getsockname()[1]}"))
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"pip install 'leitmotif\[dask\]'"):
        list(cluster.analyse(scan(films), tmp_path, Options(), scheduler="tcp://127.0.0.1:9"))


def test_a_worker_that_does_not_see_the_same_storage_says_so(tmp_path: Path, films: Path) -> None:
    (film, *_), root = scan(films), tmp_path / "library"
    with cluster._sign(root) as sign:
        unseen = cluster._listen(cluster._Film(tmp_path / "gone.wav", "D", "gone"), root, Options(), sign)
        assert "cannot see the film" in unseen.reason
    elsewhere = cluster._listen(film, root, Options(), sign)
    assert f"cannot see the library {root}; put it on storage that all see" in elsewhere.reason
    assert not (root / "movies").exists()
