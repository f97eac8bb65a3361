"""Recordings and pictures that were given to the Tag page: received in pieces, examined one after the other, kept for a while.

A file lies in a folder of its own only until it was examined; what was found in it is kept in memory, of the last few, under a name that
cannot be guessed.
"""

import logging
import queue
import secrets
import shutil
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from dashboard import scratch
from dashboard.examining import DECODE, Examine, Found, examine
from dashboard.worker import Worker
from errors import InputError, LeitmotifError

MAX_BYTES = 2 * 2**30  # of a file; longer recordings are for `leitmotif tag`
AT_ONCE = 4  # files received, waiting or examined; one more is asked to come later
KEPT = 20  # files of which is known what was found in them
IDLE = 60  # s without a piece after which the rest is not waited for
UPLOAD = "upload"  # the stage before those of examining
_LONGEST_NAME = 200  # letters
_log = logging.getLogger(__name__)


class BusyError(LeitmotifError):
    """Too many files at once."""


class UnknownError(LeitmotifError):
    """A file nothing is known of, or no longer."""


@dataclass
class Upload:
    """A file on its way. `share` is how much of the stage is done, None where that is not known; `problem` ends it.

    `waiting` says that it is whole, and others are examined before it.
    """

    name: str
    size: int
    folder: TemporaryDirectory
    received: int = 0
    stage: str = UPLOAD
    share: float | None = 0.0
    waiting: bool = False
    problem: str = ""
    found: Found | None = None
    dropped: bool = False
    touched: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def path(self) -> Path:
        """The file; in a folder of its own, where one that is a list of others finds no other."""
        return Path(self.folder.name) / "upload"

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to it."""
        return self.found is not None or bool(self.problem) or self.dropped


class _Dropped(Exception):
    """Nobody waits for this file any more."""


class Desk:
    """Takes files and has them examined, one at a time.

    Parameters
    ----------
    by : what examines a file of a given name, called in a thread of its own; default: a process that is kept for it
    """

    def __init__(self, by: Examine | None = None) -> None:
        scratch.sweep()
        self._examine = by or Worker(examine).do
        self._uploads: dict[str, Upload] = {}  # the one that was looked at last is the last
        self._waiting: queue.Queue[Upload] = queue.Queue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def open(self, name: str, size: int) -> str:
        """Begin to receive a file of so many bytes; returns the name under which it is known from now on.

        Raises
        ------
        InputError : it is empty or too large
        BusyError : there are AT_ONCE already
        """
        name = "".join(letter for letter in name if letter.isprintable())[:_LONGEST_NAME].strip() or "file"
        if size <= 0:
            raise InputError(f"{name}: the file is empty; choose another")
        if size > MAX_BYTES:
            raise InputError(
                f"{name}: has {_gigabytes(size)}; at most {_gigabytes(MAX_BYTES)} can be uploaded, run `leitmotif tag FILE` for it"
            )
        with self._lock:
            self._tidy()
            if sum(not one.ended for one in self._uploads.values()) >= AT_ONCE:
                raise BusyError(f"{AT_ONCE} files are being examined already; try again when one of them is finished")
            room = shutil.disk_usage(scratch.folder()).free
            if room < size:
                raise InputError(f"{name}: has {_gigabytes(size)}, and {_gigabytes(room)} are free where it would be kept; free some space")
            known = secrets.token_urlsafe(16)
            # What is not examined yet when the program ends goes with it.
            self._uploads[known] = Upload(name, size, TemporaryDirectory(dir=scratch.folder(), ignore_cleanup_errors=True))
            return known

    def append(self, known: str, at: int, piece: IO[bytes]) -> None:
        """Receive the piece that begins at byte `at`; after the last one the file waits to be examined.

        Raises
        ------
        UnknownError : there is no such file, or no longer
        InputError : the piece does not follow the one before, or is longer than what was announced
        """
        upload = self.find(known)
        with upload.lock:
            if upload.ended or upload.received == upload.size or at != upload.received:
                raise InputError(f"{upload.name}: this piece does not follow the one before; upload the file again")
            with upload.path.open("ab") as file:
                shutil.copyfileobj(piece, file)
                upload.received = file.tell()
            if upload.received > upload.size:
                self._end(upload, f"{upload.name}: is longer than was announced; upload the file again")
                raise InputError(upload.problem)
            upload.share, upload.touched = upload.received / upload.size, time.monotonic()
            if upload.received == upload.size:
                self._wait(upload)

    def find(self, known: str) -> Upload:
        """A file by the name it is known under. Raises UnknownError."""
        with self._lock:
            if known not in self._uploads:
                raise UnknownError(f"This file is no longer known: the last {KEPT} are, until Leitmotif is stopped. Upload it again.")
            self._uploads[known] = found = self._uploads.pop(known)
            return found

    def drop(self, known: str) -> None:
        """Forget a file; what is being done with it ends soon. Raises UnknownError."""
        upload = self.find(known)
        with self._lock:
            self._uploads.pop(known, None)
        with upload.lock:
            upload.dropped = True
            if upload.received < upload.size:
                upload.folder.cleanup()

    def _tidy(self) -> None:
        """Forget uploads that do not go on, and of what was found all but the last few."""
        for known, upload in list(self._uploads.items()):
            if upload.received < upload.size and time.monotonic() - upload.touched > IDLE:
                upload.dropped = True
                upload.folder.cleanup()
                del self._uploads[known]
        ended = [known for known, upload in self._uploads.items() if upload.ended]
        for known in ended[: max(len(ended) - KEPT, 0)]:
            del self._uploads[known]

    def _end(self, upload: Upload, problem: str) -> None:
        upload.problem = problem
        upload.folder.cleanup()

    def _wait(self, upload: Upload) -> None:
        upload.stage, upload.share, upload.waiting = DECODE, None, True
        self._waiting.put(upload)
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True, name="examining")
                self._thread.start()

    def _work(self) -> None:
        while True:
            self._handle(self._waiting.get())

    def _handle(self, upload: Upload) -> None:
        def progress(stage: str, share: float | None) -> None:
            if upload.dropped:
                raise _Dropped
            upload.stage, upload.share, upload.waiting = stage, share, False

        found, problem = None, ""
        try:
            progress(DECODE, 0.0)
            found = self._examine(upload.path, upload.name, progress)
        except _Dropped:
            pass
        except LeitmotifError as error:
            # The file's place is nothing its owner knows.
            problem = str(error).replace(str(upload.path), upload.name)
        except Exception:
            # The thread works for all: if it ended here, every later file would wait for ever. The terminal gets the traceback.
            _log.exception("unexpected error while examining a file")
            problem = f"{upload.name}: something went wrong; the terminal in which Leitmotif runs says more"
        finally:
            upload.folder.cleanup()
        upload.found, upload.problem = found, problem


def _gigabytes(size: int) -> str:
    return f"{size / 2**30:.1f} GB"
