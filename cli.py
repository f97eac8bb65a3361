"""The `leitmotif` command: offline jobs that fill a library, then the dashboard that shows it.

Heavy packages are imported inside the commands, so that `leitmotif --help` answers at once.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from errors import LeitmotifError

if TYPE_CHECKING:
    from analysis.pipeline import Outcome
    from analysis.shards import Shard
    from scrapers.folder import MovieFile

app = typer.Typer(
    help="Listens to films: finds the music in a soundtrack, describes it, and builds an enhanced dataset.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

LibraryOption = Annotated[Path, typer.Option("--library", metavar="DIR", help="Folder of the library; made when missing.")]
ReadLibraryOption = Annotated[Path, typer.Option("--library", metavar="DIR", help="Folder of an existing library.")]
MoviesArgument = Annotated[Path, typer.Argument(metavar="MOVIES", help="Folder with one folder per director.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
LinesOption = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
PicturesArgument = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Pictures: JPEG, PNG, WebP and others, of any size.")]
DetectorOption = Annotated[
    str, typer.Option(metavar="svm|context", help="What tells music, speech and other apart (docs/how-it-works.md).")
]
Printed = tuple[str, Iterable[str], Iterable[Iterable[str]]]  # a table: title, columns, rows
DEMO_LIBRARY = Path("leitmotif-demo")
CHECKPOINTS = Path("checkpoints")  # of training runs: one that is cut off goes on from here
DEMO_TITLE = "Demo: synthetic films"
DEMO_TEXT = "Music, speech and effects made by this program along a known timeline, so that every number can be checked."
FAILED = 1  # exit status of a run in which some movie failed
ANSWER_COLUMNS = ("", "answer", "p", "besides")
MISUSED = 2  # exit status when nothing could be done with what was given
INTERRUPTED = 130  # exit status after Ctrl-C, as shells have it


def main() -> None:
    """Entry point: an expected error is one line and exit status 2; `--debug` shows the traceback."""
    debug = "--debug" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]  # it may stand anywhere
    try:
        app(standalone_mode=True)
    except LeitmotifError as error:
        if debug:
            raise
        _complain(f"error: {error}")
        sys.exit(MISUSED)
    except KeyboardInterrupt:
        _complain("interrupted")
        sys.exit(INTERRUPTED)


@app.callback()
def options(debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False) -> None:
    """Read by `main`; declared here so that it is documented."""


@app.command()
def demo(
    library: Annotated[Path, typer.Option("--library", metavar="DIR", help="Where films and results go.")] = DEMO_LIBRARY,
    serve_pages: Annotated[bool, typer.Option("--serve/--no-serve", help="Open the dashboard at the end.")] = True,
    port: Annotated[int, typer.Option(help="Port of the dashboard.")] = 8050,
) -> None:
    """Build the synthetic demo films, analyse them, validate the models on them, and open the dashboard."""
    from analysis.library import Library
    from analysis.locks import held
    from analysis.synthesis.films import build_demo
    from data import REFERENCE
    from scrapers.folder import scan

    _say("The demo films are synthetic: music, speech and effects made by this program, so that every result can be checked.")
    films = library / "films"
    with _progress("Building the films") as advance:
        build_demo(films, progress=advance)
    movies = scan(films)
    with held(library, "metadata"):
        _collect_metadata(movies, library)
    failed = _analyse(movies, library, track=0)
    Library(library).write_about(DEMO_TITLE, DEMO_TEXT)
    _validate(library, clips=None, run="demo", seed=0)
    _say(f"Library: {library}. Enhanced dataset: {library / 'enhanced.csv'}")
    if serve_pages:
        serve([library, *([REFERENCE] if REFERENCE.is_dir() else [])], port=port, browser=_has_screen())
    raise typer.Exit(FAILED if failed else 0)


@app.command()
def metadata(
    movies: MoviesArgument,
    library: LibraryOption,
    imdb_datasets: Annotated[
        Path | None, typer.Option("--imdb-datasets", metavar="DIR", help="IMDb's dataset files: title.basics.tsv.gz and others.")
    ] = None,
    pages: Annotated[Path | None, typer.Option("--pages", metavar="DIR", help="Title pages saved from a browser.")] = None,
    review: Annotated[Path | None, typer.Option("--review", metavar="FILE", help="A review.csv in which you made your choices.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Touch no network; what was downloaded before is used.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Collect what is known about each movie: files beside it, saved pages, IMDb's dataset files, one polite live try."""
    from analysis.locks import held
    from analysis.spreadsheets import restore
    from scrapers.folder import scan
    from scrapers.review import read

    found = scan(movies, leave_out=library / "validation")
    chosen = read(review, restore) if review else {}
    for director, movie in set(chosen) - {(file.director, file.movie) for file in found}:
        _complain(f"{review}: {director} / {movie} is not among the movies in {movies}; its choice is not used")
    sources = _metadata_sources(library, imdb_datasets=imdb_datasets, pages=pages, offline=offline)
    with held(library, "metadata"):
        report = _collect_metadata(found, library, sources, chosen, quiet=as_json)
    if as_json:
        from scrapers.metadata import summary

        _print_json(summary(report))
    raise typer.Exit(FAILED if report.counts["failed"] else 0)


