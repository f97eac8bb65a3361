"""What a reference library says of real films, written out: docs/findings.md, in the manner of the thesis' chapter 6.

Every sentence with a number is made from the library's results, so that the page cannot say anything else than they do.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis import dataset, groups, makers, mining, profiles, reference, retrieval
from analysis.dataset import MEANS
from analysis.files import whole_file
from analysis.library import Library
from errors import InputError

LEVEL = 0.05  # of q, at which something is said to hold
_MOST_ROWS = 12
_HEARD = (*mining.GENRES, *MEANS)
_KNOWN = ("year", "rating", "metascore")
_FEWEST = 3
_FEWEST_OF_KIND = 5  # films of a film genre or country: a coefficient of two films is loud and says nothing
Lines = Iterator[str]


def write(library: Library, out: Path) -> None:
    """Write the page and, in `images` beside it, its pictures. Raises LibraryError where the library is no reference library."""
    films = scores(library)
    pictures = out.parent / "images"
    pictures.mkdir(parents=True, exist_ok=True)
    encoded = numbers(films)
    found = mining.spearman(encoded, encoded.columns)
    heatmap(found, pictures / "findings-correlation.svg")
    lines = [
        *_opening(library, films), *_correlations(encoded, found), *_groups(films), *_map(films), *_makers(films), *_similar(library),
        *_closing(),
    ]  # fmt: skip
    with whole_file(out) as partial:
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")


def scores(library: Library) -> pd.DataFrame:
    """The rows of the enhanced dataset of the films whose score was heard, and not scenes with dialogue."""
    table, scenes = dataset.read(library), reference.with_dialogue(library)
    kept = [film not in scenes for film in zip(table["director"], table["movie"], strict=True)]
    return table[kept].reset_index(drop=True)


def numbers(films: pd.DataFrame) -> mining.Encoded:
    """Films as numbers: shares of music genres, figures of the music, year, ratings; frequent film genres and countries as yes and no."""
    sound = mining.encode(films, "sound")
    kinds = [column for column in sound.columns if column.startswith(("film genre: ", "country: "))]
    facts = [column for column in kinds if sound.numbers[column].sum() >= _FEWEST_OF_KIND]
    heard = films[list(_HEARD)].astype(float)
    columns = pd.concat([heard.loc[:, heard.min() < heard.max()], sound.numbers[[*_KNOWN, *facts]]], axis=1)
    return mining.Encoded(columns, sound.films, yes_no=frozenset(facts))


def music_by_facts(encoded: mining.Encoded, found: mining.Correlations) -> pd.DataFrame:
    """Every pair of one thing heard and one thing known, the surest first, with q over these pairs."""
    heard = [column for column in encoded.columns if column in _HEARD]
    known = [column for column in encoded.columns if column not in _HEARD]
    rows = [
        {
            "heard": one,
            "known": other,
            "name": found.name(one, other),
            "n": found.n.to_numpy()[found.columns.index(one), found.columns.index(other)],
        }
        | {"rho": found.rho.loc[one, other], "p": found.p.loc[one, other]}
        for one in heard
        for other in known
    ]
    pairs = pd.DataFrame(rows).dropna(subset="rho")
    return pairs.assign(q=mining.corrected(pairs["p"])).sort_values("p", kind="stable", ignore_index=True)


def heatmap(found: mining.Correlations, path: Path) -> None:
    """The coefficients as a picture; those that hold after correction for all pairs are framed."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    names = [column.replace("_", " ") for column in found.columns]
    q = pd.DataFrame(np.nan, found.rho.index, found.rho.columns)
    upper = np.triu_indices(len(q), 1)
    values = np.full(q.shape, np.nan)
    values[upper] = mining.corrected(found.p.to_numpy()[upper])
    with rc_context({"svg.hashsalt": "leitmotif", "font.size": 7, "svg.fonttype": "none"}):
        figure = Figure(figsize=(9, 8.2), layout="constrained")
        axes = figure.add_subplot()
        rho = found.rho.to_numpy(copy=True)
        rho[np.diag_indices(len(rho))] = np.nan
        image = axes.imshow(rho, cmap="RdBu_r", vmin=-1, vmax=1)
        axes.set_xticks(range(len(names)), names, rotation=90)
        axes.set_yticks(range(len(names)), names)
        for row, column in zip(*np.nonzero(values < LEVEL), strict=True):
            for x, y in ((column, row), (row, column)):
                axes.add_patch(_frame(float(x), float(y)))
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
        figure.colorbar(image, shrink=0.5, label="rank correlation")
        with whole_file(path) as partial:
            figure.savefig(partial, format="svg", metadata={"Date": None, "Creator": None})


