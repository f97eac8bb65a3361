"""Who made it? Whether the director or the composer of a film can be told from its music and from what is known of it.

Each film is left out once, and its maker guessed from the others' films: regularised least squares on the makers as columns of 1 and 0
(kernel ridge regression; R. Rifkin, "Everything old is new again", 2002), the largest answer taken. For it the answers to left-out films
follow from one matrix (its diagonal: leave-one-out identity), so that a thousand shuffles of the makers cost one product each.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import groups, items, mining
from analysis.aggregation import SHARE_NAMES
from analysis.dataset import MEANS
from errors import InputError

MAKERS = ("director", "composer")
FEATURES = ("music", "metadata", "both")
FEWEST_FILMS = 3
MOST_MAKERS, MOST_FILMS = 20, 12  # told apart, and of each: beyond, a whole library would take minutes and tell no more
PERMUTATIONS = 1000
LEVEL = 0.05  # of p over the three sets of features, at which makers are said to be told
REPEATS = 20  # shuffles of a feature to see what it is worth
RIDGE = 1.0  # against kernels whose mean diagonal is 1: as much trust in the prior as in one film
_NAMED = 3  # makers with the most films, where too few have enough
_BLOCKS = {"genre": "music genre"}  # where the attribute's name could mean something else
_NUMBERS = ("year", "rating", "metascore", "runtime")


@dataclass(frozen=True)
class Importance:
    """What a feature or a block of features is worth: how much worse left-out films are told when it is shuffled among the films.

    drop : mean fall of the accuracy, in 0..1
    deviation : of the drop, over the shuffles
    margin : mean fall of the margin between the right maker's answer and the best other one; tells more than accuracy of few films
    """

    feature: str
    drop: float
    deviation: float
    margin: float

    @property
    def sure(self) -> bool:
        """Whether nearly every shuffle tells fewer films; of a feature that says nothing, its true order would be one more shuffle."""
        return self.drop > 2 * self.deviation


@dataclass(frozen=True)
class Answer:
    """How well the makers are told from one set of features.

    features : one of FEATURES
    told : the maker each film was taken for, in the order of `Report.films_of`
    accuracy : share of the films told right, 0..1; balanced: the mean over the makers
    interval : of the accuracy, 95 % (Wilson)
    shuffled : mean accuracy with makers shuffled; shuffled_high: its 95th percentile
    p : share of the shuffles that do at least as well
    importances : the most important first
    """

    features: str
    told: tuple[str, ...]
    accuracy: float
    balanced: float
    interval: tuple[float, float]
    shuffled: float
    shuffled_high: float
    p: float
    importances: tuple[Importance, ...]

    @property
    def sure(self) -> bool:
        """Whether it is better than chance at LEVEL, of which each of the sets of features that are tried has its part."""
        return self.p < LEVEL / len(FEATURES)


@dataclass(frozen=True)
class Report:
    """Who can be told.

    by : "director" or "composer"
    makers : name -> number of films, the most first; of more than MOST_FILMS as many are drawn
    films_of : movie, director and maker of each film that was asked
    baseline : accuracy of always naming the maker with the most films; who does not know the film that is left out names them no oftener
    left_out : makers with too few films; too_many : those beyond the first MOST_MAKERS
    not_drawn : films of the makers beyond MOST_FILMS of each
    answers : one for each of FEATURES
    """

    by: str
    makers: dict[str, int]
    films_of: pd.DataFrame
    baseline: float
    left_out: int
    too_many: int
    not_drawn: int
    answers: tuple[Answer, ...]

    @property
    def films(self) -> int:
        """How many films were asked."""
        return len(self.films_of)


def tell(
    table: pd.DataFrame, by: str = "director", fewest: int = FEWEST_FILMS, *, permutations: int = PERMUTATIONS, seed: int = 0
) -> Report:
    """Guess the maker of every film of those who made several, from music, from metadata and from both.

    Films without music are not asked, nor more than MOST_MAKERS makers and MOST_FILMS films of each. The other maker, cast and titles are
    no features: who works together once does so again.

    Parameters
    ----------
    table : an enhanced dataset
    by : "director" or "composer"
    fewest : films a maker needs, at least 2

    Raises
    ------
    InputError : there is no such maker, `fewest` is too small, or fewer than two makers have as many films
    """
    if by not in MAKERS:
        raise InputError(f"by {by!r}: choose {' or '.join(MAKERS)}")
    if fewest < 2:
        raise InputError(f"fewest = {fewest}: a maker whose film is left out needs another one; ask for 2 or more")
    table = table[table["segments"] > 0].reset_index(drop=True)
    maker = groups.of(table, by)
    sizes = groups.sizes(maker)
    enough = sizes[sizes >= fewest]
    if len(enough) < 2:
        raise InputError(_too_few(sizes, by, fewest))
    chosen = enough.head(MOST_MAKERS).clip(upper=MOST_FILMS)
    drawn = table.sample(frac=1, random_state=seed).groupby(maker, sort=False).head(MOST_FILMS).index
    asked = table[maker.isin(chosen.index) & table.index.isin(drawn)].reset_index(drop=True)
    owner = pd.Categorical(groups.of(asked, by), categories=list(chosen.index))
    codes = np.asarray(owner.codes, int)
    blocks = features(asked)
    return Report(
        by=by,
        makers={str(name): int(count) for name, count in chosen.items()},
        films_of=asked[["movie", "director"]].assign(maker=list(owner)),
        baseline=float(chosen.max() / len(asked)),
        left_out=int((sizes < fewest).sum()),
        too_many=len(enough) - len(chosen),
        not_drawn=int(enough[chosen.index].sum() - chosen.sum()),
        answers=tuple(_answer(name, blocks, codes, list(chosen.index), permutations, seed) for name in FEATURES),
    )


def _too_few(sizes: pd.Series, by: str, fewest: int) -> str:
    if sizes.empty:
        return f"no {by} of a film with music is known; name them in JSON files beside the films and run leitmotif metadata"
    most = ", ".join(f"{name} ({count})" for name, count in sizes.head(_NAMED).items())
    return f"fewer than two {groups.PLURALS[by]} have {fewest} films with music here, the most {most}; analyse more films of theirs"


# --- features -----------------------------------------------------------------------------------------------------


def features(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Standardised features of the music and of the metadata; what is not known is the mean, what does not vary is left out.

    A column's name is "block: feature"; blocks are what importances are told of.
    """
    music: dict[str, pd.Series] = {}
    for attribute, names in SHARE_NAMES.items():
        block = _BLOCKS.get(attribute, attribute)
        music |= {f"{block}: {name}": table[name] for name in names}
        if f"{attribute}_mean" in MEANS:
            music[f"{block}: mean"] = table[f"{attribute}_mean"]
    music |= {f"share of music: {name}": table[name] for name in mining.SOUNDS}
    music |= {f"{name}: {name}": table[name] for name in ("beat", "loudness")}
    music["tempo: tempo"] = table["tempo"].where(table["tempo"] > 0).astype(float).map(np.log2)
    metadata: dict[str, pd.Series] = {f"{name}: {name}": table[name] for name in _NUMBERS}
    for block, kind in (("film genres", "metadata:film_genre"), ("countries", "metadata:country")):
        metadata |= {f"{block}: {str(name).rpartition(':')[2]}": is_so for name, is_so in items.one_hots(table, kind).items()}
    return {"music": _standard(music), "metadata": _standard(metadata)}


