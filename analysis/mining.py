"""Mining the enhanced dataset: rank correlations, projections and decision surfaces (thesis, chapter 6).

A table of films is first encoded as numbers. Then `spearman` relates its columns, `project` lays the films out in a
plane, and `surface` divides that plane among directors, or other groups of films (`analysis.groups`).
"""

import unicodedata
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd

from analysis import groups
from errors import InputError
from models.labels import ATTRIBUTES, GENRES, ORDERED_ATTRIBUTES, SOUND_CLASSES

ENCODINGS = ("thesis", "sound")
SOUNDS = tuple(f"{name}_duration" for name in SOUND_CLASSES)
MUSIC = (*GENRES, *SOUNDS, *ORDERED_ATTRIBUTES)
METADATA = ("rating", "metascore", "countries", "year", "movie_genres")
FEATURES = ("music", "metadata", "both")
KERNELS = ("rbf", "linear", "poly")
MAIN_GENRE = 20.0  # percent of the music a genre must exceed to count in `music_genres`
MOST_ONE_HOT = 40  # of each kind (directors, composers, film genres, countries) the most frequent get a column of their own
FEWEST_FILMS = 3
MOST_LEARNT = 300  # films that a surface is learnt from
_MOST_FOLDS = 5
_MANY = 100  # films of a surface; from there on its grid is coarser and the machine stops after so many steps, for the sake of time
_STEPS, _STEPS_OF_MANY, _ITERATIONS_OF_MANY = 120, 60, 10_000
_EXACT_UP_TO = 8  # films on one side of a Mann-Whitney test, as in scipy
_RATING_SCALE = 10  # rating is out of 10, metascore out of 100
# What columns begin with that say who made a film, and that say its group: a map that is to tell groups apart must not know them.
_MAKERS = ("director: ", "composer: ")
_TOLD_BY = {"genre": ("movie_genres", "film genre: "), "decade": ("year",), "country": ("countries", "country: ")}

# The sets of directors whose surfaces the thesis shows (figures 35 to 37), each by words of their names.
THESIS_SETS = (
    ("Alfred Hitchcock", "Christopher Nolan", "Tim Burton", "Woody Allen"),
    ("Alfred Hitchcock", "Coen", "Peter Jackson", "Polanski"),
    ("Christopher Nolan", "Clint Eastwood", "Pedro Almodovar"),
)


@dataclass(frozen=True)
class Encoded:
    """Films as numbers.

    Attributes
    ----------
    numbers : one row per film, NaN where a value is not known
    films : movie of each row, and its group by each of `groups.GROUPINGS`, "" where that is not known
    words : what the integers 0, 1, 2, ... of a column stand for
    yes_no : columns that are 1 or 0 for "is so" and "is not so"
    filled : films whose metascore is their rating
    """

    numbers: pd.DataFrame
    films: pd.DataFrame
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    yes_no: frozenset[str] = frozenset()
    filled: int = 0

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(map(str, self.numbers.columns))

    def varies(self, column: str) -> bool:
        """Whether the films differ in a column."""
        return _varies(self.numbers[column])


