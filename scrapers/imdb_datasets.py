"""IMDb's dataset files as a source: a compact index of their movies, built once and kept while the files are unchanged.

The files hold everything IMDb knows (12 million titles); the index keeps movies only. It is a folder of three tables:
movies.parquet (one row per movie, ordered by id), keys.parquet (hash of a title's key -> row) and blocks.parquet
(hash of a word, or of a key's begin or end -> row, for titles that are spelt differently). Format of the files:
tabs between fields, no quoting (a quote is a quote), `\\N` for what is unknown; https://developer.imdb.com/non-commercial-datasets/
"""

import array
import gzip
import json
import os
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from errors import DataError, InputError
from scrapers import matching, titles, values
from scrapers.sources import Answer, Candidate, Query

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

MOVIE_TYPES = ("movie", "tvMovie")  # films of full length, for the cinema and for television
CAST_SIZE = 15
COLUMNS = {
    "title.basics": ("tconst", "titleType", "primaryTitle", "originalTitle", "startYear", "runtimeMinutes", "genres"),
    "title.ratings": ("tconst", "averageRating"),
    "title.crew": ("tconst", "directors"),
    "title.principals": ("tconst", "ordering", "nconst", "category"),
    "name.basics": ("nconst", "primaryName"),
    "title.akas": ("titleId", "title"),
}
LAYOUT = 1  # raised when the index's own layout, or titles.key, changes
MEMORY = "800MB"  # for DuckDB, which spills to disk beyond it
BATCH = 50_000  # rows folded at a time
LONGEST = 500  # characters of a title or name that are kept; the longest real ones have about 250
MAX_PEOPLE = 1_000  # of one movie and one kind
# What a .gz may become: IMDb's files grow five- to sixfold. One that swells further is no list of films but a bomb.
MAX_GROWTH, ALWAYS_FINE = 40, 64 << 20
ENDS = 5  # letters of a key's begin and end
SIMILAR_ROWS = 1_500  # titles compared letter by letter when none has the key
SIMILAR_KEPT = 10
SIMILAR_LEAST = 60  # percent of likeness
OWN, MAIN, ELSEWHERE = range(3)  # kinds of a key: a movie's own title, the same without subtitle, a title in some country


# --- the source ---------------------------------------------------------------------------------------------------


class ImdbDatasets:
    """Movies out of IMDb's dataset files.

    Parameters
    ----------
    folder : holds title.basics.tsv or .tsv.gz; title.ratings, title.crew, title.principals, name.basics and title.akas
        where present. Fields of absent files stay empty.
    cache : where the index is kept

    Raises
    ------
    InputError : no such folder, or no title.basics in it
    DataError : a file is damaged or lacks a column; file and line or column are named
    """

    name = "IMDb dataset files"

    def __init__(self, folder: Path, cache: Path) -> None:
        files = find(folder)
        self.index = Index(build(files, cache))
        self._when = datetime.fromtimestamp(files["title.basics"].stat().st_mtime, UTC).isoformat(timespec="seconds")

    def lookup(self, query: Query) -> Answer:
        """The movie with the query's id; without one, the clear winner among the titles."""
        if query.imdb_id:
            row = self.index.row(query.imdb_id)
            if row is not None:
                return Answer("ok", self.index.fields(row), self.name, self._when)
            reason = f"{query.imdb_id} is not among the movies of IMDb's dataset files (a series or a short, or newer than the files)"
            return Answer("not_found", {}, self.name, self._when, reason)
        choice = self.index.find(query)
        row = self.index.row(choice.best.imdb_id) if choice.best else None
        known = {} if row is None else self.index.fields(row)
        return Answer(choice.status, known, self.name, self._when, choice.reason, choice.candidates)


