"""Preloaded by the Dask workers of test_cluster.py: the first to have analysed a film called "held" says so and never writes it."""

import os
import time
from pathlib import Path
from typing import Any

from analysis.library import Library


class SlowLibrary(Library):
    def write_movie(self, director: str, movie: str, result: Any) -> None:
        note = self.root.parent / "held by"
        if movie == "held" and not note.exists():
            partial = Path(f"{note}.partial")
            partial.write_text(str(os.getpid()))
            partial.rename(note)
            while True:
                time.sleep(3600)
        Library.write_movie(self, director, movie, result)


def dask_setup(_: object) -> None:
    """Called by Dask."""
    from analysis import pipeline

    pipeline.Library = SlowLibrary  # type: ignore[misc]