def encode(dataset: pd.DataFrame, method: str = "thesis") -> Encoded:
    """Encode the enhanced dataset as numbers.

    Parameters
    ----------
    dataset : an enhanced dataset
    method : "thesis": rating and metascore on one scale of 0..100, an empty metascore filled with the rating, director,
        countries, film genres and the music genres over 20 % as an integer for each combination.
        "sound": nothing is filled; each frequent director, composer, film genre and country is a column of yes and no.

    In both, levels are 0, 1, 2, and films without music have none.
    """
    if method not in ENCODINGS:
        raise InputError(f"encoding {method!r} is not known; choose one of {', '.join(ENCODINGS)}")
    table = dataset.reset_index(drop=True)
    films = pd.concat([table["movie"], *(groups.of(table, by) for by in groups.GROUPINGS)], axis=1)
    numbers = table[["year", "rating", "metascore", *SOUNDS, *GENRES]].astype(float)
    numbers["rating"] *= _RATING_SCALE
    words: dict[str, tuple[str, ...]] = {}
    for attribute in ORDERED_ATTRIBUTES:
        words[attribute] = ATTRIBUTES[attribute]
        numbers[attribute] = table[attribute].map({level: float(i) for i, level in enumerate(words[attribute])})
    if method == "sound":
        yes_no = _one_hots(table)
        return Encoded(pd.concat([numbers, yes_no], axis=1), films, words, frozenset(yes_no.columns))
    filled = int((numbers["metascore"].isna() & numbers["rating"].notna()).sum())
    numbers["metascore"] = numbers["metascore"].fillna(numbers["rating"])
    for column in ("director", "countries", "movie_genres"):
        texts = table[column].str.replace(", ", " ")
        numbers[column], words[column] = _integers(texts.where(texts != ""))
    numbers["music_genres"], words["music_genres"] = _integers(main_genres(table))
    return Encoded(numbers, films, words, filled=filled)


def main_genres(dataset: pd.DataFrame) -> pd.Series:
    """The music genres with more than 20 % of a film's music, in one string; "none" if no genre has, NaN without music."""
    shares = dataset[list(GENRES)].to_numpy(float)
    combined = [" ".join(np.array(GENRES)[row > MAIN_GENRE]) or "none" for row in shares]
    return pd.Series(combined, index=dataset.index, dtype=object).where(shares.sum(axis=1) > 0)


def _integers(texts: pd.Series) -> tuple[pd.Series, tuple[str, ...]]:
    """Each different text as an integer, in alphabetical order; NaN stays."""
    categories = pd.Categorical(texts)
    codes = pd.Series(categories.codes, index=texts.index, dtype=float)
    return codes.where(codes >= 0), tuple(map(str, categories.categories))


def _varies(values: pd.Series) -> bool:
    return bool(values.min() < values.max())  # not so if all are missing


def _one_hots(table: pd.DataFrame) -> pd.DataFrame:
    # Directors and composers who work together are a group of their own.
    kinds = {by: groups.of(table, by).map(lambda name: [name] if name else []) for by in ("director", "composer")}
    kinds |= {"film genre": _listed(table["movie_genres"]), "country": _listed(table["countries"])}
    columns: dict[str, np.ndarray] = {}
    for kind, lists in kinds.items():
        counts = lists.explode().value_counts()
        # One film says nothing of a group, nor does a group that all films are in.
        frequent = counts[(counts > 1) & (counts < len(table))].index[:MOST_ONE_HOT]
        unknown = lists.map(len).to_numpy() == 0
        for value in frequent:
            is_so = np.fromiter((value in values for values in lists), float, len(lists))
            columns[f"{kind}: {value}"] = np.where(unknown, np.nan, is_so)
    return pd.DataFrame(columns, index=table.index)


def _listed(texts: pd.Series) -> pd.Series:
    return texts.map(lambda text: [part.strip() for part in text.split(",") if part.strip()])


# --- correlation ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Correlations:
    """Square tables, columns against columns: coefficient, two-sided p-value, and number of films that have both."""

    rho: pd.DataFrame
    p: pd.DataFrame
    n: pd.DataFrame
    yes_no: frozenset[str] = frozenset()

    @property
    def columns(self) -> list[str]:
        """Names of the columns, in order."""
        return list(map(str, self.rho.columns))

    def ordered(self, columns: list[str]) -> "Correlations":
        """The same with the columns in another order."""
        rho, p, n = (table.loc[columns, columns] for table in (self.rho, self.p, self.n))
        return Correlations(rho, p, n, self.yes_no)

    def name(self, one: str, other: str) -> str:
        """What the coefficient of two columns is called."""
        return ("rho", "rank-biserial r", "phi")[(one in self.yes_no) + (other in self.yes_no)]