def _frame(x: float, y: float) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, edgecolor="black", linewidth=0.7)


# --- the page -----------------------------------------------------------------------------------------------------


def _opening(library: Library, films: pd.DataFrame) -> Lines:
    about = reference.about(library)
    heard = reference.excerpts(library)
    asked = heard[~heard["dialogue"]]
    described = int((asked["segments"] > 0).sum())
    yield "# What real film scores say"
    yield ""
    yield "This page is written by `leitmotif findings` from the results in `data/reference`; no number in it was typed."
    yield ""
    yield (
        f"The material: {len(asked)} excerpts of 15 s of the scores of {len(films)} films ({films['year'].min()} to "
        f"{films['year'].max()}), {films['director'].nunique()} directors, {groups.sizes(groups.of(films, 'composer')).size} composers; "
        f"listened to on {about['made'][:10]} with Leitmotif {about['leitmotif']}. In {described} of the excerpts the detector heard ten "
        "seconds of music or more; these were described. A film is the sum of its excerpts, mostly four: about a minute of music, chosen "
        "by whoever cut the excerpts, songs among them. So these are findings about excerpts from soundtracks, not about how music is used "
        "in whole films: the share of music in a film, which the thesis looked at first, cannot be seen here."
    )
    yield ""
    yield (
        "q is p corrected for the number of tests in its table (Benjamini and Hochberg): of the lines with q under 0.05, about one in "
        "twenty is expected to be an accident. n is the number of films that have both values. The film genres that a model hears in a "
        "score are left out here, for that model learnt from these recordings."
    )


def _correlations(encoded: mining.Encoded, found: mining.Correlations) -> Lines:
    yield from _title("What goes with what")
    yield "![Rank correlations of all pairs; framed: q under 0.05](images/findings-correlation.svg)"
    yield ""
    pairs = music_by_facts(encoded, found)
    holding = pairs[pairs["q"] < LEVEL]
    yield (
        f"**Music against what is known of the film.** {len(pairs)} pairs; {int((pairs['p'] < LEVEL).sum())} have p under 0.05 "
        f"(by chance alone about {len(pairs) * LEVEL:.0f} would), {len(holding) or 'none'} {'holds' if len(holding) == 1 else 'hold'} "
        "after correction."
    )
    yield ""
    yield from _pairs(holding.head(_MOST_ROWS) if len(holding) else pairs.head(6), "heard", "known")
    for fact in _KNOWN:
        best = pairs[pairs["known"] == fact].iloc[0]
        lowest = pairs.loc[pairs["known"] == fact, "q"].min()
        says = "something that holds" if lowest < LEVEL else "nothing that holds"
        yield (
            f"- {fact.capitalize()}: {says}; the surest is {best['heard'].replace('_', ' ')} ({best['name']} {_signed(best['rho'])}, "
            f"p {_p(best['p'])}, q {_p(best['q'])}, n = {best['n']})."
        )
    yield ""
    heard = [column for column in encoded.columns if column in _HEARD]
    within = mining.strongest(mining.spearman(encoded, heard))
    yield (
        f"**Within the music.** {int((within['q'] < LEVEL).sum())} of {len(within)} pairs hold. Some of it is how the models see music "
        "(shares of genres exclude each other, and one network describes all attributes), so these say less of films than they seem to."
    )
    yield ""
    yield from _pairs(within.head(8), "one", "other")


def _pairs(pairs: pd.DataFrame, one: str, other: str) -> Lines:
    yield f"| {one} | {other} | coefficient | p | q | n |"
    yield "|---|---|---|---|---|---|"
    for pair in pairs.to_dict("records"):
        names = (str(pair[column]).replace("_", " ") for column in (one, other))
        yield f"| {' | '.join(names)} | {pair['name']} {_signed(pair['rho'])} | {_p(pair['p'])} | {_p(pair['q'])} | {pair['n']} |"
    yield ""


