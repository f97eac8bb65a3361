"""Twelve million titles of IMDb: the index of its movies and ten thousand look-ups, beside pandas' plain read."""

import csv
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks import Result
from benchmarks.process import measure

ROWS = 12_000_000
LOOKUPS = 10_000
CACHE = Path(".bench")
WORDS = 40_000  # of titles; few are frequent, most are rare
SIMILAR_SHARE = 0.1  # of the look-ups are spelt wrong
UNKNOWN_SHARE = 0.05  # are not there


def imdb(data: Path | None) -> Result:
    """Time and memory of the index over a title.basics of 12 million rows, of 10,000 look-ups, and of pandas' reading alone.

    The file is generated in IMDb's exact format (compressed, as IMDb publishes it); `data` is not used.
    """
    path = _build()
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        built = measure(_index, path, Path(folder))
        looked = measure(_look_up, path, Path(folder))
    baseline = measure(_pandas, path)
    figures = {
        "rows": float(ROWS),
        "movies": float(looked.value["movies"]),
        "index_seconds": built.seconds,
        "index_peak_gigabytes": built.peak_bytes / 1e9,
        "index_megabytes": built.value / 1e6,
        "lookups": float(LOOKUPS),
        "open_seconds": looked.value["open"],
        "lookup_seconds": looked.value["seconds"],
        "lookup_peak_gigabytes": looked.peak_bytes / 1e9,
        "lookups_taken": float(looked.value["ok"]),
        "lookups_wrong": float(looked.value["wrong"]),
        "lookups_ambiguous": float(looked.value["ambiguous"]),
        "baseline_seconds": baseline.seconds,
        "baseline_peak_gigabytes": baseline.peak_bytes / 1e9,
        "ratio": baseline.seconds / built.seconds,
    }
    return Result(name="imdb", figures=figures, baseline="pandas.read_csv of the same file, without an index or a look-up")


def _index(path: Path, cache: Path) -> int:
    from scrapers.imdb_datasets import build

    folder = build({"title.basics": path}, cache)
    return sum(file.stat().st_size for file in folder.iterdir())


def _look_up(path: Path, cache: Path) -> dict[str, float]:
    """Ask for movies drawn from the index, by title and year; some misspelt, some that do not exist."""
    from scrapers.imdb_datasets import ImdbDatasets
    from scrapers.sources import Query

    begun = time.perf_counter()
    source = ImdbDatasets(path.parent, cache)
    opened = time.perf_counter() - begun
    random = np.random.default_rng(0)
    asked = []
    for row in random.integers(len(source.index), size=LOOKUPS).tolist():
        movie = source.index.candidate(row)
        title, kind = movie.title, random.random()
        if kind < SIMILAR_SHARE:
            place = int(random.integers(len(title)))
            title = title[:place] + title[place + 1 :]
        elif kind < SIMILAR_SHARE + UNKNOWN_SHARE:
            title = f"{title[::-1]} Xyzzy"
        asked.append((movie.imdb_id, Query(title, movie.year)))
    begun = time.perf_counter()
    answers = [(imdb_id, source.lookup(query)) for imdb_id, query in asked]
    seconds = time.perf_counter() - begun
    return {
        "movies": len(source.index),
        "open": opened,
        "seconds": seconds,
        "ok": sum(answer.status == "ok" for _, answer in answers),
        "wrong": sum(answer.status == "ok" and answer.known["imdb_id"] != imdb_id for imdb_id, answer in answers),
        "ambiguous": sum(answer.status == "ambiguous" for _, answer in answers),
    }


def _pandas(path: Path) -> int:
    import pandas as pd

    return len(pd.read_csv(path, sep="\t", quoting=csv.QUOTE_NONE, na_values="\\N", low_memory=False))


# --- the file -----------------------------------------------------------------------------------------------------


def _build() -> Path:
    """title.basics.tsv.gz with 12 million rows; built once."""
    path = CACHE / "imdb-12m" / "title.basics.tsv.gz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"partial-{path.name}")
        measure(generate, partial, ROWS)
        partial.rename(path)
    return path


