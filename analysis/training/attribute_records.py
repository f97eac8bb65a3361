"""What is known of each recording of music: its level of energy, valence and danceability, and its genre.

Every attribute is first a value in 0..1 and then one of three levels by the thirds of the 2020 thesis. The sets say
different things of their recordings, so each has its own rule:

quadrants   a sign: the energetic (Q1, Q2) have energy 1 and the calm (Q3, Q4) 0; the pleasant (Q1, Q4) have valence 1 and
            the unpleasant (Q2, Q3) 0. Clips on which the annotations agree too little (quadrant_share < SURE) have neither.
            A sign can say low or high, never medium.
excerpts    arousal and valence in -10..10, scaled to 0..1.
emotify     listeners' votes: of those for arousing and for calming feelings, the share that is arousing is energy; of those
            for pleasant and for unpleasant feelings, the share that is pleasant is valence. See `_emotify_annotations` for which
            votes are about which recording.
film_scores nothing.

Danceability has no human label: see `danceability_values`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.audio import SAMPLE_RATE
from analysis.danceability import MIN_SECONDS, danceability, to_published_scale
from analysis.training.datasets import read_table
from data import hyper_genre
from errors import DataError
from models.labels import GENRES

SURE = 0.6  # quadrant_share from which a quadrant is believed
LOW_BELOW, HIGH_ABOVE = 0.33, 0.66
AROUSING, CALMING = ("power", "joyful_activation", "tension"), ("calmness", "tenderness", "sadness")
PLEASANT, UNPLEASANT = ("joyful_activation", "tenderness", "calmness"), ("tension", "sadness")
# AllMusic files metal, punk, indie and charts alike under this one; a clip that has it is given no genre.
AMBIGUOUS_GENRE = "Pop/Rock"
COLUMNS = ["path", "source", "group", "genre", "energy", "valence", "moods", "styles"]


def recordings(data: Path) -> pd.DataFrame:
    """Every recording of music below a data folder.

    Returns
    -------
    DataFrame with path, source (the set's name), group (artist, film or file: what must not be on both sides of a split),
    genre ("" where unknown), energy and valence (0..1, NaN where unknown), moods and styles (AllMusic's, joined by "; ", "" where
    unknown)
    """
    tables = {"quadrants": _quadrants, "excerpts": _excerpts, "emotify": _emotify, "film_scores": _film_scores}
    rows = pd.concat([read(data).assign(source=source) for source, read in tables.items()], ignore_index=True)
    return rows.assign(group=rows["source"] + ":" + rows["group"]).fillna({"moods": "", "styles": ""})[COLUMNS]


def levels(values: np.ndarray) -> np.ndarray:
    """Level of each value in 0..1 as an index: [0, 0.33) is 0, [0.33, 0.66] is 1, (0.66, 1] is 2, and NaN is -1."""
    index = (values >= LOW_BELOW).astype(int) + (values > HIGH_ABOVE)
    return np.where(np.isnan(values), -1, index)


def genre_classes(names: Sequence[str]) -> np.ndarray:
    """Index of each genre in models.labels.GENRES, -1 for ""."""
    return np.array([GENRES.index(name) if name else -1 for name in names])


def raw_danceability(rows: pd.DataFrame, signals: Mapping[Path, np.ndarray]) -> np.ndarray:
    """Danceability by a teacher (no person was asked), see analysis.danceability.danceability [shape=(len(rows),)].

    A recording that has no signal, or one shorter than 10 s, gets NaN.
    """
    return np.array(
        [danceability(signals[path]) if len(signals.get(path, ())) >= MIN_SECONDS * SAMPLE_RATE else np.nan for path in rows["path"]]
    )


def danceability_values(rows: pd.DataFrame, raw: np.ndarray, data: Path) -> np.ndarray:
    """The teacher's danceability on the scale and with the distribution by genre of Spotify's tables.

    Parameters
    ----------
    rows : see `recordings`
    raw : np.ndarray [shape=(len(rows),)] see `raw_danceability`; NaN stays NaN
    data : folder with metadata/music_genre.csv.zip and metadata/spotify_songs.csv.gz

    Returns
    -------
    np.ndarray [shape=(len(rows),), float64] in 0..1
    """
    values, known = np.full(len(rows), np.nan), ~np.isnan(raw)
    if known.any():
        values[known] = to_published_scale(raw[known], rows["genre"].to_numpy()[known], published_danceability(data))
    return values


def teacher_by_genre(rows: pd.DataFrame, raw: np.ndarray, data: Path) -> dict[str, Any]:
    """A card's table: the teacher's median by genre before it is mapped, beside that of the published tracks, and how they agree."""
    from scipy.stats import spearmanr

    published, genres = published_danceability(data), rows["genre"].to_numpy()
    found = []
    for genre, tracks in sorted(published.items(), key=lambda pair: float(np.median(pair[1]))):
        ours = raw[(genres == genre) & ~np.isnan(raw)]
        if len(ours):
            found.append([genre, round(float(np.median(tracks)), 3), len(tracks), round(float(np.median(ours)), 3), len(ours)])
    agreement = float(spearmanr([row[1] for row in found], [row[3] for row in found]).statistic) if len(found) > 2 else float("nan")
    return {
        "title": f"Teacher and published tracks by genre: rank correlation {agreement:.2f} over {len(found)} genres",
        "columns": ["genre", "published, median", "tracks", "teacher, median", "recordings"],
        "rows": found,
    }


def published_danceability(data: Path) -> dict[str, np.ndarray]:
    """Danceability (0..1) of published tracks by genre, from both of Spotify's tables; genres without a track are left out."""
    tracks = [
        _tracks(data / "metadata" / "music_genre.csv.zip", "music_genre"),
        _tracks(data / "metadata" / "spotify_songs.csv.gz", "playlist_genre"),
    ]
    return {str(genre): found["danceability"].to_numpy() for genre, found in pd.concat(tracks).groupby("genre") if genre}


def _tracks(path: Path, genre_column: str) -> pd.DataFrame:
    if not path.is_file():
        raise DataError(f"{path}: no such table; the danceability teacher needs it for its scale")
    rows = pd.read_csv(path, usecols=[genre_column, "danceability"]).dropna()
    return pd.DataFrame({"genre": [hyper_genre(name) for name in rows[genre_column]], "danceability": rows["danceability"]})


def _quadrants(data: Path) -> pd.DataFrame:
    rows = read_table(data, "quadrants", ("artist", "quadrant", "quadrant_share", "moods", "genres"))
    sure = rows["quadrant_share"] >= SURE
    return pd.DataFrame(
        {
            "path": rows["path"],
            "group": rows["artist"],
            "genre": [_only_genre(tags.split("; ")) for tags in rows["genres"]],
            "energy": rows["quadrant"].isin(["Q1", "Q2"]).astype(float).where(sure),
            "valence": rows["quadrant"].isin(["Q1", "Q4"]).astype(float).where(sure),
            "moods": rows["moods"].fillna(""),
            "styles": rows["genres"].fillna(""),
        }
    )


def _only_genre(tags: Sequence[str]) -> str:
    """The genre all tags that have one agree on; "" if they do not, or one of them is ambiguous."""
    genres = {hyper_genre(tag) for tag in tags} - {""}
    return genres.pop() if len(genres) == 1 and AMBIGUOUS_GENRE not in tags else ""


def _excerpts(data: Path) -> pd.DataFrame:
    rows = read_table(data, "excerpts", ("genre", "arousal", "valence"))
    scaled = (rows[["arousal", "valence"]].astype(float) + 10) / 20
    return pd.DataFrame(
        {
            "path": rows["path"],
            "group": rows["file"],
            "genre": [hyper_genre(name) for name in rows["genre"]],
            "energy": scaled["arousal"].clip(0, 1),
            "valence": scaled["valence"].clip(0, 1),
        }
    )


def _emotify(data: Path) -> pd.DataFrame:
    rows = read_table(data, "emotify", ("genre", *{*AROUSING, *CALMING, *PLEASANT, *UNPLEASANT}))
    genres, annotations = _emotify_annotations(rows)
    return pd.DataFrame(
        {
            "path": rows["path"],
            "group": rows["file"],
            "genre": [hyper_genre(name) for name in genres],
            "energy": _share(annotations, AROUSING, CALMING).to_numpy(),
            "valence": _share(annotations, PLEASANT, UNPLEASANT).to_numpy(),
        }
    )


def _emotify_annotations(rows: pd.DataFrame) -> tuple[list[str], pd.DataFrame]:
    """The genre of each Emotify recording, and the row of votes that is about it (NaN where the table lacks it).

    Emotify numbers its tracks by hundreds of one genre: classical, rock, electronic, pop. Its recordings come in folders by
    genre, and numbered folder by folder they are in alphabetical order: classical, electronic, pop, rock. Number 101 of the
    annotations is then another piece than recording 101. A table in alphabetical order is taken as it is.

    Measured: arousal predicted by a regression trained on the other sets agrees with the votes for number 101 to 400 by a rank
    correlation of 0 without this correction, and of 0.6 to 0.7 within each genre with it.
    """
    numbers = pd.to_numeric(rows["file"].str.extract(r"(\d+)\.\w+$")[0])
    hundreds, places = (numbers - 1) // 100, (numbers - 1) % 100
    annotated = rows["genre"].groupby(hundreds).first()  # genre of each hundred of the annotations
    if numbers.isna().any() or (hundreds.map(annotated) != rows["genre"]).any():
        raise DataError(f"{rows['path'].iloc[0].parent}: Emotify's files must be numbered by hundreds of one genre")
    recorded = pd.Series(sorted(annotated), annotated.index)  # and of the recordings
    genres = hundreds.map(recorded)
    numbers_of_votes = 1 + 100 * genres.map({genre: hundred for hundred, genre in annotated.items()}) + places
    return genres.tolist(), rows.set_index(numbers).reindex(numbers_of_votes)


def _share(rows: pd.DataFrame, towards: Sequence[str], away: Sequence[str]) -> pd.Series:
    """Votes towards, as a share of the votes towards and away; NaN where there is neither."""
    votes = rows[list(towards)].sum(axis=1)
    return votes / (votes + rows[list(away)].sum(axis=1)).replace(0, np.nan)


def _film_scores(data: Path) -> pd.DataFrame:
    rows = read_table(data, "film_scores", ("film_key",))
    return pd.DataFrame({"path": rows["path"], "group": rows["film_key"], "genre": "", "energy": np.nan, "valence": np.nan})