@app.command()
def analyse(
    movies: MoviesArgument,
    library: LibraryOption,
    audio_track: Annotated[int, typer.Option(min=0, help="Which audio track of each film, counted from 0.")] = 0,
    detector: DetectorOption = "svm",
    workers: Annotated[int | None, typer.Option(min=1, metavar="N", help="Processes of one core each; default: one that uses all.")] = None,
    shard: Annotated[str | None, typer.Option(metavar="I/N", help="Only this part of the movies: 2/4 is the second of four.")] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="tcp://HOST:PORT", help="Let a Dask cluster listen (docs/many-films.md).")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Listen to every movie and build the library; what is done and unchanged is skipped."""
    from analysis.shards import parse
    from scrapers.folder import scan

    part = parse(shard) if shard is not None else None
    found = scan(movies, leave_out=library / "validation")
    failed = _analyse(found, library, track=audio_track, detector=detector, quiet=as_json, workers=workers, scheduler=scheduler, shard=part)
    if as_json:
        from analysis.library import Library

        _print_json(Library(library).manifest())
    raise typer.Exit(FAILED if failed else 0)


@app.command()
def export(
    library: ReadLibraryOption,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A .csv, .json or .parquet file; replaced when it exists.")],
    form: Annotated[
        str,
        typer.Option(
            metavar="wide|long|items",
            help="A row per film; a row per film and value; or numbers only, for recommenders (docs/recommenders.md).",
        ),
    ] = "wide",
    dictionary: Annotated[
        bool, typer.Option("--dictionary", help="Write what each column means beside FILE, as the other forms always do.")
    ] = False,
) -> None:
    """Write the enhanced dataset, in one of three forms."""
    from analysis import dataset, forms

    source = _existing(library)
    forms.require(form)
    source.prepare()
    rows = dataset.write(source)
    beside = forms.write(rows, out, form, dictionary)
    for problem in rows.attrs["unreadable"]:
        _complain(f"left out: {problem}")
    _say(f"{len(rows)} movies written to {out}" + (f", what its columns mean to {beside}" if beside else ""))
    raise typer.Exit(FAILED if rows.attrs["unreadable"] else 0)


@app.command()
def check(library: ReadLibraryOption, as_json: JsonOption = False) -> None:
    """Name every file of a library that is damaged, and what to do about it (docs/robustness.md)."""
    from analysis import checking
    from scrapers import records

    with _progress("Checking", quiet=as_json) as advance:
        problems = checking.check(_existing(library), records.table, advance)
    if as_json:
        _print_json({"library": str(library), "problems": problems})
    else:
        for problem in problems:
            _say(problem)
        count = f"{len(problems)} problem{'s' * (len(problems) > 1)}"
        _say(f"{library}: {count if problems else 'every file is whole'}")
    raise typer.Exit(FAILED if problems else 0)


@app.command()
def similar(
    movie: Annotated[str, typer.Argument(metavar="MOVIE", help="Name of a film of the library.")],
    library: ReadLibraryOption,
    director: Annotated[str | None, typer.Option(metavar="NAME", help="Its director, where several films have the name.")] = None,
    by: Annotated[str, typer.Option(help="music, metadata, or mix for both.")] = "music",
    weight: Annotated[float, typer.Option(help="Share of the music in the mix, 0 to 1.")] = 0.5,
    number: Annotated[int, typer.Option("-n", "--number", help="How many films.")] = 5,
    as_json: JsonOption = False,
) -> None:
    """The films most like a film, and why (docs/similarity.md)."""
    from dataclasses import asdict

    from analysis import dataset
    from analysis.similarity import find, nearest

    table = dataset.read(_existing(library))
    who, what = find(table, movie, director)
    found = nearest(table, who, what, by, n=number, weight=weight)
    if as_json:
        head = {"director": who, "movie": what, "by": by, "weight": weight if by == "mix" else None}
        counts = {"compared": found.compared, "left_out": found.left_out}
        _print_json({**head, **counts, "nearest": [asdict(neighbour) for neighbour in found.neighbours]})
        return
    rows = [(n.movie, n.director, f"{n.similarity:.2f}", ", ".join(n.reasons)) for n in found.neighbours]
    apart = f", {found.left_out} cannot be compared" if found.left_out else ""
    _print_table(f"Nearest to {what} ({who}) of {found.compared} films{apart}", ("film", "director", "similarity", "why"), rows)


@app.command()
def makers(
    library: ReadLibraryOption,
    by: Annotated[str, typer.Option(help="director or composer.")] = "director",
    fewest: Annotated[int, typer.Option(help="Films that a maker needs.")] = 3,
    as_json: JsonOption = False,
) -> None:
    """Who made it: whether directors or composers can be told from music and metadata (docs/makers.md)."""
    from dataclasses import asdict

    from analysis import dataset
    from analysis.makers import left_aside, mistaken, tell

    report = tell(dataset.read(_existing(library)), by, fewest)
    if as_json:
        _print_json({**asdict(report), "films_of": report.films_of.to_dict("records")})
        return
    rows = [
        (a.features, f"{a.accuracy:.0%}", "{:.0%} to {:.0%}".format(*a.interval), f"{a.balanced:.0%}", f"{a.shuffled:.0%}", f"{a.p:.3f}")
        for a in report.answers
    ]
    title = f"{report.films} films by {len(report.makers)} {by}s, each left out once; always the commonest: {report.baseline:.0%}"
    _print_table(title, ("from", "told right", "95 % interval", "mean over makers", "shuffled", "p"), rows)
    best = max(report.answers, key=lambda answer: answer.accuracy)
    worth = [(one.feature, f"{one.drop:+.0%}", f"{one.deviation:.0%}", f"{one.margin:+.2f}") for one in best.importances[:8]]
    _print_table(f"What the answer from {best.features} rests on", ("feature", "accuracy lost", "deviation", "margin lost"), worth)
    told = [
        (row["maker"], str(row["films"]), str(row["right"]), f"{row['taken_for']} ({row['times']})" if row["times"] else "")
        for row in mistaken(report, best).to_dict("records")
    ]
    _print_table(f"Told from {best.features}", ("maker", "films", "right", "most often taken for"), told)
    if apart := left_aside(report):
        _say(f"Left out: {apart}.")


@app.command()
def findings(
    library: Annotated[Path | None, typer.Option("--library", metavar="DIR", help="A reference library; default: the shipped one.")] = None,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The page, as Markdown; its pictures go beside it.")] = Path(
        "docs/findings.md"
    ),
) -> None:
    """Write what a reference library says of real films (docs/findings.md)."""
    from analysis.findings import write
    from data import REFERENCE

    write(_existing(library or REFERENCE), out)
    _say(str(out))


@app.command()
def reference(
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Recordings of film scores and their tables (docs/reference.md).")],
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where the library goes; default: data/reference.")] = None,
) -> None:
    """Make the reference library anew: real film scores, results only."""
    from analysis import reference as building
    from analysis.library import Library
    from data import REFERENCE
    from scrapers import records, reference_films

    films, library = reference_films.read(data), Library(out or REFERENCE)
    with _progress("Listening") as advance:
        building.build(films, library, records.table, advance)
    _say(f"{library.root}: {len(films)} films")


@app.command()
def validate(
    library: LibraryOption = DEMO_LIBRARY,
    clips: Annotated[Path | None, typer.Option(metavar="DIR", help="Own clips: music/<genre>/, speech/, other/.")] = None,
    run: Annotated[str | None, typer.Option(help="Name of the run; default: the date and time.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed composes another test.")] = 0,
    detector: DetectorOption = "svm",
    as_json: JsonOption = False,
) -> None:
    """Compose an audio file with known content, run the pipeline on it, and compare."""
    summary = _validate(library, clips=clips, run=run, seed=seed, detector=detector, quiet=as_json)
    if as_json:
        _print_json(summary)


# Model -> design -> module of analysis.training and what its `train` takes besides data and seed. The first design is the default.
TRAININGS: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {
    "detector": {
        design: (module, {"checkpoints": CHECKPOINTS / "detector"})
        for design, module in (("svm", "detector"), ("context", "context_detector"))
    },
    "attributes": {
        "best": ("attributes", {"checkpoints": CHECKPOINTS / "attributes"}),
        "thesis": ("thesis_attributes", {"checkpoints": CHECKPOINTS / "attributes"}),
    },
    **{
        model: {design: (f"{model}s", {"design": design, "checkpoints": CHECKPOINTS / model}) for design in ("best", "thesis")}
        for model in ("film_genre", "track_genre", "poster_genre", "scene_emotion", "cover")
    },
    "score": {
        "best": ("scores", {"checkpoints": CHECKPOINTS / "score"}),
        **{design: ("score_published", {"design": design, "checkpoints": CHECKPOINTS / "score"}) for design in ("a", "b", "c")},
    },
    "score_mood": {"best": ("score_moods", {"checkpoints": CHECKPOINTS / "score_mood"})},
}


@app.command()
def train(
    models: Annotated[list[str], typer.Argument(metavar="MODEL...", help=f"{', '.join(TRAININGS)}.")],
    data: Annotated[
        Path,
        typer.Option(
            "--data",
            metavar="DIR",
            help="Labelled recordings, pictures or MIDI files (docs/training.md), tables or music/<genre>/, speech/, other/.",
        ),
    ],
    design: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="best, or thesis for the published design; detector: svm (the published one) or context; score: a, b or c (published).",
        ),
    ] = None,
    mix: Annotated[
        str | None,
        typer.Option(
            metavar="MOODS|FILE",
            help="score, published: what it learns from, as happy=0.6,sad=0.4, or a picture, by its emotions; default: all moods alike.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the split and of the training.")] = 0,
) -> None:
    """Train models, one after the other, from labelled recordings or pictures; writes their weights and cards."""
    for module, options in [_training(model, design, mix) for model in models]:  # every name is checked before the first is trained
        import_module(f"analysis.training.{module}").train(data, seed=seed, **options)


def _training(model: str, design: str | None, mix: str | None) -> tuple[str, dict[str, Any]]:
    from errors import InputError

    if model not in TRAININGS:
        raise InputError(f"unknown model {model!r}: choose {', '.join(TRAININGS)}")
    designs = TRAININGS[model]
    if design is not None and design not in designs:
        raise InputError(f"--design: {model} has no design {design!r}; choose {' or '.join(designs)}")
    module, options = designs[design or next(iter(designs))]
    if mix is None:
        return module, options
    if module != "score_published":
        raise InputError(f"--mix: only score with --design a, b or c takes it, not {model}")
    return module, options | {"mix": mix}


@app.command()
def tag(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Recordings, 3 s to hours, of any format.")],
    segments: Annotated[bool, typer.Option("--segments", help="Every stretch of music as well.")] = False,
    detector: DetectorOption = "svm",
    as_json: LinesOption = False,
) -> None:
    """What every model says of recordings: genre, film genres, album genre, energy, valence, danceability (docs/tagging.md)."""
    from analysis import decoding

    decoding.decoder()  # gets ready while the rest is loaded
    from analysis import tagging

    def ask(path: Path) -> tuple[dict[str, Any], list[Printed]]:
        tagged = tagging.tag(path, detector)
        tables: list[Printed] = [(str(path), ANSWER_COLUMNS, tagging.lines(tagged.answers))]
        if not segments:
            return tagged.answers, tables
        tables.append(("Music", tagging.SEGMENT_COLUMNS, tagging.segment_lines(tagged.segments)))
        return tagged.answers | {"segments": json.loads(tagged.segments.to_json(orient="records"))}, tables

    _answer(files, ask, as_json)


@app.command()
def poster(files: PicturesArgument, as_json: LinesOption = False) -> None:
    """Film genres of posters, with probabilities (docs/posters.md)."""
    from analysis import pictures, posters

    def ask(path: Path) -> tuple[dict[str, Any], list[Printed]]:
        answers = posters.describe(pictures.read(path), str(path))
        return answers, [(str(path), ANSWER_COLUMNS, posters.lines(answers))]

    _answer(files, ask, as_json)


@app.command()
def scene(files: PicturesArgument, as_json: LinesOption = False) -> None:
    """Emotion of pictures of scenes, with probabilities, valence and arousal (docs/scenes.md)."""
    from analysis import pictures, scenes

    def ask(path: Path) -> tuple[dict[str, Any], list[Printed]]:
        answers = scenes.describe(pictures.read(path), str(path))
        return answers, [(str(path), ANSWER_COLUMNS, scenes.lines(answers))]

    _answer(files, ask, as_json)


@app.command()
def cover(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recording, 3 s to hours, of any format.")],
    out: Annotated[Path, typer.Option("--out", metavar="PNG", help="Where the cover goes, 100 x 100; beside it one of 800 x 800.")],
    genre: Annotated[str | None, typer.Option(metavar="NAME", help="Genre of the cover; default: what the recording sounds like.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes another cover.")] = 0,
    count: Annotated[int, typer.Option(min=1, max=100, help="How many covers, of this seed and those after it.")] = 1,
    as_json: LinesOption = False,
) -> None:
    """New album covers for a recording (docs/covers.md)."""
    from analysis import covers, tagging

    covers.check(out, genre)  # before the recording is listened to
    answers = tagging.tag(file).answers
    for number in range(count):
        made = covers.for_recording(answers, seed + number, genre)
        path = out if count == 1 else out.with_stem(f"{out.stem}-{number + 1}")
        small, large = covers.save(made, path)
        if as_json:
            told = {"file": str(file), "cover": str(small), "large": str(large), "genre": made.genre, "seed": made.seed}
            typer.echo(json.dumps(told, ensure_ascii=False))
        else:
            _say(f"{small} and {large}: {made.genre}, seed {made.seed}")


@app.command()
def compose(
    out: Annotated[Path, typer.Option("--out", metavar="MID", help="Where the piece goes, as MIDI.")],
    movie: Annotated[str | None, typer.Option(metavar="NAME", help="For this film of the library.")] = None,
    library: Annotated[Path | None, typer.Option(metavar="DIR", help="The library of the film.")] = None,
    director: Annotated[str | None, typer.Option(metavar="NAME", help="Its director, where several films have the name.")] = None,
    segments: Annotated[str | None, typer.Option(metavar="N,N", help="Only for these segments of its music, from 1.")] = None,
    poster: Annotated[Path | None, typer.Option(metavar="FILE", help="For this poster.")] = None,
    scene: Annotated[Path | None, typer.Option(metavar="FILE", help="For this picture of a scene.")] = None,
    genre: Annotated[list[str] | None, typer.Option(metavar="NAME[=WEIGHT]", help="For a film genre; may be repeated.")] = None,
    mood: Annotated[
        list[str] | None, typer.Option(metavar="NAME[=WEIGHT]", help="happy, tense, sad or calm; may be repeated, and go with genres.")
    ] = None,
    wav: Annotated[Path | None, typer.Option(metavar="FILE", help="Its sound, as WAV.")] = None,
    ogg: Annotated[Path | None, typer.Option(metavar="FILE", help="Its sound, as OGG.")] = None,
    cover: Annotated[Path | None, typer.Option(metavar="PNG", help="An album cover for it, and beside it one of 800 x 800.")] = None,
    length: Annotated[float, typer.Option(help="Seconds, 10 to 300.")] = 60.0,
    seed: Annotated[int, typer.Option(help="Of the first candidate; the others have those after it.")] = 0,
    candidates: Annotated[int, typer.Option(help="How many are composed; the best match is kept. 1 to 32.")] = 8,
    tempo: Annotated[float | None, typer.Option(help="Beats a minute, in place of the source's.")] = None,
    energy: Annotated[float | None, typer.Option(help="0 to 1, in place of the source's.")] = None,
    valence: Annotated[float | None, typer.Option(help="0 (negative) to 1 (positive), in place of the source's.")] = None,
    danceability: Annotated[float | None, typer.Option(help="0 to 1, in place of the source's.")] = None,
    as_json: LinesOption = False,
) -> None:
    """Compose a piece that matches a film, a poster, a scene, a film genre or a mood (docs/composing.md)."""
    from analysis.composing import compose as composing
    from analysis.composing import delivery, matching, source

    composing.check(length, seed, candidates)
    delivery.check(out, wav=wav, ogg=ogg, cover=cover)
    profile = source.profile(
        movie=movie,
        library=None if library is None else _existing(library),
        director=director,
        segments=segments,
        poster=poster,
        scene=scene,
        genres=genre or (),
        moods=mood or (),
    )
    profile = source.changed(profile, tempo=tempo, energy=energy, valence=valence, danceability=danceability)
    with _progress("Composing", quiet=as_json) as advance, _hearing_ctrl_c() as stop_if_pressed:

        def tell(done: int, total: int, stage: str) -> None:
            advance(done, total, stage)
            stop_if_pressed()

        best, *_ = composing.compose(profile, seconds=length, seed=seed, count=candidates, progress=tell)
    files = delivery.save(best, out, wav=wav, ogg=ogg, cover=cover)
    if as_json:
        typer.echo(json.dumps(files | delivery.summary(best), ensure_ascii=False))
        return
    _say(", ".join(files.values()))
    title = f"Match {best.match.score:.0f} of 100, seed {best.seed}"
    _print_table(title, ("", "asked", "got", "match"), matching.lines(best.match))


@app.command()
def models(as_json: JsonOption = False) -> None:
    """Every model's card: task, data, held-out figures, size and hash."""
    from models import registry

    cards = registry.cards()
    if as_json:
        _print_json(cards)
        return
    columns = ("model", "classes", "accuracy", "macro-F1", "the ancestor's", "size", "version, sha256")
    _print_table("Models (figures on what they never met)", columns, map(_card_row, cards))


