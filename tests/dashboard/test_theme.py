import re
from pathlib import Path

import pytest

import dashboard
from analysis import validation
from dashboard.theme import (
    ATTRIBUTE_COLOURS,
    DIRECTOR_COLOURS,
    GRADES,
    SCHEMES,
    SIZES,
    SOUND_COLOURS,
    contrast,
    director_marks,
    ink_on,
    templates,
)
from models.labels import ATTRIBUTES, SOUND_CLASSES

ASSETS = Path(dashboard.__file__).parent / "assets"


def test_every_class_has_a_colour_of_its_own() -> None:
    assert tuple(SOUND_COLOURS) == SOUND_CLASSES
    for attribute, classes in ATTRIBUTES.items():
        assert tuple(ATTRIBUTE_COLOURS[attribute]) == classes
        assert len(set(ATTRIBUTE_COLOURS[attribute].values())) == len(classes)


def test_no_two_grades_share_a_word_and_each_has_a_symbol() -> None:
    assert tuple(GRADES) == validation.GRADES
    assert len({word for _, _, word in GRADES.values()}) == len(GRADES)
    assert all(symbol for _, symbol, _ in GRADES.values())


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_is_readable_on_cards(scheme: str) -> None:
    colours = SCHEMES[scheme]
    assert all(contrast(colours[name], colours["surface"]) >= 4.5 for name in ("text", "muted"))


def test_charts_and_page_use_the_same_colours() -> None:
    style = (ASSETS / "style.css").read_text(encoding="utf-8").lower()
    light, dark = re.findall(r":root[^{]*\{([^}]*)\}", style)[:2]
    for scheme, block in (("light", light), ("dark", dark)):
        assert all(f"--{name}: {colour.lower()};" in block for name, colour in SCHEMES[scheme].items())


def test_each_scheme_has_a_template_without_ground_of_its_own() -> None:
    for template in templates().values():
        assert template["layout"]["paper_bgcolor"] == template["layout"]["plot_bgcolor"] == "rgba(0,0,0,0)"
        assert template["layout"]["font"]["size"] == SIZES["xs"]


@pytest.mark.parametrize("colour", [*SOUND_COLOURS.values(), *(c for colours in ATTRIBUTE_COLOURS.values() for c in colours.values())])
def test_words_are_readable_on_every_colour_of_a_chart(colour: str) -> None:
    assert contrast(ink_on(colour), colour) >= 4.5


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_a_directors_mark_depends_on_all_directors_and_comes_again_in_another_shape() -> None:
    names = [f"Director {i:02}" for i in range(100)]
    marks = director_marks(names)
    assert marks == director_marks(reversed([*names, *names]))
    assert len(set(marks.values())) == len(names)
    for first in range(0, 100, 10):  # told apart by colour alone and by shape alone
        some = list(marks.values())[first : first + 10]
        assert len({mark.shape for mark in some}) == len({mark.colour for mark in some}) == 10
    assert all(max(contrast(colour, SCHEMES[scheme]["surface"]) for scheme in SCHEMES) >= 3 for colour in DIRECTOR_COLOURS)
