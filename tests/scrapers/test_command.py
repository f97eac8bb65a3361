"""`leitmotif metadata` as a user runs it, with a network that cannot be touched."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli import app
from scrapers import metadata

BASICS = """tconst titleType primaryTitle originalTitle isAdult startYear endYear runtimeMinutes genres
tt0026029 movie The_39_Steps The_39_Steps 0 1935 \\N 86 Crime,Mystery
tt0025452 movie The_Man_Who_Knew_Too_Much The_Man_Who_Knew_Too_Much 0 1934 \\N 75 Crime
tt0049470 movie The_Man_Who_Knew_Too_Much The_Man_Who_Knew_Too_Much 0 1956 \\N 120 Drama
tt0060268 movie =Cul-de-sac =Cul-de-sac 0 1966 \\N 113 \\N
"""
NAMES = (
    "Alfred Hitchcock/The.39.Steps.1935.1080p.BluRay.x264-GRP.mkv", "Alfred Hitchcock/The Man Who Knew Too Much.avi",
    "Polanski/=Cul de Sac.mkv", "Polanski/<script>alert(1)<.mkv",
)  # fmt: skip


@pytest.fixture
def run(tmp_path: Path, no_network: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in NAMES:
        path = tmp_path / "films" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "imdb").mkdir()
    (tmp_path / "imdb/title.basics.tsv").write_text(BASICS.replace(" ", "\t").replace("_", " "))
    monkeypatch.delenv("OMDB_API_KEY", raising=False)
    monkeypatch.delenv("TMDB_API_KEY", raising=False)

    def run(*options: object) -> Result:
        arguments = ["metadata", tmp_path / "films", "--library", tmp_path / "library", "--offline", *options]
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return run


def counts(result: Result) -> dict[str, int]:
    return json.loads(result.stdout)["counts"]


def review_rows(library: Path) -> list[dict[str, str]]:
    with (library / "review.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_from_the_first_run_to_the_last_choice(run: Any, tmp_path: Path) -> None:
    library = tmp_path / "library"
    first = run("--imdb-datasets", tmp_path / "imdb")
    assert first.exit_code == 0, first.output
    assert "2 to settle by hand" in first.stdout
    records = {record["movie"]: record for record in json.loads((library / "metadata.json").read_text())}
    assert records["=Cul de Sac"]["imdb_id"] == "tt0060268"
    assert records["The.39.Steps.1935.1080p.BluRay.x264-GRP"]["runtime"] == 86
    assert "\n'=Cul de Sac,tt0060268" in (library / "metadata.csv").read_text()

    rows = review_rows(library)
    assert [row["imdb_id"] for row in rows] == ["tt0025452", "tt0049470", ""]
    rows[1]["choose"], rows[2]["choose"] = "x", "none"
    with (library / "review.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    second = run("--imdb-datasets", tmp_path / "imdb", "--review", library / "review.csv", "--json")
    assert counts(second) == {"ok": 3, "ambiguous": 0, "not_found": 1, "blocked": 0, "failed": 0}
    assert not (library / "review.csv").exists()

    third = run("--json")  # neither files nor choices are given again
    assert counts(third) == counts(second)
    [chosen] = [r for r in json.loads((library / "metadata.json").read_text()) if r["movie"] == "The Man Who Knew Too Much"]
    assert (chosen["imdb_id"], chosen["year"]) == ("tt0049470", 1956)
    assert chosen["sources"]["year"]["source"] == "IMDb dataset files"


def test_an_interrupted_run_keeps_what_it_has(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    collect = metadata.collect

    def interrupted(*arguments: Any, **options: Any) -> Any:
        outcomes = collect(*arguments, **options)
        yield next(outcomes)
        yield next(outcomes)
        raise KeyboardInterrupt

    monkeypatch.setattr(metadata, "collect", interrupted)
    assert run("--imdb-datasets", tmp_path / "imdb").exit_code != 0
    assert len(json.loads((tmp_path / "library/metadata.json").read_text())) == 1
    assert not (tmp_path / "library/review.csv").exists()
    monkeypatch.setattr(metadata, "collect", collect)
    assert counts(run("--imdb-datasets", tmp_path / "imdb", "--json"))["ok"] == 2


def test_a_failure_is_told_and_exits_1(run: Any, tmp_path: Path) -> None:
    (tmp_path / "films/Polanski/=Cul de Sac.json").write_text("{")
    result = run()
    assert result.exit_code == 1
    assert "=Cul de Sac.json: is not readable JSON" in result.stderr


@pytest.mark.parametrize("option", ["--imdb-datasets", "--pages", "--review"])
def test_what_is_not_there_is_named_before_anything_is_written(run: Any, tmp_path: Path, option: str) -> None:
    result = run(option, tmp_path / "nowhere")
    assert "nowhere: no such f" in str(result.exception)
    assert not (tmp_path / "library").exists()


@pytest.mark.parametrize("content", ["", "{", "3", '[{"movie": "of nobody"}]', "[3]"])
def test_damaged_records_are_set_aside_and_made_anew(run: Any, tmp_path: Path, content: str) -> None:
    library = tmp_path / "library"
    run("--imdb-datasets", tmp_path / "imdb")
    whole = (library / "metadata.json").read_bytes()
    (library / "metadata.json").write_text(content)
    again = run("--imdb-datasets", tmp_path / "imdb")
    assert again.exit_code == 0, again.output
    [warning] = [line for line in again.stderr.splitlines() if line.startswith("warning: ")]
    assert "metadata.json: " in warning and "metadata.damaged.json, and every film is asked for anew" in warning
    assert (library / "metadata.json").read_bytes() == whole
    assert (library / "metadata.damaged.json").read_text() == content