@app.command()
def serve(
    library: Annotated[list[Path], typer.Option("--library", metavar="DIR", help="Library to show.")],
    port: Annotated[int, typer.Option(help="Port of the dashboard.")] = 8050,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Show it in the web browser.")] = False,
) -> None:
    """Serve the dashboard on this machine."""
    from dashboard import server

    server.serve([_existing(folder).root for folder in library], host=host, port=port, open_browser=browser)


@app.command()
def benchmark(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]", help="features, film, memory, inference, many, tag, pictures, compose, imdb, dashboard or load; default: all."
        ),
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Real recordings and MIDI files (docs/training.md).")] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the figures the README quotes, on this machine, each against its baseline."""
    from benchmarks import run

    for result in run(name, data):
        if as_json:
            typer.echo(json.dumps(result, ensure_ascii=False))
        else:
            rows = [(figure, f"{value:,.4g}") for figure, value in result["figures"].items()]
            _print_table(f"{result['name']} (baseline: {result['baseline']})", ("figure", "value"), rows)


# --- jobs shared by commands ------------------------------------------------------------------------------------


def _answer(files: Iterable[Path], ask: Callable[[Path], tuple[dict[str, Any], list[Printed]]], as_json: bool) -> None:
    """Print what `ask` gives for each file, as JSON or as tables; a file that cannot be read does not stop the others."""
    from errors import LeitmotifError

    failed = False
    for path in files:
        try:
            answers, tables = ask(path)
        except LeitmotifError as error:
            failed = True
            if as_json:
                typer.echo(json.dumps({"file": str(path), "error": str(error)}, ensure_ascii=False))
            else:
                _complain(f"error: {error}")
            continue
        if as_json:
            typer.echo(json.dumps(answers | {"file": str(path)}, ensure_ascii=False))
        else:
            for title, columns, rows in tables:
                _print_table(title, columns, rows)
    raise typer.Exit(FAILED if failed else 0)