def find(folder: Path) -> dict[str, Path]:
    """The dataset files of a folder by their name without ending. Raises InputError where there are none, or too many."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; name the one with IMDb's title.basics.tsv.gz (see docs/metadata.md)")
    found = {}
    for name in COLUMNS:
        files = [path for path in sorted(folder.glob(f"{name}*")) if path.name.endswith((".tsv", ".tsv.gz")) and path.is_file()]
        usual = [path for ending in (".tsv.gz", ".tsv") if (path := folder / (name + ending)) in files]
        if len(files) > 1 and not usual:
            raise InputError(f"{folder}: several files could be {name} ({', '.join(path.name for path in files)}); keep one")
        if files:
            found[name] = (usual or files)[0]
    if "title.basics" not in found:
        raise InputError(f"{folder}: holds no title.basics.tsv.gz; download it from https://datasets.imdbws.com/ (see docs/metadata.md)")
    return found


# --- the index, in use --------------------------------------------------------------------------------------------


class Index:
    """A built index, held in memory: about 200 bytes per movie."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._movies = self._read("movies", ["id", "title", "original", "fold", "year", "runtime", "director"])
        self._ids = self._movies["id"].to_numpy()
        keys = self._read("keys", None)
        self._keys, self._key_rows, self._kinds = (keys[name].to_numpy() for name in ("hash", "row", "kind"))
        blocks = self._read("blocks", None)
        self._blocks, self._block_rows = (blocks[name].to_numpy() for name in ("hash", "row"))

    def _read(self, name: str, columns: list[str] | None) -> "pa.Table":
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self._folder / f"{name}.parquet"
        try:
            return pq.read_table(path, columns=columns).combine_chunks()
        except (OSError, pa.ArrowException) as error:
            raise DataError(f"{path}: cannot be read ({error}); remove the folder {self._folder}, it will be built again") from error

    def __len__(self) -> int:
        return len(self._ids)

    def row(self, imdb_id: str) -> int | None:
        """The row of a movie."""
        number = int(imdb_id.removeprefix("tt"))
        row = int(np.searchsorted(self._ids, number))
        return row if row < len(self._ids) and self._ids[row] == number else None

    def candidate(self, row: int) -> Candidate:
        """What is known of a movie that its match depends on."""
        [candidate] = self._candidates({row: ()})
        return candidate

    def find(self, query: Query) -> matching.Choice:
        """The clear winner, or candidates: titles with the same key first, similar ones when none of those is taken."""
        same_key = self._same_key(query)
        scored = self._scored(query, same_key)
        if max((score for score, _ in scored), default=0.0) < matching.THRESHOLD:
            scored += self._scored(query, {row: () for row in self._similar(query) if row not in same_key})
        return matching.decide(query, scored)

    def fields(self, row: int) -> dict[str, Any]:
        """A movie's record fields, those that the files fill."""
        [known] = self._details.slice(row, 1).to_pylist()
        return values.clean(
            {
                "imdb_id": _imdb_id(known["id"]),
                "other_title": known["original"],
                "year": known["year"],
                "runtime": known["runtime"],
                "rating": known["rating"],
                "genres": known["genres"].split(","),
                "director": known["director"].split(", "),
                "cast": known["cast"],
            }
        )

    @cached_property
    def _details(self) -> "pa.Table":
        return self._read("movies", ["id", "original", "year", "runtime", "rating", "genres", "director", "cast"])

    def _scored(self, query: Query, rows: dict[int, tuple[str, ...]]) -> list[tuple[float, Candidate]]:
        return [(matching.score(query, candidate), candidate) for candidate in self._candidates(rows)]

    def _candidates(self, rows: dict[int, tuple[str, ...]]) -> list[Candidate]:
        """Candidates of these rows; each row is mapped to the titles it has elsewhere."""
        table = self._movies.take(np.fromiter(rows, np.int64, len(rows))).to_pylist()
        return [
            Candidate(
                _imdb_id(movie["id"]), movie["title"], movie["year"], movie["director"], movie["runtime"],
                original=movie["original"], other_titles=elsewhere,
            )
            for movie, elsewhere in zip(table, rows.values(), strict=True)
        ]  # fmt: skip

    def _same_key(self, query: Query) -> dict[int, tuple[str, ...]]:
        """Rows of movies that have one of the query's titles, or one of its main titles."""
        rows: dict[int, tuple[str, ...]] = {}
        for title in (query.title, *query.other_titles):
            for asked in dict.fromkeys((titles.key(title), titles.key(titles.main_title(title)))):
                hashed = np.frombuffer(_digest(asked), "<u8")[0]
                span = slice(np.searchsorted(self._keys, hashed), np.searchsorted(self._keys, hashed, "right"))
                for row, kind in zip(self._key_rows[span].tolist(), self._kinds[span].tolist(), strict=True):
                    rows[row] = (*rows.get(row, ()), title) if kind == ELSEWHERE else rows.get(row, ())
        return rows

    def _similar(self, query: Query) -> list[int]:
        """Rows whose title is spelt most like one of the query's, among those that share a rare word or an end with it."""
        from rapidfuzz import fuzz, process

        found: list[int] = []
        for title in (query.title, *query.other_titles):
            folded = titles.fold(title)
            blocks = np.array(_blocks(folded), np.uint32)
            spans = zip(np.searchsorted(self._blocks, blocks), np.searchsorted(self._blocks, blocks, "right"), strict=True)
            rows = np.empty(0, np.uint32)
            for start, end in sorted(spans, key=lambda span: span[1] - span[0]):
                if len(rows) and len(rows) + end - start > SIMILAR_ROWS:
                    break
                rows = np.union1d(rows, self._block_rows[start : min(end, start + SIMILAR_ROWS)])
            folds = self._movies["fold"].take(rows.astype(np.int64)).to_pylist()
            alike = process.extract(folded, folds, scorer=fuzz.ratio, limit=SIMILAR_KEPT, score_cutoff=SIMILAR_LEAST)
            found += [int(rows[place]) for _, _, place in alike]
        return found