def spearman(encoded: Encoded, columns: Sequence[str]) -> Correlations:
    """Pairwise rank correlation over the films that have both values; NaN with fewer than three or a constant column.

    Spearman's rho with the p-value of its t-distribution. A column of yes and no against numbers gives the rank-biserial
    correlation with the p-value of the Mann-Whitney test; two columns of yes and no give phi, which is their rho.
    """
    from scipy.special import stdtr

    missing = [column for column in columns if column not in encoded.columns]
    if missing:
        raise InputError(f"column {missing[0]!r} is not in this encoding; choose from {', '.join(encoded.columns[:8])} ...")
    values = encoded.numbers[list(columns)]
    known = values.notna().to_numpy(float)
    n = pd.DataFrame(known.T @ known, values.columns, values.columns).astype(int)
    rho = values.corr(method="spearman", min_periods=FEWEST_FILMS).clip(-1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = rho.abs() * np.sqrt((n - 2) / (1 - rho**2))
    p = pd.DataFrame(2 * stdtr(n - 2, -t), rho.index, rho.columns)
    yes_no = [column for column in columns if column in encoded.yes_no]
    for other in [column for column in columns if yes_no and column not in encoded.yes_no]:
        r, chance = _rank_biserials(values[yes_no], values[other])
        rho.loc[yes_no, other] = rho.loc[other, yes_no] = r
        p.loc[yes_no, other] = p.loc[other, yes_no] = chance
    return Correlations(rho, p.where(~np.eye(len(p), dtype=bool)), n, encoded.yes_no)


def rank_biserial(group: pd.Series, values: pd.Series) -> tuple[float, float]:
    """Rank-biserial correlation of a column of 1 and 0 with numbers, and the two-sided p-value of the Mann-Whitney test.

    It is the share of pairs in which the film inside the group has the higher value, less the share in which it has the
    lower. NaN if a side is empty or all values are equal.
    """
    from scipy.stats import mannwhitneyu

    known = group.notna() & values.notna()
    inside, outside = values[known & (group == 1)].to_numpy(float), values[known & (group == 0)].to_numpy(float)
    if min(len(inside), len(outside)) == 0 or known.sum() < FEWEST_FILMS or not _varies(values[known]):
        return np.nan, np.nan
    test = mannwhitneyu(inside, outside)
    return float(2 * test.statistic / (len(inside) * len(outside)) - 1), float(test.pvalue)


def _rank_biserials(columns: pd.DataFrame, values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """`rank_biserial` of many groups with the same numbers, which are ranked once for all groups that lack the same films."""
    from scipy.special import ndtr
    from scipy.stats import rankdata

    inside, known = columns.to_numpy(float) == 1, (columns.notna().to_numpy().T & values.notna().to_numpy()).T
    alike: dict[bytes, list[int]] = {}
    for i in range(columns.shape[1]):
        alike.setdefault(known[:, i].tobytes(), []).append(i)
    r, p = np.full((2, columns.shape[1]), np.nan)
    for members in alike.values():
        present = known[:, members[0]]
        numbers, of_group = values.to_numpy(float)[present], inside[present][:, members]
        ties = np.unique(numbers, return_counts=True)[1]
        one = of_group.sum(axis=0).astype(float)
        other = len(numbers) - one
        if len(numbers) < FEWEST_FILMS or len(ties) < 2:
            continue
        u = rankdata(numbers) @ of_group - one * (one + 1) / 2
        spread = np.sqrt(one * other / 12 * (len(numbers) + 1 - (ties**3 - ties).sum() / (len(numbers) * (len(numbers) - 1))))
        with np.errstate(divide="ignore", invalid="ignore"):
            r[members] = np.where(one * other > 0, 2 * u / (one * other) - 1, np.nan)
            p[members] = np.clip(2 * ndtr(-(np.abs(u - one * other / 2) - 0.5) / spread), 0, 1)
        if ties.max() == 1:  # without ties the test of a small group is exact
            for i in np.array(members)[np.minimum(one, other) <= _EXACT_UP_TO]:
                r[i], p[i] = rank_biserial(columns.iloc[:, i], values)
    return r, np.where(np.isnan(r), np.nan, p)


def clustered(rho: pd.DataFrame) -> list[str]:
    """The columns in an order that puts related ones beside each other (average linkage of 1 - |rho|)."""
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    if len(rho) < 3:
        return list(rho.columns)
    distance = 1 - rho.abs().fillna(0).to_numpy()
    np.fill_diagonal(distance, 0)
    order = leaves_list(linkage(squareform(distance, checks=False), "average", optimal_ordering=True))
    return [str(rho.columns[i]) for i in order]


def corrected(p: Iterable[float]) -> np.ndarray:
    """The p-values of many tests corrected for their number, 0..1; NaN stays and does not count as a test.

    Of the tests that have at most q, about the share q is expected to be found by accident: the false discovery rate of Y. Benjamini and
    Y. Hochberg, Controlling the false discovery rate, J. R. Statist. Soc. B 57 (1995) 289-300.
    """
    from scipy.stats import false_discovery_control

    q = np.array(p, float)
    tested = ~np.isnan(q)
    if tested.any():
        q[tested] = false_discovery_control(q[tested])
    return q


def strongest(correlations: Correlations, count: int | None = None) -> pd.DataFrame:
    """Every pair of columns once, the strongest first: one, other, name, rho, p, q, n. Pairs without a coefficient are left out.

    q is p `corrected` for all these pairs.
    """
    upper, names = np.triu_indices(len(correlations.rho), k=1), correlations.rho.columns
    pairs = pd.DataFrame({"one": names[upper[0]], "other": names[upper[1]]})
    pairs["name"] = [correlations.name(one, other) for one, other in zip(pairs["one"], pairs["other"], strict=True)]
    for statistic in ("rho", "p", "n"):
        pairs[statistic] = getattr(correlations, statistic).to_numpy()[upper]
    pairs = pairs.dropna(subset="rho")
    pairs.insert(pairs.columns.tolist().index("n"), "q", corrected(pairs["p"]))
    pairs = pairs.sort_values("rho", key=np.abs, ascending=False, kind="stable", ignore_index=True)
    return pairs if count is None else pairs.head(count)


# --- projection -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Projection:
    """Films in a plane.

    Attributes
    ----------
    points : movie, its groups (as `Encoded.films`), x, y of each film that has all features; the index is the row in the dataset
    axes : names of the two axes
    explained : share of the variance of its features that each axis keeps, 0..1
    loadings : feature, axis and loading, which is the correlation of the feature with the axis
    left_out : the films that lack a feature
    constant : features without variance, which were left out
    """

    points: pd.DataFrame
    axes: tuple[str, str]
    explained: tuple[float, float]
    loadings: pd.DataFrame
    left_out: pd.DataFrame
    constant: tuple[str, ...]


def feature_columns(encoded: Encoded, kind: str, by: str = "director") -> list[str]:
    """The columns of music or metadata; in the sound encoding metadata has a column for each film genre and country.

    Left out is what says who made a film, and what says its group: the genres of films that are grouped by genre.
    """
    if kind == "music":
        return list(MUSIC)
    columns = [*(column for column in METADATA if column in encoded.columns), *(c for c in encoded.columns if c in encoded.yes_no)]
    return [column for column in columns if not column.startswith((*_MAKERS, *_TOLD_BY.get(by, ())))]


def project(encoded: Encoded, features: str = "both", by: str = "director") -> Projection:
    """Principal components of standardised features.

    Parameters
    ----------
    encoded : the films
    features : "music" or "metadata" reduced to two axes, or "both": metadata reduced to one axis (x) and music to one (y)
    by : one of `groups.GROUPINGS`, the groups that are to be seen on the map; what says them is not a feature

    Raises
    ------
    InputError : fewer than three films have all features, or fewer features vary than there are axes
    """
    if features not in FEATURES:
        raise InputError(f"features {features!r} are not known; choose one of {', '.join(FEATURES)}")
    blocks = {kind: feature_columns(encoded, kind, by) for kind in (("metadata", "music") if features == "both" else (features,))}
    whole = encoded.numbers[[column for columns in blocks.values() for column in columns]].notna().all(axis=1)
    if whole.sum() < FEWEST_FILMS:
        raise InputError(f"{whole.sum()} of {len(whole)} films have all these features; a projection needs at least {FEWEST_FILMS}")
    axes, scores, explained, loadings, constant = [], [], [], [], []
    for kind, columns in blocks.items():
        values = encoded.numbers.loc[whole, columns]
        varying = [column for column in columns if _varies(values[column])]
        constant += [column for column in columns if column not in varying]
        names = [f"{kind} {i + 1}" for i in range(2 // len(blocks))]
        block = _components(values[varying], names)
        axes += names
        scores.append(block[0])
        explained += block[1]
        loadings.append(block[2])
    points = encoded.films[whole].copy()
    points[["x", "y"]] = np.hstack(scores)
    return Projection(
        points, (axes[0], axes[1]), (explained[0], explained[1]), pd.concat(loadings, ignore_index=True), encoded.films[~whole],
        tuple(constant),
    )  # fmt: skip


def _components(values: pd.DataFrame, names: list[str]) -> tuple[np.ndarray, list[float], pd.DataFrame]:
    """Scores (films, axes), explained shares, and the loadings as a long table."""
    from sklearn.decomposition import PCA

    if values.shape[1] < len(names):
        raise InputError(f"{names[0].split()[0]}: {values.shape[1]} features differ between the films; {len(names)} are needed")
    standard = ((values - values.mean()) / values.std(ddof=0)).to_numpy()
    pca = PCA(len(names), svd_solver="full")
    scores = pca.fit_transform(standard)
    # A component times its standard deviation is the correlation with the standardised features.
    correlation = pca.components_ * scores.std(axis=0)[:, None]
    long = [
        {"feature": feature, "axis": axis, "loading": float(correlation[i, j])}
        for i, axis in enumerate(names)
        for j, feature in enumerate(values.columns)
    ]
    return scores, pca.explained_variance_ratio_.tolist(), pd.DataFrame(long)


# --- decision surface -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Surface:
    """Whose film each place of the plane would be.

    Attributes
    ----------
    points : the chosen groups' films on the plane that it was learnt from
    films : how many films the groups have on the plane
    by : the column of the points that says a film's group
    groups : the groups, in the order `regions` counts them
    x, y : coordinates of the grid
    regions : (len(y), len(x)) index of the group predicted there
    accuracy : share of films whose group was predicted right by a model that had not seen them, 0..1; None if some
        group has too few films
    right : how many films of each group were
    interval : 95 % (Wilson) interval of the accuracy
    chance : accuracy of always naming the group with the most films
    folds : folds of the cross-validation
    too_few : groups with one film only
    """

    points: pd.DataFrame
    films: int
    by: str
    groups: tuple[str, ...]
    x: np.ndarray
    y: np.ndarray
    regions: np.ndarray
    accuracy: float | None
    right: tuple[int, ...]
    interval: tuple[float, float] | None
    chance: float
    folds: int
    too_few: tuple[str, ...]


def surface(
    points: pd.DataFrame, chosen: Iterable[str], kernel: str = "rbf", c: float = 1.0, steps: int | None = None, by: str = "director"
) -> Surface:  # fmt: skip
    """Train a support vector machine to tell groups of films by their place, and ask it all over the plane.

    Of more than MOST_LEARNT films so many are drawn, from each group in proportion, but no fewer than five of those that have them.

    Parameters
    ----------
    points : films with x, y and a column of that grouping
    chosen : the groups to tell apart; those without a film among the points are left out, and so are films of no known group
    kernel : one of KERNELS
    c : the penalty of errors, > 0
    steps : places along each side of the grid; None for as many as are computed fast
    by : one of `groups.GROUPINGS`

    Raises
    ------
    InputError : fewer than two of the groups have films here, or a parameter is out of range
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    if kernel not in KERNELS or not (np.isfinite(c) and c > 0):
        raise InputError(f"kernel {kernel!r} with C = {c} cannot be used; choose one of {', '.join(KERNELS)} and C above 0")
    wanted = set(chosen) - {groups.OF_NOBODY}
    points = points[points[by].isin(wanted)]
    films = len(points)
    points = _drawn(points, by)
    counts = points[by].value_counts()
    if len(counts) < 2:
        raise InputError(f"{len(counts)} of {len(wanted)} chosen {groups.PLURALS[by]} have films on this map; a surface needs at least two")
    names = tuple(sorted(counts.index))
    places, owner = points[["x", "y"]].to_numpy(), points[by].map(names.index).to_numpy()
    many = len(points) > _MANY
    machine = make_pipeline(StandardScaler(), SVC(kernel=kernel, C=c, max_iter=_ITERATIONS_OF_MANY if many else -1))
    x, y = (_span(places[:, i], steps or (_STEPS_OF_MANY if many else _STEPS)) for i in (0, 1))
    folds, accuracy, right = int(min(_MOST_FOLDS, counts.min())), None, np.zeros(len(names), int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # that it stopped
        regions = machine.fit(places, owner).predict(np.array(np.meshgrid(x, y)).reshape(2, -1).T).reshape(len(y), len(x))
        if folds > 1:
            unseen = cross_val_predict(machine, places, owner, cv=StratifiedKFold(folds, shuffle=True, random_state=0))
            right = np.bincount(owner[unseen == owner], minlength=len(names))
            accuracy = float((unseen == owner).mean())
    return Surface(
        points=points,
        films=films,
        by=by,
        groups=names,
        x=x,
        y=y,
        regions=regions,
        accuracy=accuracy,
        right=tuple(map(int, right)),
        interval=None if accuracy is None else wilson(accuracy, len(points)),
        chance=float(counts.max() / len(points)),
        folds=folds,
        too_few=tuple(sorted(counts[counts < 2].index)),
    )


def _drawn(points: pd.DataFrame, by: str) -> pd.DataFrame:
    """As many films as a surface is learnt from, in their order; the same whenever they are drawn."""
    share = MOST_LEARNT / max(len(points), 1)
    if share >= 1:
        return points
    counts = points[by].value_counts().to_dict()
    wanted = {name: max(round(n * share), min(n, _MOST_FOLDS)) for name, n in counts.items()}
    shuffled = points.sample(frac=1, random_state=0)
    return shuffled[shuffled.groupby(by).cumcount() < shuffled[by].map(wanted)].sort_index()


def _span(values: np.ndarray, steps: int) -> np.ndarray:
    room = (np.ptp(values) or 1.0) * 0.08
    return np.linspace(values.min() - room, values.max() + room, steps)


def wilson(share: float, n: int) -> tuple[float, float]:
    """95 % interval of a share of n trials (Wilson's score interval)."""
    z = 1.959964
    centre, half = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return float((centre - half) / (1 + z * z / n)), float((centre + half) / (1 + z * z / n))


def thesis_sets(directors: Iterable[str]) -> list[list[str]]:
    """The thesis' sets of directors, as far as all of a set are in the library, by the library's names.

    A name is found if it has all the words, whatever its accents: "Pedro Almodóvar", "Roman Polanski", "Joel Coen".
    """
    words = {name: set(_plain(name).split()) for name in sorted(set(directors))}
    found = []
    for members in THESIS_SETS:
        matches = [[name for name in words if set(_plain(member).split()) <= words[name]] for member in members]
        if all(matches):
            found.append([name for match in matches for name in match])
    return found


@lru_cache(maxsize=1 << 14)
def _plain(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()