def _metadata_sources(library: Path, *, imdb_datasets: Path | None, pages: Path | None, offline: bool) -> list[Any]:
    """Sources in the order in which they are asked; what is not there is told before anything is written."""
    from analysis.files import sweep
    from analysis.locks import held
    from scrapers.fetch import Fetcher, LivePages
    from scrapers.imdb_datasets import ImdbDatasets, find
    from scrapers.saved_pages import SavedPages
    from scrapers.web_api import from_environment

    cache = library / "cache"
    fetcher = Fetcher(cache / "pages", offline=offline)
    sources: list[Any] = []
    if pages:
        saved = SavedPages(pages)
        for problem in saved.problems:
            _complain(f"left out: {problem}")
        sources.append(saved)
    if imdb_datasets:
        find(imdb_datasets)
        with held(library, "metadata"):  # an index may have to be built
            sweep(cache, depth=1)
            sources.append(ImdbDatasets(imdb_datasets, cache))
    # Services before live pages: they can find a film by its title, a page needs the film's id.
    return [*sources, *from_environment(fetcher), LivePages(fetcher)]


def _collect_metadata(
    movies: "list[MovieFile]",
    library: Path,
    sources: Iterable[Any] = (),
    chosen: "dict[tuple[str, str], str] | None" = None,
    *,
    quiet: bool = False,
) -> Any:
    """Ask the sources for every movie, store the records (also those of a run that is cut off) and what a person has to settle."""
    from analysis import dataset
    from analysis.decoding import promised_length
    from analysis.library import Library
    from analysis.pacing import Paced
    from analysis.spreadsheets import write_csv
    from scrapers import records, review
    from scrapers.metadata import Report, collect

    target = Library(library)
    target.prepare()
    report = Report()
    try:
        earlier = target.metadata()
    except LeitmotifError as error:
        earlier = {}
        _complain(f"warning: {str(error).partition(';')[0]}; it is kept as {target.set_aside_metadata()}, and every film is asked for anew")

    def store() -> None:
        merged = earlier | {(r["director_folder"], r["movie"]): r for r in report.records}
        target.write_metadata(list(merged.values()), records.table(merged.values()))

    def minutes(movie: "MovieFile") -> float | None:
        seconds = promised_length(movie.path)
        return seconds / 60 if seconds else None

    now_and_then = Paced(store)
    try:
        with _progress("Asking", quiet=quiet) as advance:
            decided = review.decided(earlier) | (chosen or {})
            for outcome in collect(movies, sources, runtime=minutes, decided=decided, earlier=earlier):
                for problem in report.add(outcome):
                    _complain(problem)
                advance(len(report.outcomes), len(movies), outcome.movie.movie)
                now_and_then()
    finally:
        store()
    if target.movies():
        dataset.write(target)
    to_settle = target.root / "review.csv"
    with target.writing():
        if report.unsettled:
            write_csv(review.table(report.unsettled), to_settle)
        else:
            to_settle.unlink(missing_ok=True)
    if not quiet:
        _print_table("Metadata", ("ended as", "movies"), [(ending, str(count)) for ending, count in report.counts.items()])
        if report.unsettled:
            _say(f"{len(report.unsettled)} to settle by hand: choose in {to_settle}, then run again with --review {to_settle}")
    return report


