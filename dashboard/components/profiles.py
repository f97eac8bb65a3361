"""The Profiles view of the Mining page: how groups of films sound on average, and in what they differ."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from dash import html

from analysis import groups
from analysis.profiles import FEWEST_FILMS, SHARES, Profiles
from dashboard.components import cards
from dashboard.components.attributes import labelled
from dashboard.components.charts import chart
from dashboard.figures import mining as mining_figures
from dashboard.figures import profiles as figures
from dashboard.frames import rows
from dashboard.text import counted
from dashboard.theme import Mark

_FEWEST_LISTED = 10  # features; of those that differ all are


def view(found: Profiles, marks: Mapping[str, Mark], unknown: int) -> html.Div:
    """Shades of all shares, dots of the values, and the table of what differs.

    Parameters
    ----------
    found : the chosen groups' profiles
    marks : group -> mark
    unknown : films of the library whose group is not known
    """
    return cards.grid(_shades(found, unknown), _dots(found, marks), _differences(found))


def _shades(found: Profiles, unknown: int) -> html.Section:
    finding = f"Profiles: {_finding(found, SHARES, 'no share differs')}"
    words = "; ".join(f"{name}: {_most_of(found, name)}" for name in found.groups)
    graph = chart(figures.shades(found), "mining-profiles", f"{finding}. The greatest shares: {words}.", wide=True)
    note = (
        "Mean over a group’s films in percent, each film counting the same: of the whole film, then of its music by genre, danceability, "
        f"valence and energy. The darker, the more. n = {counted(int(found.sizes['films'].sum()), 'film')}, "
        f"{figures.music(found.sizes['hours'].sum())}."
    )
    if unknown:
        note += f" {counted(unknown, 'film')} left out, {'its' if unknown == 1 else 'their'} {groups.WORDS[found.by]} is not known."
    return cards.card(finding, graph, note=note)


def _most_of(found: Profiles, name: str) -> str:
    """The greatest share of the film and the most frequent music of a group."""
    said = []
    for columns in (figures.OF_FILM, figures.SHARE_NAMES["genre"]):
        share, column = max((found.mean[column][name], column) for column in columns)
        if not np.isnan(share):
            said.append(f"{figures.feature_words(column)} {figures.amount(column, share)}")
    return ", ".join(said)


def _dots(found: Profiles, marks: Mapping[str, Mark]) -> html.Section:
    finding = f"Values: {_finding(found, figures.VALUES, 'neither danceability nor valence nor energy differs')}"
    graph = chart(figures.dots(found, marks), "mining-values", f"{finding}. {_said(found)}.")
    note = "Mean over a group’s films, and its 95 % interval (Student’s); one film alone has none. In brackets: n, films with music."
    return cards.card(finding, graph, note=note, span=5)


def _said(found: Profiles) -> str:
    lines = []
    for value in figures.VALUES:
        means = [(name, mean) for name, mean in zip(found.groups, found.mean[value].tolist(), strict=True) if not np.isnan(mean)]
        lines.append(f"{figures.feature_words(value)}: " + ", ".join(f"{name} {figures.amount(value, mean)}" for name, mean in means))
    return "; ".join(lines)


def _finding(found: Profiles, features: Sequence[str], none: str) -> str:
    """In what the groups differ most surely: "jazz music from 3 % (Herrmann) to 31 % (Legrand)"; `none` is said if they do in nothing."""
    word, plural = groups.WORDS[found.by], groups.PLURALS[found.by]
    if found.differences["p"].isna().all():
        return f"{counted(len(found.groups), word, plural)}, too few films to tell whether they differ"
    best = figures.surest(found, features)
    if best is None:
        return f"{none} clearly between {counted(len(found.groups), word, plural)}"
    feature = best["feature"]
    least, most = (figures.amount(feature, found.mean[feature][best[end]]) for end in ("least", "most"))
    return f"{figures.feature_words(feature)} from {least} ({best['least']}) to {most} ({best['most']})"


def _differences(found: Profiles) -> html.Section:
    tested = found.differences.dropna(subset="p")
    plural = groups.PLURALS[found.by]
    if tested.empty:
        why = f"A difference needs at least two {plural} with {FEWEST_FILMS} films each. Choose larger ones above or analyse more films."
        return cards.card("What differs: cannot be tested", html.P(why, className="prose", role="status"), span=7)
    held = int((tested["q"] < 0.05).sum())
    title = f"What differs: {held} of {counted(len(tested), 'feature')} (q under 0.05)"
    compared = sorted({int(number) for number in tested["groups"]})
    among = f"{compared[-1]}" if len(compared) == 1 else f"{compared[0]} to {compared[-1]}"
    note = (
        f"Kruskal-Wallis test of each feature among the {among} {plural} of which {FEWEST_FILMS} films or more have it. q is p corrected "
        "for the number of features (Benjamini and Hochberg). Explained: the share of the ranks’ variance that lies between the groups."
    )
    shown = tested.head(max(held, _FEWEST_LISTED))
    if len(shown) < len(tested):
        note += f" The {len(shown)} surest are listed."
    if rare := len(found.differences) - len(tested):
        note += f" {counted(rare, 'feature')} not tested: too few films differ in {'it' if rare == 1 else 'them'}."
    names = ("Feature", "Least", "Most", "Explained", "H", "p", "q", "n")
    head = html.Thead(html.Tr([html.Th(name, scope="col") for name in names]))
    table = html.Table([head, html.Tbody([_difference(found, row) for row in rows(shown)])], className="scores differences")
    scrolled = html.Div(table, className="scrolling", role="region", tabIndex=0, **labelled(title))
    return cards.card(title, scrolled, note=note, span=7)


def _difference(found: Profiles, row: Mapping[str, Any]) -> html.Tr:
    feature = row["feature"]
    ends = [
        html.Td([html.Bdi(row[end]), html.Div(figures.amount(feature, found.mean[feature][row[end]]))], className="end")
        for end in ("least", "most")
    ]
    numbers = [
        f"{100 * row['explained']:.0f}\u00a0%", f"{row['h']:.1f}", *(mining_figures.p_value(row[name]).removeprefix("= ") for name in "pq"),
        f"{row['n']:,}",
    ]  # fmt: skip
    name = html.Th(figures.feature_words(feature).capitalize(), scope="row")
    return html.Tr([name, *ends, *map(html.Td, numbers)], className="held" if row["q"] < 0.05 else "")
