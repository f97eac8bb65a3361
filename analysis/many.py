"""From a folder of movies to a library: skipping what is done, surviving what is broken, in one process or in many."""

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from importlib import import_module
from itertools import chain
from pathlib import Path

from analysis import locks, manifest, pipeline
from analysis.library import Library
from analysis.pipeline import Movie, Options, Outcome
from analysis.shards import Shard
from errors import InputError
from models import registry

# How the movies of a run are gone through: in this process, by workers (analysis.workers) or on a cluster (analysis.cluster).
# Given movies, the library's folder and the options, it yields what became of each as it becomes known, and cleans up when closed.
Way = Callable[[Sequence[Movie], Path, Options], Iterator[Outcome]]


def here(movies: Sequence[Movie], root: Path, options: Options) -> Iterator[Outcome]:
    """The plain way: one movie after the other, in this process."""
    for movie in movies:
        yield pipeline.analyse(movie, root, options)


def way_of(workers: int | None = None, scheduler: str | None = None) -> Way:
    """The way of a number of local processes, or of the Dask cluster of a scheduler; `here` without either.

    Raises InputError for both, and for an address that is none.
    """
    if workers and scheduler:
        raise InputError("--workers and --scheduler: give one of them; a cluster has the workers that were started for it")
    if workers:
        return partial(import_module("analysis.workers").analyse, count=workers)
    if scheduler:
        if not re.fullmatch(r"(tcp|tls)://\S+:[0-9]{1,5}", scheduler):
            raise InputError(f"--scheduler: {scheduler!r} is no address; give tcp://HOST:PORT")
        return partial(import_module("analysis.cluster").analyse, scheduler=scheduler)
    return here


def run(
    movies: Sequence[Movie], library: Library, options: Options | None = None, *, way: Way = here, shard: Shard | None = None
) -> Generator[Outcome, None, None]:
    """Analyse movies and yield what became of each, first of those there is nothing to do for; a failure never stops the rest.

    When the generator ends, or is closed in the middle, manifest.json tells of every movie handled so far.

    Parameters
    ----------
    movies : all movies of the folder, see scrapers.folder.scan
    library : where results go; finished movies that nothing touched since are skipped
    options : what is listened with; None for what is usual
    way : who listens
    shard : the part of the movies that is done; None for all of them

    Raises
    ------
    InputError : there is no such detector
    LibraryError : nothing can be written to the library's folder, or another run is under way there
    ModelError : the weights of a model are missing or altered
    ClusterError : of the way
    """
    options = options or Options()
    wanted = pipeline.stages(options)  # at once, and not only when the first outcome is asked for
    library.prepare()
    return _run(movies, library, options, wanted, way, shard)


def _run(
    movies: Sequence[Movie], library: Library, options: Options, wanted: pipeline.Stages, way: Way, shard: Shard | None
) -> Generator[Outcome, None, None]:
    mine = shard.members(movies) if shard else movies
    taken = set(mine)
    others = [movie for movie in movies if movie not in taken]
    outcomes: list[Outcome] = []
    ended = False
    with _alone(library.root, shard):
        started = pipeline.now()
        try:
            with closing(_outcomes(mine, library, options, wanted, way)) as found:
                for outcome in found:
                    outcomes.append(outcome)
                    yield outcome
            ended = True
        finally:
            manifest.write(library, movies, outcomes, options, started=started, ended=ended, others=others)


def _outcomes(
    movies: Sequence[Movie], library: Library, options: Options, wanted: pipeline.Stages, way: Way
) -> Generator[Outcome, None, None]:
    left = []
    for movie in movies:
        outcome = pipeline.settled(movie, library, wanted)
        if outcome is None:
            left.append(movie)
        else:
            yield outcome
    if left:
        for model in chain.from_iterable(stage.get("models", ()) for stage in wanted.values()):
            registry.verify(model)  # before hours of decoding
        yield from way(left, library.root, options)


@contextmanager
def _alone(root: Path, shard: Shard | None) -> Iterator[None]:
    """Two runs on one library would do the same work; different shards go side by side."""
    with locks.held(root, "analyse", shared=shard is not None):
        if shard is None:
            yield
        else:
            with locks.held(root, f"analyse-{shard}"):
                yield