def _analyse(
    movies: "list[MovieFile]",
    folder: Path,
    *,
    track: int,
    detector: str = "svm",
    quiet: bool = False,
    workers: int | None = None,
    scheduler: str | None = None,
    shard: "Shard | None" = None,
) -> bool:
    """Analyse with a progress bar, refresh the dataset, sum up; True when some movie failed."""
    from analysis import decoding

    if not workers and not scheduler:
        decoding.decoder()  # gets ready while the rest is loaded
    from analysis import dataset, many
    from analysis.library import Library
    from analysis.pipeline import Options
    from errors import ClusterLost

    library = Library(folder)
    outcomes: list[Outcome] = []
    total = len(shard.members(movies)) if shard else len(movies)
    begun = time.monotonic()
    run = many.run(movies, library, Options(track, detector), way=many.way_of(workers, scheduler), shard=shard)
    try:
        with _progress("Listening", quiet=quiet) as advance, _hearing_ctrl_c() as stop_if_pressed:
            for outcome in run:
                outcomes.append(outcome)
                _tell(outcome)
                advance(len(outcomes), total, outcome.movie)
                stop_if_pressed()
    except (KeyboardInterrupt, ClusterLost) as error:
        run.close()
        dataset.write(library)
        lost = isinstance(error, ClusterLost)
        done = sum(outcome.status != "failed" for outcome in outcomes)
        why = f"error: {error}" if lost else "interrupted"
        _complain(f"{why}: {done} of {total} movies are done and kept; run the same command again to go on")
        raise typer.Exit(FAILED if lost else INTERRUPTED) from None
    dataset.write(library)
    if not quiet:
        _say(_sum_up(outcomes, time.monotonic() - begun))
    return any(outcome.status == "failed" for outcome in outcomes)


