"""The page of findings: its numbers are those of the reference library, and the shipped page is of the shipped library."""

import re
from pathlib import Path

import numpy as np
import pytest

from analysis import findings, mining
from analysis.library import Library
from data import REFERENCE
from errors import LibraryError

PAGE = Path(__file__).parents[2] / "docs/findings.md"
needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="data/reference is not there")


@needs_reference
def test_the_shipped_page_is_what_the_library_says(tmp_path: Path) -> None:
    findings.write(Library(REFERENCE), tmp_path / "findings.md")
    made, shipped = (path.read_text(encoding="utf-8") for path in (tmp_path / "findings.md", PAGE))
    assert _words(made) == _words(shipped), "write it anew: leitmotif findings"
    # The last digit may be another one with another release of a library.
    np.testing.assert_allclose(_numbers(made), _numbers(shipped), atol=0.021, rtol=0.02)
    assert (tmp_path / "images/findings-correlation.svg").read_text(encoding="utf-8").startswith("<?xml")


def _words(page: str) -> list[str]:
    return re.findall(r"[^\W\d]+", page)


def _numbers(page: str) -> list[float]:
    return [float(number) for number in re.findall(r"\d+(?:\.\d+)?", page)]


@needs_reference
def test_scenes_with_dialogue_are_left_out_and_small_groups_are_no_columns() -> None:
    films = findings.scores(Library(REFERENCE))
    assert "Night of the Living Dead" not in set(films["movie"])
    encoded = findings.numbers(films)
    assert all(encoded.numbers[column].sum() >= 5 for column in encoded.yes_no)
    pairs = findings.music_by_facts(encoded, mining.spearman(encoded, encoded.columns))
    assert (pairs["q"] >= pairs["p"] - 1e-12).all()
    assert not set(pairs["heard"]) & set(pairs["known"])


def test_a_library_without_excerpts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="holds no enhanced dataset"):
        findings.write(Library(tmp_path), tmp_path / "findings.md")