def _standard(columns: Mapping[str, pd.Series]) -> pd.DataFrame:
    values = pd.DataFrame({name: column.astype(float) for name, column in columns.items()})
    values = values.loc[:, values.min() < values.max()]
    return ((values - values.mean()) / values.std(ddof=0)).fillna(0.0)


# --- leaving one film out -----------------------------------------------------------------------------------------


def smoother(likeness: np.ndarray, ridge: float = RIDGE) -> np.ndarray:
    """The matrix that makes fitted answers of the makers' columns: regularised least squares with an intercept that is not regularised.

    Parameters
    ----------
    likeness : np.ndarray [shape=(n, n)], a kernel
    """
    n = len(likeness)
    inverse = np.linalg.inv(likeness + ridge * np.eye(n))
    ones = inverse.sum(axis=1)
    projected = inverse - np.outer(ones, ones) / ones.sum()
    return np.eye(n) - ridge * projected


def left_out(fit: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Answers to each film by a machine that has not seen it [shape=(n, makers)]: exact for a linear smoother of this kind.

    Parameters
    ----------
    fit : of `smoother`
    columns : np.ndarray [shape=(n, makers)] 1 where the maker made the film, else 0
    """
    own = np.diag(fit)[:, None]
    return (fit @ columns - own * columns) / (1 - own)


def _answer(name: str, blocks: Mapping[str, pd.DataFrame], codes: np.ndarray, makers: list[str], permutations: int, seed: int) -> Answer:
    rng = np.random.default_rng(seed)
    used = blocks if name == "both" else {name: blocks[name]}
    kernels = {kind: _kernels(values) for kind, values in used.items() if values.shape[1]}
    fit = _fit(kernels, len(codes))
    columns = np.eye(len(makers))
    told = left_out(fit, columns[codes]).argmax(axis=1)
    right = told == codes
    accuracy = float(right.mean())
    chance = np.array([_accuracy(fit, columns, rng.permutation(codes)) for _ in range(permutations)])
    return Answer(
        features=name,
        told=tuple(makers[code] for code in told),
        accuracy=accuracy,
        balanced=float(np.mean([right[codes == code].mean() for code in range(len(makers))])),
        interval=mining.wilson(accuracy, len(codes)),
        shuffled=float(chance.mean()),
        shuffled_high=float(np.quantile(chance, 0.95)),
        p=float((1 + (chance >= accuracy - 1e-12).sum()) / (1 + permutations)),
        importances=_importances(kernels, columns, codes, rng),
    )


def _kernels(values: pd.DataFrame) -> dict[str, np.ndarray]:
    """The part that each block of features has in a kernel; they sum to it."""
    blocks = np.array([column.partition(":")[0] for column in values.columns])
    parts = {str(name): values.loc[:, blocks == name].to_numpy() for name in dict.fromkeys(blocks)}
    return {name: part @ part.T / values.shape[1] for name, part in parts.items()}


def _fit(kernels: Mapping[str, Mapping[str, np.ndarray]], n: int) -> np.ndarray:
    """The smoother of the mean of the kinds' kernels, so that neither outweighs the other; without any, all n films are alike."""
    nothing = np.zeros((n, n))
    return smoother(sum((sum(parts.values(), nothing) for parts in kernels.values()), nothing) / max(len(kernels), 1))


def _accuracy(fit: np.ndarray, columns: np.ndarray, codes: np.ndarray) -> float:
    return float((left_out(fit, columns[codes]).argmax(axis=1) == codes).mean())


def _importances(
    kernels: Mapping[str, Mapping[str, np.ndarray]], columns: np.ndarray, codes: np.ndarray, rng: np.random.Generator
) -> tuple[Importance, ...]:
    """What each block of features is worth, the most first."""
    whole = left_out(_fit(kernels, len(codes)), columns[codes])
    rows = []
    for kind, parts in kernels.items():
        for name, part in parts.items():
            falls = []
            for order in [rng.permutation(len(codes)) for _ in range(REPEATS)]:
                shuffled = {**parts, name: part[np.ix_(order, order)]}  # films that have each other's features are as alike as those
                answers = left_out(_fit({**kernels, kind: shuffled}, len(codes)), columns[codes])
                falls.append((_right(whole, codes) - _right(answers, codes), _margin(whole, codes) - _margin(answers, codes)))
            drop, margin = np.mean(falls, axis=0)
            rows.append(Importance(name, float(drop), float(np.std([fall[0] for fall in falls])), float(margin)))
    return tuple(sorted(rows, key=lambda row: (-row.drop, -row.margin)))


def _right(answers: np.ndarray, codes: np.ndarray) -> float:
    return float((answers.argmax(axis=1) == codes).mean())


def _margin(answers: np.ndarray, codes: np.ndarray) -> float:
    """Mean of the right maker's answer less the best other one."""
    right = answers[np.arange(len(codes)), codes]
    others = answers.copy()
    others[np.arange(len(codes)), codes] = -np.inf
    return float((right - others.max(axis=1)).mean())


def left_aside(report: Report) -> str:
    """Who and what was not asked, in words; "" where all were."""
    one, many = report.by, groups.PLURALS[report.by]
    counts = (
        (report.left_out, f"{one} with fewer films", f"{many} with fewer films"),
        (report.too_many, f"{one} beyond the {MOST_MAKERS} with the most films", f"{many} beyond the {MOST_MAKERS} with the most films"),
        (report.not_drawn, f"film of who made more than {MOST_FILMS}", f"films of those who made more than {MOST_FILMS}"),
    )
    return "; ".join(f"{count:,} {single if count == 1 else several}" for count, single, several in counts if count)


def mistaken(report: Report, answer: Answer) -> pd.DataFrame:
    """Each maker's films, how many were told right, and for whom most of the others were taken: maker, films, right, taken_for, times."""
    told = report.films_of.assign(told=list(answer.told))
    rows = []
    for name, count in report.makers.items():
        own = told[told["maker"] == name]
        wrong = own.loc[own["told"] != name, "told"].value_counts()
        most = (str(wrong.index[0]), int(wrong.iloc[0])) if len(wrong) else ("", 0)
        rows.append((name, count, count - int(wrong.sum()), *most))
    return pd.DataFrame(rows, columns=["maker", "films", "right", "taken_for", "times"])