@contextmanager
def _hearing_ctrl_c() -> Iterator[Callable[[], None]]:
    """Hands out a function that raises KeyboardInterrupt if Ctrl-C was pressed.

    Pressed while native code calls back into Python, its exception is printed and lost: the run would go on to its end.
    """
    pressed = False

    def press(*_: object) -> None:
        nonlocal pressed
        pressed = True
        raise KeyboardInterrupt

    def stop_if_pressed() -> None:
        if pressed:
            raise KeyboardInterrupt

    if (before := signal.getsignal(signal.SIGINT)) is signal.SIG_IGN:  # as nohup wants it
        yield stop_if_pressed
        return
    signal.signal(signal.SIGINT, press)
    try:
        yield stop_if_pressed
    finally:
        signal.signal(signal.SIGINT, before)


def _tell(outcome: "Outcome") -> None:
    if outcome.status == "failed":
        _complain(f"failed: {outcome.reason}")
    for warning in outcome.warnings:
        _complain(f"warning: {outcome.path}: {warning}")


def _sum_up(outcomes: "list[Outcome]", took: float) -> str:
    counts = {status: sum(o.status == status for o in outcomes) for status in ("ok", "skipped", "failed")}
    heard = sum(o.duration for o in outcomes if o.status == "ok")
    text = ", ".join(f"{count} {status}" for status, count in counts.items())
    if not heard:
        return f"Movies: {text}"
    return f"Movies: {text}; {heard / 60:.0f} minutes of film in {took:.0f} s, {heard / took:.0f} times real time"


