import os
import signal
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

from analysis.companions import Companion


def echo(pipe: Connection) -> None:
    pipe.send((pipe.recv(), os.environ["OMP_NUM_THREADS"], os.getpid()))


def stuck(pipe: Connection) -> None:
    pipe.send(os.getpid())
    while True:
        time.sleep(1000)


def test_it_works_in_a_process_of_its_own_on_one_core() -> None:
    companion = Companion(echo)
    for word in ("here", "again"):
        companion.pipe.send(word)
        assert companion.pipe.recv() == (word, "1", companion.pid)
    assert companion.alive
    companion.stop()
    companion.stop()
    assert not companion.alive


def test_one_that_is_stuck_ends_with_its_owner() -> None:
    code = "from analysis.companions import Companion; from tests.analysis.test_companions import stuck; import time\n"
    code += "companion = Companion(stuck); print(companion.pipe.recv(), flush=True); time.sleep(1000)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as owner:
        assert owner.stdout is not None
        number = int(owner.stdout.readline())
        os.kill(number, 0)
        owner.send_signal(signal.SIGKILL)
        owner.wait()
        assert owner.stdout.read() == ""  # the companion holds the other end of it until it ends
    # What waited for the end of the output waited for the companion's end.
