"""Recordings that were given to the Tag page: received in pieces, listened to one after the other, kept for a while.

A recording lies in a folder of its own only until it was listened to; what was heard of it is kept in memory, the last few, under a
name that cannot be guessed.
"""

import logging
import queue
import secrets
import shutil
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import IO

from dashboard.hearing import Heard, Listen, listen_to
from dashboard.worker import Worker
from errors import InputError, LeitmotifError

MAX_BYTES = 2 * 2**30  # of a recording; longer ones are for `leitmotif tag`
AT_ONCE = 4  # recordings received, waiting or listened to; one more is asked to come later
KEPT = 20  # recordings of which is known what was heard
IDLE = 60  # s without a piece after which the rest is not waited for
# What is done with a recording, in this order.
STAGES = ("upload", "decode", "detect", "describe", "genres")
_LONGEST_NAME = 200  # letters
_log = logging.getLogger(__name__)


class BusyError(LeitmotifError):
    """Too many recordings at once."""


class UnknownError(LeitmotifError):
    """A recording nothing is known of, or no longer."""


@dataclass
class Recording:
    """A recording on its way. `share` is how much of the stage is done, None where that is not known; `problem` ends it.

    `waiting` says that it is whole, and others are listened to before it.
    """

    name: str
    size: int
    folder: TemporaryDirectory
    received: int = 0
    stage: str = STAGES[0]
    share: float | None = 0.0
    waiting: bool = False
    problem: str = ""
    heard: Heard | None = None
    dropped: bool = False
    touched: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def path(self) -> Path:
        """The file; in a folder of its own, where one that is a list of others finds no other."""
        return Path(self.folder.name) / "recording"

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to it."""
        return self.heard is not None or bool(self.problem) or self.dropped


class _Dropped(Exception):
    """Nobody waits for this recording any more."""


class Desk:
    """Takes recordings and has them listened to, one at a time.

    Parameters
    ----------
    listen : what listens to a file of a given name, called in a thread of its own; default: a process that is kept for it
    """

    def __init__(self, listen: Listen | None = None) -> None:
        self._listen = listen or Worker(listen_to).listen
        self._recordings: dict[str, Recording] = {}  # the one that was looked at last is the last
        self._waiting: queue.Queue[Recording] = queue.Queue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def open(self, name: str, size: int) -> str:
        """Begin to receive a recording of so many bytes; returns the name under which it is known from now on.

        Raises
        ------
        InputError : it is empty or too large
        BusyError : there are AT_ONCE already
        """
        name = "".join(letter for letter in name if letter.isprintable())[:_LONGEST_NAME].strip() or "recording"
        if size <= 0:
            raise InputError(f"{name}: the file is empty; choose another")
        if size > MAX_BYTES:
            raise InputError(
                f"{name}: has {_gigabytes(size)}; at most {_gigabytes(MAX_BYTES)} can be uploaded, run `leitmotif tag FILE` for it"
            )
        with self._lock:
            self._tidy()
            if sum(not one.ended for one in self._recordings.values()) >= AT_ONCE:
                raise BusyError(f"{AT_ONCE} recordings are being listened to already; try again when one of them is finished")
            room = shutil.disk_usage(gettempdir()).free
            if room < size:
                raise InputError(f"{name}: has {_gigabytes(size)}, and {_gigabytes(room)} are free where it would be kept; free some space")
            known = secrets.token_urlsafe(16)
            # What is not listened to yet when the program ends goes with it.
            self._recordings[known] = Recording(name, size, TemporaryDirectory(prefix="leitmotif-", ignore_cleanup_errors=True))
            return known

    def append(self, known: str, at: int, piece: IO[bytes]) -> None:
        """Receive the piece that begins at byte `at`; after the last one the recording waits to be listened to.

        Raises
        ------
        UnknownError : there is no such recording, or no longer
        InputError : the piece does not follow the one before, or is longer than what was announced
        """
        recording = self.find(known)
        with recording.lock:
            if recording.ended or recording.received == recording.size or at != recording.received:
                raise InputError(f"{recording.name}: this piece does not follow the one before; upload the file again")
            with recording.path.open("ab") as file:
                shutil.copyfileobj(piece, file)
                recording.received = file.tell()
            if recording.received > recording.size:
                self._end(recording, f"{recording.name}: is longer than was announced; upload the file again")
                raise InputError(recording.problem)
            recording.share, recording.touched = recording.received / recording.size, time.monotonic()
            if recording.received == recording.size:
                self._wait(recording)

    def find(self, known: str) -> Recording:
        """A recording by the name it is known under. Raises UnknownError."""
        with self._lock:
            if known not in self._recordings:
                raise UnknownError(f"This recording is no longer known: the last {KEPT} are, until Leitmotif is stopped. Upload it again.")
            self._recordings[known] = found = self._recordings.pop(known)
            return found

    def drop(self, known: str) -> None:
        """Forget a recording; what is being done with it ends soon. Raises UnknownError."""
        recording = self.find(known)
        with self._lock:
            self._recordings.pop(known, None)
        with recording.lock:
            recording.dropped = True
            if recording.received < recording.size:
                recording.folder.cleanup()

    def _tidy(self) -> None:
        """Forget uploads that do not go on, and of what was heard all but the last few."""
        for known, recording in list(self._recordings.items()):
            if recording.received < recording.size and time.monotonic() - recording.touched > IDLE:
                recording.dropped = True
                recording.folder.cleanup()
                del self._recordings[known]
        ended = [known for known, recording in self._recordings.items() if recording.ended]
        for known in ended[: max(len(ended) - KEPT, 0)]:
            del self._recordings[known]

    def _end(self, recording: Recording, problem: str) -> None:
        recording.problem = problem
        recording.folder.cleanup()

    def _wait(self, recording: Recording) -> None:
        recording.stage, recording.share, recording.waiting = STAGES[1], None, True
        self._waiting.put(recording)
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True, name="listening")
                self._thread.start()

    def _work(self) -> None:
        while True:
            self._handle(self._waiting.get())

    def _handle(self, recording: Recording) -> None:
        def progress(stage: str, share: float | None) -> None:
            if recording.dropped:
                raise _Dropped
            recording.stage, recording.share, recording.waiting = stage, share, False

        heard, problem = None, ""
        try:
            progress(STAGES[1], 0.0)
            heard = self._listen(recording.path, recording.name, progress)
        except _Dropped:
            pass
        except LeitmotifError as error:
            # The file's place is nothing its owner knows.
            problem = str(error).replace(str(recording.path), recording.name)
        except Exception:
            # The thread listens for all: if it ended here, every later recording would wait for ever. The terminal gets the traceback.
            _log.exception("unexpected error while listening to a recording")
            problem = f"{recording.name}: something went wrong; the terminal in which Leitmotif runs says more"
        finally:
            recording.folder.cleanup()
        recording.heard, recording.problem = heard, problem


def _gigabytes(size: int) -> str:
    return f"{size / 2**30:.1f} GB"