def generate(path: Path, rows: int) -> None:
    """Write made-up titles in IMDb's format: the shares of its types, quotes and commas in titles, `\\N`, other alphabets.

    Parameters
    ----------
    path : to be written, compressed when it ends in .gz
    rows : without the header
    """
    import duckdb

    with duckdb.connect(":memory:") as database:
        database.execute("CREATE TABLE words AS SELECT unnest($1) AS word, generate_subscripts($1, 1) - 1 AS number", [_words()])
        database.execute("CREATE TABLE list AS SELECT list(word ORDER BY number) AS words FROM words")
        # Dice are hashes of the row and a number, so that the file is the same every time.
        database.execute("CREATE MACRO dice(i, n, sides) AS CAST(hash(i * 64 + n) % CAST(sides AS UBIGINT) AS BIGINT)")
        # Cubed: few words are frequent, most are rare.
        database.execute(f"CREATE MACRO rare(i, n) AS CAST(floor({WORDS} * pow(dice(i, n, 100003) / 100003, 3)) AS BIGINT)")
        database.execute("CREATE MACRO word(i, n) AS (SELECT words FROM list)[1 + rare(i, n)]")
        compression = "gzip" if path.suffix == ".gz" else "none"
        database.execute(
            f"""COPY (SELECT printf('tt%07d', i) AS tconst, kind AS "titleType", title AS "primaryTitle",
                CASE WHEN dice(i, 9, 20) = 0 THEN word(i, 10) || ' ' || word(i, 11) ELSE title END AS "originalTitle",
                CASE WHEN dice(i, 12, 40) = 0 THEN '1' ELSE '0' END AS "isAdult",
                CASE WHEN dice(i, 13, 8) = 0 THEN '\\N' ELSE CAST(1910 + dice(i, 14, 115) AS VARCHAR) END AS "startYear",
                '\\N' AS "endYear",
                CASE WHEN dice(i, 15, 3) = 0 THEN '\\N' ELSE CAST(40 + dice(i, 16, 120) AS VARCHAR) END AS "runtimeMinutes",
                CASE dice(i, 17, 5) WHEN 0 THEN '\\N' WHEN 1 THEN 'Drama' WHEN 2 THEN 'Comedy,Drama' WHEN 3 THEN 'Documentary'
                    ELSE 'Action,Crime,Thriller' END AS genres
            FROM (SELECT i, CASE WHEN t < 750 THEN 'tvEpisode' WHEN t < 840 THEN 'short' WHEN t < 900 THEN 'movie' WHEN t < 925 THEN 'video'
                    WHEN t < 949 THEN 'tvSeries' WHEN t < 962 THEN 'tvMovie' WHEN t < 968 THEN 'tvMiniSeries' WHEN t < 973 THEN 'tvSpecial'
                    ELSE 'tvEpisode' END AS kind,
                CASE dice(i, 1, 12) WHEN 0 THEN word(i, 2) WHEN 1 THEN '"' || word(i, 2) || '"' || ' ' || word(i, 3)
                    WHEN 2 THEN word(i, 2) || ', ' || word(i, 3) || ' & ' || word(i, 4)
                    WHEN 3 THEN 'The ' || word(i, 2) || ' of the ' || word(i, 3) || ': Part ' || CAST(1 + dice(i, 4, 5) AS VARCHAR)
                    WHEN 4 THEN '"' || word(i, 2) || ' ' || word(i, 3)
                    ELSE word(i, 2) || ' ' || word(i, 3) || ' ' || word(i, 4)
                        || CASE WHEN dice(i, 5, 3) > 0 THEN ' ' || word(i, 6) ELSE '' END
                    END AS title
                FROM (SELECT i, dice(i, 0, 1000) AS t FROM range(1, {rows + 1}) AS numbers(i)))
            ) TO '{path}' (FORMAT csv, DELIMITER '\t', QUOTE '', ESCAPE '', HEADER true, COMPRESSION {compression})"""
        )


def _words() -> list[str]:
    """Made-up words, some with accents or in another alphabet."""
    random = np.random.default_rng(1)
    beginnings = "B D F G K L M N P R S T V W Br Cl Dr Gr Sh St Th Tr".split()
    vowels = "a e i o u a e i o é ü ou".split()
    endings = "n r s t l m nd rk st lly ner ra na d ck".split()
    words = ["the", "of", "a", "in", "and", "to", "O'Neill", "don't", "Дом", "夜"]
    while len(words) < WORDS:
        syllables = int(random.integers(1, 4))
        words.append(random.choice(beginnings) + "".join(random.choice(vowels) + random.choice(endings) for _ in range(syllables)))
    return [word.capitalize() if place > 9 else word for place, word in enumerate(words)]