def _imdb_id(number: int) -> str:
    return f"tt{number:07d}"


def _digest(key: str) -> bytes:
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _blocks(folded: str) -> list[int]:
    """Hashes of a title's words and of the begin and end of its key."""
    key = titles.folded_key(folded)
    words = [word for word in folded.split() if len(word) > 1]
    return [zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in dict.fromkeys([*words, f"^{key[:ENDS]}", f"{key[-ENDS:]}$"])]


# --- the index, being built ---------------------------------------------------------------------------------------


class _Hashes(NamedTuple):
    """Growing columns of keys.parquet and blocks.parquet; arrays, for lists of as many numbers would not fit."""

    keys: bytearray
    key_rows: "array.array[int]"
    kinds: bytearray
    blocks: "array.array[int]"
    block_rows: "array.array[int]"

    def add(self, key: str, row: int, kind: int) -> None:
        self.keys.extend(_digest(key))
        self.key_rows.append(row)
        self.kinds.append(kind)


def build(files: dict[str, Path], cache: Path) -> Path:
    """Folder of an index of these files below `cache`; built when there is none, or when a file's size or time changed."""
    folder = cache / "imdb-index"
    state = {"layout": LAYOUT, "files": {name: [str(path.resolve()), *_stamp(path)] for name, path in files.items()}}
    if _state(folder) == state:
        return folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=cache))
    except OSError as error:
        raise InputError(f"{cache}: cannot be written ({error.strerror}); choose another --library") from error
    try:
        _write_index(files, partial)
        (partial / "index.json").write_text(json.dumps(state), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(partial, folder)
    except OSError as error:
        raise InputError(f"{cache}: the index of IMDb's files cannot be written ({error.strerror or error}); free space") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def _stamp(path: Path) -> tuple[int, int]:
    return path.stat().st_size, path.stat().st_mtime_ns


def _state(folder: Path) -> Any:
    try:
        return json.loads((folder / "index.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _write_index(files: dict[str, Path], folder: Path) -> None:
    import duckdb

    hashes = _Hashes(bytearray(), array.array("I"), bytearray(), array.array("I"), array.array("I"))
    try:
        with duckdb.connect(":memory:") as database:
            database.execute(f"SET memory_limit = '{MEMORY}'")
            database.execute(f"SET temp_directory = '{_quoted(folder / 'spill')}'")
            database.execute("SET preserve_insertion_order = false")
            _load_movies(database, files)
            _write_movies(database, folder / "movies.parquet", hashes, files["title.basics"])
            if "title.akas" in files:
                _add_akas(database, files["title.akas"], hashes)
    except duckdb.Error as error:
        raise DataError(
            f"{files['title.basics'].parent}: IMDb's files cannot be joined ({_explain(str(error))}); download them again"
        ) from error
    shutil.rmtree(folder / "spill", ignore_errors=True)
    _write_hashes(hashes, folder)


def _load_movies(database: "duckdb.DuckDBPyConnection", files: dict[str, Path]) -> None:
    """Tables `movies`, `ratings`, `directors` and `casts`; those of absent files are empty. Ids are kept as their numbers."""
    database.execute("CREATE MACRO number(id) AS CAST(substr(id, 3) AS BIGINT)")
    kinds = ", ".join(f"'{kind}'" for kind in MOVIE_TYPES)
    _load(
        database, files, "title.basics", "basics",
        f"""SELECT number(tconst) AS id, left(primaryTitle, {LONGEST}) AS title,
            left(coalesce(originalTitle, primaryTitle), {LONGEST}) AS original,
            CAST(startYear AS INTEGER) AS year, CAST(runtimeMinutes AS INTEGER) AS runtime, left(genres, {LONGEST}) AS genres
            FROM source WHERE titleType IN ({kinds}) AND primaryTitle IS NOT NULL""",
    )  # fmt: skip
    if doubles := database.execute("SELECT id FROM basics GROUP BY id HAVING count(*) > 1 LIMIT 1").fetchall():
        raise DataError(f"{files['title.basics']}: lists {_imdb_id(doubles[0][0])} more than once; download it again")
    # Ordered by id, so that an id is found by halving.
    database.execute("CREATE TABLE movies AS SELECT *, row_number() OVER (ORDER BY id) - 1 AS row FROM basics; DROP TABLE basics")
    _load(
        database, files, "title.ratings", "ratings",
        """SELECT number(tconst) AS id, max(CAST(averageRating AS DOUBLE)) AS rating
            FROM source SEMI JOIN movies ON number(tconst) = movies.id GROUP BY ALL""",
        "id BIGINT, rating DOUBLE",
    )  # fmt: skip
    _load(
        database, files, "title.crew", "crew",
        """SELECT id, number(unnest(directors)) AS person, generate_subscripts(directors, 1) AS place
            FROM (SELECT number(tconst) AS id, string_split(directors, ',') AS directors FROM source WHERE directors IS NOT NULL)
            SEMI JOIN movies USING (id)""",
        "id BIGINT, person BIGINT, place INTEGER",
    )  # fmt: skip
    _load(
        database, files, "title.principals", "principals",
        """SELECT number(tconst) AS id, number(nconst) AS person, CAST(ordering AS INTEGER) AS place, category = 'director' AS directs
            FROM source SEMI JOIN movies ON number(tconst) = movies.id WHERE category IN ('actor', 'actress', 'self', 'director')""",
        "id BIGINT, person BIGINT, place INTEGER, directs BOOLEAN",
    )  # fmt: skip
    database.execute("CREATE TABLE needed AS SELECT person FROM crew UNION SELECT person FROM principals")
    _load(
        database, files, "name.basics", "people",
        f"""SELECT number(nconst) AS person, left(primaryName, {LONGEST}) AS name
            FROM source SEMI JOIN needed ON number(nconst) = needed.person WHERE primaryName IS NOT NULL""",
        "person BIGINT, name VARCHAR",
    )  # fmt: skip
    named = f"SELECT id, list(name ORDER BY place)[:{MAX_PEOPLE}] AS names FROM {{}} JOIN people USING (person) {{}} GROUP BY id"
    source = ("crew", "") if "title.crew" in files else ("principals", "WHERE directs")
    database.execute(f"CREATE TABLE directors AS {named.format(*source)}")
    database.execute(f"CREATE TABLE casts AS {named.format('principals', 'WHERE NOT directs')}")
    database.execute("DROP TABLE crew; DROP TABLE principals; DROP TABLE needed; DROP TABLE people")


def _load(database: "duckdb.DuckDBPyConnection", files: dict[str, Path], name: str, table: str, select: str, columns: str = "") -> None:
    """Create `table` by a SELECT from a dataset file, named `source` in it; without the file it is empty and has these columns."""
    if name not in files:
        database.execute(f"CREATE TABLE {table} ({columns})")
        return
    with _source(files[name], COLUMNS[name]) as source:
        database.execute(f"CREATE TABLE {table} AS WITH source AS ({source}) {select}")


def _write_movies(database: "duckdb.DuckDBPyConnection", path: Path, hashes: _Hashes, basics: Path) -> None:
    """Write movies.parquet with folded titles, and collect their keys and blocks; `basics` stands in the error."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    joined = database.sql(
        f"""SELECT row, id, title, CASE WHEN original = title THEN '' ELSE original END AS original, year, runtime,
            coalesce(genres, '') AS genres, rating, coalesce(array_to_string(directors.names, ', '), '') AS director,
            casts.names[1:{CAST_SIZE}] AS "cast"
        FROM movies LEFT JOIN ratings USING (id) LEFT JOIN directors USING (id) LEFT JOIN casts USING (id) ORDER BY row"""
    )
    reader = joined.to_arrow_reader(BATCH)
    writer = None
    for batch in reader:
        folds = []
        for row, title, original in zip(*(batch.column(name).to_pylist() for name in ("row", "title", "original")), strict=True):
            folds.append(titles.fold(title))
            _hash_titles(hashes, row, title, folds[-1], original)
        table = pa.Table.from_batches([batch]).drop_columns("row").append_column("fold", pa.array(folds, pa.string()))
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    if writer is None:
        raise DataError(f"{basics}: holds no movies (titleType movie or tvMovie); download it from https://datasets.imdbws.com/ again")
    writer.close()


def _hash_titles(hashes: _Hashes, row: int, title: str, folded: str, original: str) -> None:
    blocks = _blocks(folded)
    own = {titles.folded_key(folded): OWN}
    if original:
        other = titles.fold(original)
        own.setdefault(titles.folded_key(other), OWN)
        blocks += _blocks(other)
    for name in (title, original):
        if name and (main := titles.main_title(name)) != name:
            own.setdefault(titles.key(main), MAIN)
    for key, kind in own.items():
        hashes.add(key, row, kind)
    hashes.blocks.extend(blocks)
    hashes.block_rows.extend([row] * len(blocks))


def _add_akas(database: "duckdb.DuckDBPyConnection", path: Path, hashes: _Hashes) -> None:
    """Keys of the titles that movies have elsewhere; they are found when spelt right, not when only similar."""
    with _source(path, COLUMNS["title.akas"]) as source:
        database.execute(
            f"""CREATE TABLE akas AS SELECT DISTINCT row, left(akas.title, {LONGEST}) AS title
            FROM ({source}) AS akas JOIN movies ON movies.id = number(titleId)
            WHERE akas.title IS NOT NULL AND akas.title <> movies.title AND akas.title <> movies.original"""
        )
    for batch in database.sql("SELECT row, title FROM akas").to_arrow_reader(BATCH):
        for row, title in zip(batch.column("row").to_pylist(), batch.column("title").to_pylist(), strict=True):
            hashes.add(titles.key(title), row, ELSEWHERE)


def _write_hashes(hashes: _Hashes, folder: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    for name, columns in {
        "keys": {
            "hash": np.frombuffer(hashes.keys, "<u8"),
            "row": np.frombuffer(hashes.key_rows, np.uint32),
            "kind": np.frombuffer(hashes.kinds, np.uint8),
        },
        "blocks": {"hash": np.frombuffer(hashes.blocks, np.uint32), "row": np.frombuffer(hashes.block_rows, np.uint32)},
    }.items():
        order = np.argsort(columns["hash"], kind="stable")
        pq.write_table(pa.table({field: values[order] for field, values in columns.items()}), folder / f"{name}.parquet")


# --- the files ----------------------------------------------------------------------------------------------------


@contextmanager
def _source(path: Path, required: tuple[str, ...]) -> Iterator[str]:
    """A FROM-able query of one dataset file; what is wrong with the file becomes a DataError that names the place."""
    import duckdb

    header = _header(path)
    if missing := [column for column in required if column not in header]:
        raise DataError(f"{path}: line 1: has no column {', '.join(missing)} (it has {', '.join(header)[:200]}); download it again")
    _check_whole(path)
    columns = ", ".join(f"'{_quoted(column)}': 'VARCHAR'" for column in header)
    try:
        yield (
            f"SELECT {', '.join(required)} FROM read_csv('{_quoted(path)}', delim = '\t', quote = '', escape = '', nullstr = '\\N', "
            f"header = true, auto_detect = false, columns = {{{columns}}})"
        )
    except duckdb.Error as error:
        raise DataError(f"{path}: {_explain(str(error))}; download it again") from error


def _header(path: Path) -> list[str]:
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
            line = stream.readline(10_000)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read ({error}); download it again") from error
    try:
        return line.decode("utf-8-sig").rstrip("\r\n").split("\t")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: line 1: is not UTF-8; download it again") from error


def _check_whole(path: Path) -> None:
    """A .gz whose download stopped, or that was altered, is found by its length and checksum."""
    if path.suffix != ".gz":
        return
    most = max(ALWAYS_FINE, MAX_GROWTH * path.stat().st_size)
    try:
        with gzip.open(path, "rb") as stream:
            while stream.read(1 << 20):
                if stream.tell() > most:
                    raise DataError(f"{path}: swells to more than {MAX_GROWTH} times its size, as IMDb's files do not; download it again")
    except EOFError as error:
        raise DataError(f"{path}: ends too early, as when a download stopped; download it again") from error
    except (OSError, zlib.error) as error:
        raise DataError(f"{path}: is damaged ({error}); download it again") from error


def _explain(message: str) -> str:
    """One line of what DuckDB says: the line of the file, and what is wrong there."""
    line = re.search(r"Line: (\d+)", message)
    place = f"line {line[1]}: " if line else ""
    if "unicode" in message.lower():
        return f"{place}is not UTF-8"
    if count := re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message):
        return f"{place}has {count[2]} fields, expected {count[1]}"
    return place + (message.splitlines() or ["cannot be read"])[0][:300]


def _quoted(text: str | Path) -> str:
    return str(text).replace("'", "''")