def _validate(
    library: Path, *, clips: Path | None, run: str | None, seed: int, detector: str = "svm", quiet: bool = False
) -> dict[str, Any]:
    from analysis.library import Library
    from analysis.validation import validate as compare

    summary = compare(Library(library), clips=clips, run=run, seed=seed, detector=detector)
    if not quiet:
        _say(f"Validation {summary['run']!r}: {summary['accuracy']:.0%} of the seconds are labelled right")
        _say(_agreement(summary["agreement"]))
        grades = [(attribute, *(str(count) for count in counts.values())) for attribute, counts in summary["grades"].items()]
        _print_table("Music segments", ("attribute", *next(iter(summary["grades"].values()))), grades)
    return summary


def _agreement(found: dict[str, Any]) -> str:
    """ "Stretches of music: 7 true, 6 found; both ends within 1 s: 4 (F1 0.62), within 3 s: 5 (F1 0.77)"."""
    within = ", ".join(
        f"within {tolerance} s: {by['both']['hits']} (F1 {by['both']['f1']:.2f})" for tolerance, by in found["within"].items()
    )
    return f"Stretches of music: {found['true']} true, {found['found']} found; both ends {within}"


def _existing(folder: Path) -> Any:
    from analysis.library import Library
    from errors import InputError

    if not folder.is_dir():
        raise InputError(f"{folder}: no such library; make one with `leitmotif analyse MOVIES --library {folder}` or `leitmotif demo`")
    return Library(folder)


