"""A folder of films: what a second worker adds, what a run costs that finds all done, and whether memory grows with the films."""

import shutil
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from analysis import pipeline
from analysis.library import TABLES, Library, MovieResult
from benchmarks import Result
from benchmarks.film import CACHE, build, link, listen
from benchmarks.process import LEITMOTIF, measure, seconds
from benchmarks.tag import CLIP_SECONDS, write
from scrapers.folder import MovieFile, scan

LONG_FILMS = 8  # for the workers to share
SHORT_FILMS = (50, 500)
UNCHANGED = 1000
RUNS = 3
STARTS = 5


def many(data: Path | None) -> Result:
    """Seconds of real commands, medians of several: two workers beside one; a run over a library that is up to date; `--help`.

    And peak memory of the process that analyses 50 and 500 films of half a minute.
    """
    CACHE.mkdir(exist_ok=True)
    clip = CACHE / f"tag-synthetic-{CLIP_SECONDS}.flac"
    if not clip.exists():
        write(clip, CLIP_SECONDS, None)
    figures = {**throughput(build(data)), **second_run(clip), **memory(clip)}
    figures["help_seconds"] = statistics.median(seconds([LEITMOTIF, "--help"]) for _ in range(STARTS))
    return Result(name="many", figures=figures, baseline="one worker; fifty films")


def throughput(film: Path, copies: int = LONG_FILMS, runs: int = RUNS) -> dict[str, float]:
    """How much sooner two workers are done with some films than one. The film is one, under several names."""
    took: dict[int, list[float]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        films = Path(folder, "films")
        link(film, films, copies)
        for number in range(runs):
            for workers, times in took.items():
                library = Path(folder, f"library-{workers}-{number}")
                times.append(seconds([LEITMOTIF, "analyse", films, "--library", library, "--workers", str(workers)]))
    return {
        "one_worker_seconds": statistics.median(took[1]),
        "two_workers_seconds": statistics.median(took[2]),
        "two_workers_ratio": statistics.median(one / two for one, two in zip(took[1], took[2], strict=True)),
    }


def second_run(clip: Path, count: int = UNCHANGED, runs: int = RUNS) -> dict[str, float]:
    """What the command takes when there is nothing to do."""
    folder = CACHE / f"many-{count}"
    films, library = folder / "films", Library(folder / "library")
    link(clip, films, count)
    replicate(scan(films), library)
    command: list[str | Path] = [LEITMOTIF, "analyse", films, "--library", library.root]
    seconds(command)  # the first writes what the replicated library lacks
    took = statistics.median(seconds(command) for _ in range(runs))
    if library.manifest()["counts"] != {"ok": 0, "skipped": count, "failed": 0}:
        raise RuntimeError(f"not all of {library.root} was skipped; remove {folder} and measure again")
    return {"unchanged_films": count, "second_run_seconds": took}


def memory(clip: Path, counts: Sequence[int] = SHORT_FILMS) -> dict[str, float]:
    """Peak of the process that analyses few and many short films."""
    peaks: dict[str, float] = {}
    for count in counts:
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            link(clip, Path(folder, "films"), count)
            peaks[f"{count}_films_peak_gigabytes"] = measure(listen, Path(folder, "films"), Path(folder, "library")).peak_bytes / 1e9
    few, most = peaks.values()
    return {**peaks, "growth": most / few}


def replicate(movies: Sequence[MovieFile], library: Library) -> None:
    """Give each movie, all of the same content, the result of the first; what is there and up to date stays."""
    wanted = pipeline.stages(pipeline.Options())
    first, *others = movies
    if pipeline.settled(first, library, wanted) is None:
        shutil.rmtree(library.root, ignore_errors=True)
        library.prepare()
        outcome = pipeline.analyse(first, library.root, pipeline.Options())
        if outcome.status != "ok":
            raise RuntimeError(outcome.reason)
    names = first.director, first.movie
    tables = {name: library.table(*names, name) for name in TABLES}
    profile, provenance = library.profile(*names), library.provenance(*names)
    for movie in others:
        if pipeline.settled(movie, library, wanted) is None:
            source = provenance["input"] | {"path": str(movie.path.resolve())}
            result = MovieResult(
                **tables, profile=profile | {"director": movie.director, "movie": movie.movie}, provenance=provenance | {"input": source}
            )
            library.write_movie(movie.director, movie.movie, result)