def _groups(films: pd.DataFrame) -> Lines:
    yield from _title("Who, what kind, when, where")
    yield (
        f"Kruskal-Wallis tests of {len(profiles.FEATURES)} features over the groups with three films or more; q is corrected within each "
        "grouping. *Explained* is the share of the variance of the ranks that lies between the groups."
    )
    yield ""
    yield "| grouping | groups | films | hold (q < 0.05) | the surest difference | explained | p | q |"
    yield "|---|---|---|---|---|---|---|---|"
    for by in groups.GROUPINGS:
        found = profiles.profiles(films, by).differences
        first = found.iloc[0]
        feature = str(first["feature"]).replace("_", " ")
        yield (
            f"| {groups.WORDS[by]} | {first['groups']} | {first['n']} | {int((found['q'] < LEVEL).sum())} "
            f"| {feature}: most in {first['most']}, least in {first['least']} "
            f"| {first['explained']:.2f} | {_p(first['p'])} | {_p(first['q'])} |"
        )
    yield ""
    for by in ("genre", "composer"):
        yield from _profiles(films, by)


def _profiles(films: pd.DataFrame, by: str) -> Lines:
    sizes = groups.sizes(groups.of(films, by))
    found = profiles.profiles(films, by, list(sizes[sizes >= _FEWEST].index))
    yield f"The mean film of each {groups.WORDS[by]} with three films or more (95 % interval of the mean; each film counts the same):"
    yield ""
    yield f"| {groups.WORDS[by]} | films | energy | valence | danceability | tempo | most frequent music genres |"
    yield "|---|---|---|---|---|---|---|"
    for name in found.groups:
        cells = [
            "{:.{digits}f} ({:.{digits}f} to {:.{digits}f})".format(
                *(table.loc[name, column] for table in (found.mean, found.low, found.high)), digits=digits
            )
            for column, digits in (("energy_mean", 2), ("valence_mean", 2), ("danceability_mean", 2), ("tempo", 0))
        ]
        shares = {genre: float(found.mean[genre][name]) for genre in mining.GENRES}
        music = ", ".join(f"{genre} {shares[genre]:.0f} %" for genre in sorted(shares, key=lambda genre: -shares[genre])[:2])
        yield f"| {name} | {found.sizes['films'][name]} | {' | '.join(cells)} | {music} |"
    yield ""


def _map(films: pd.DataFrame) -> Lines:
    yield from _title("On a map")
    encoded = mining.encode(films, "sound")
    for features in ("music", "metadata"):
        found = mining.project(encoded, features)
        ends = [
            found.loadings[found.loadings["axis"] == axis].sort_values("loading", key=np.abs, ascending=False).head(3)
            for axis in found.axes
        ]
        said = "; ".join(
            f"{axis} goes with "
            + ", ".join(f"{row['feature'].replace('_', ' ')} ({_signed(row['loading'])})" for row in end.to_dict("records"))
            for axis, end in zip(found.axes, ends, strict=True)
        )
        kept = _percent(sum(found.explained))
        yield f"- **{features.capitalize()}** (n = {len(found.points)}): two axes keep {kept} of the variance; {said}."
    yield ""
    yield "Decision surfaces on the map of the music, cross-validated (radial kernel, C = 1):"
    yield ""
    yield "| told apart | films | told right (95 % interval) | always the largest group |"
    yield "|---|---|---|---|"
    for by in groups.GROUPINGS:
        projected = mining.project(encoded, "music", by)
        sizes = groups.sizes(projected.points[by])
        chosen = list(sizes[sizes >= _FEWEST].head(3).index)
        try:
            found_surface = mining.surface(projected.points, chosen, by=by)
        except InputError:
            continue
        if found_surface.accuracy is None or found_surface.interval is None:
            continue
        low, high = found_surface.interval
        yield (
            f"| {', '.join(chosen)} ({groups.WORDS[by]}) | {len(found_surface.points)} "
            f"| {_percent(found_surface.accuracy)} ({_percent(low)} to {_percent(high)}) | {_percent(found_surface.chance)} |"
        )
    yield ""