def _has_screen() -> bool:
    """Whether a browser window can open: without a screen, a text browser would take over the terminal."""
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


# --- what is printed --------------------------------------------------------------------------------------------


def _say(text: str) -> None:
    typer.echo(text)


def _complain(text: str) -> None:
    typer.echo(text, err=True)


def _print_json(content: Any) -> None:
    typer.echo(json.dumps(content, indent=1, ensure_ascii=False))


def _print_table(title: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    Console(markup=False).print(table)  # a film may be called "[b]"


def _progress(title: str, *, quiet: bool = False) -> Any:
    """A context whose value is called with (done, total, what) and draws a bar on standard error."""
    from contextlib import contextmanager

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    @contextmanager
    def bar() -> Any:
        columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        with Progress(*columns, console=Console(stderr=True), disable=quiet) as drawn:
            task = drawn.add_task("", total=None)
            yield lambda done, total, what="": drawn.update(task, completed=done, total=total, description=what)

    return bar()


def _card_row(card: dict[str, Any]) -> tuple[str, ...]:
    published = [f"{value:.2f} {name.replace('_', ' ')}" for name, value in card["ancestor"]["figures"].items()]  # none of some
    figures = (f"{card['metrics']['accuracy']:.2f}", f"{card['metrics']['macro_f1']:.2f}", published[0] if published else "")
    weights = (f"{card['size_bytes'] / 1e6:.1f} MB", f"{card['version']}, {card['sha256'][:12]}")
    return (card["name"], str(len(card["classes"])), *figures, *weights)


if __name__ == "__main__":
    main()