def _makers(films: pd.DataFrame) -> Lines:
    yield from _title("Who made it?")
    yield (
        "Each film is left out once and its maker guessed from the others' films ([makers.md](makers.md)). The permutation test shuffles "
        "the makers among the films: p is the share of shuffles that do as well."
    )
    yield ""
    yield "| maker | from | makers, films | told right (95 % interval) | always the commonest | shuffled | p |"
    yield "|---|---|---|---|---|---|---|"
    reports = {by: makers.tell(films, by) for by in ("director", "composer")}
    for by, report in reports.items():
        for answer in report.answers:
            low, high = answer.interval
            yield (
                f"| {by} | {answer.features} | {len(report.makers)}, {report.films} "
                f"| {_percent(answer.accuracy)} ({_percent(low)} to {_percent(high)}) "
                f"| {_percent(report.baseline)} | {_percent(answer.shuffled)} | {answer.p:.3f} |"
            )
    yield ""
    for by, report in reports.items():
        table = makers.mistaken(report, report.answers[0])
        best = ", ".join(f"{row['maker']} ({row['right']} of {row['films']})" for row in table.to_dict("records") if row["right"])
        rests = ", ".join(f"{one.feature} ({_signed(one.drop)})" for one in report.answers[-1].importances[:3])
        yield f"- {by.capitalize()}s told from music alone: {best or 'none'}. From both, the answer rests most on {rests}: the accuracy"
        yield "  it loses when that is shuffled among the films."
    yield ""


def _similar(library: Library) -> Lines:
    heard = retrieval.scores(reference.excerpts(library))
    film = (heard["director"] + "/" + heard["movie"]).to_numpy()
    recording = film + "/" + heard["track"].astype(str).to_numpy()
    alike = retrieval.likenesses(heard)
    yield from _title("Films found by their music")
    yield (
        f"Each of {len(heard)} excerpts asks for the others of its film among all. MRR is the mean of 1 / rank of the first that is found, "
        "recall at 5 the share of its film's excerpts among the first five. In the second half excerpts of the same recording, which share "
        "its very sound, are left out."
    )
    yield ""
    yield "| compared by | MRR (95 % interval) | recall at 5 | MRR, other recordings | recall at 5 |"
    yield "|---|---|---|---|---|"
    asked = {name: [retrieval.retrieve(one, film, recording, apart=apart) for apart in (False, True)] for name, one in alike.items()}
    asked["chance"] = [retrieval.chance(film, recording, apart=apart) for apart in (False, True)]
    for name, pair in asked.items():
        cells = (f"{one.reciprocal_rank:.3f} ({one.interval[0]:.3f} to {one.interval[1]:.3f}) | {one.recall:.3f}" for one in pair)
        yield f"| {name} | {' | '.join(cells)} |"
    yield ""
    own = retrieval.originals(heard)
    rows = own.index.to_numpy()
    for name, one in alike.items():
        close = retrieval.of_composers(one[np.ix_(rows, rows)], film[rows], own["composer"].to_numpy())
        verdict = "closer than chance" if close.p < LEVEL else "not surely closer than chance"
        yield (
            f"- Films of one composer by {name}: {verdict} (p = {close.p:.3f}, {retrieval.PERMUTATIONS:,} permutations, one-sided; "
            f"{close.composers} composers with two films or more, {close.films} films; what they wrote for the film alone)."
        )
    yield ""


def _closing() -> Lines:
    yield from _title("What not to conclude")
    yield (
        "- Excerpts of a minute a film, from recordings that were easy to come by: neither a sample of all films nor whole films.\n"
        "- The values are predictions of models with known errors (`leitmotif models`): the genre of a window is right in six of ten, and\n"
        "  the errors need not be the same for all kinds of music. A difference between groups may be one of recordings.\n"
        "- Few films a maker: an interval that spans chance says that nothing is known, and not that there is nothing.\n"
        "- The measure of similarity was given mean values, tempo, beat and loudness after a look at these very excerpts, so its line\n"
        "  above is slightly optimistic."
    )


def _title(words: str) -> Sequence[str]:
    return ("", f"## {words}", "")


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
