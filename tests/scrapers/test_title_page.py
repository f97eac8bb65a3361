import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.title_page import UNKNOWN, NotAMovie, parse
from tests.scrapers.pages import OLD_VISIBLE_PAGE, json_ld_page, next_page, next_title, visible_page

WALTZ = {
    "title": "The Keeper's Waltz", "imdb_id": "tt9900001", "imdb_link": "https://www.imdb.com/title/tt9900001/", "rating": 7.4,
    "runtime": 107, "poster": "https://pictures.example/waltz.jpg", "cast": ["Ana Torres", "Ben Ode"],
}  # fmt: skip


def test_json_ld():
    assert parse(json_ld_page()) == WALTZ | {
        "other_title": "Valse & phare", "year": 1972, "genres": ["Drama", "Music"], "director": ["Inès Marchand"],
    }  # fmt: skip


def test_next_data():
    assert parse(next_page()) == WALTZ | {
        "other_title": "La valse du gardien", "year": 1971, "metascore": 81, "genres": ["Drama", "Music", "Romance"],
        "countries": ["France", "Spain"], "locations": ["Ouessant, Finistère, France"], "director": ["Inès Marchand"],
    }  # fmt: skip


def test_next_data_among_the_answers_to_queries():
    fold, column = next_title()
    other = {"id": "tt1111111", "titleText": {"text": "Another film"}}
    answers = {
        "1": {"data": {"title": other}},
        "2": {"data": json.dumps({"title": fold})},
        "3": {"data": {"title": column}},
        "4": {"data": None},
    }
    assert parse(next_page({"tconst": "tt9900001", "urqlState": answers})) == parse(next_page())


def test_visible_html():
    assert parse(visible_page()) == WALTZ | {
        "other_title": "La valse du gardien", "year": 1971, "metascore": 81, "genres": ["Drama", "Music"],
        "countries": ["France", "Spain"], "locations": ["Ouessant, Finistère, France"], "director": ["Inès Marchand", "Ugo Sala"],
    }  # fmt: skip


def test_visible_html_of_the_older_layout():
    assert parse(OLD_VISIBLE_PAGE) == {
        "title": "Speak a Lot", "imdb_id": "tt9900002", "imdb_link": "https://www.imdb.com/title/tt9900002/", "other_title": "Hable mucho",
        "year": 2003, "rating": 6.9, "metascore": 58, "countries": ["Spain"], "locations": ["Madrid, Spain"], "genres": ["Drama", "Comedy"],
        "cast": ["Eva Rey"], "director": ["Luz Vidal"], "runtime": 112, "poster": "https://pictures.example/hable.jpg",
    }  # fmt: skip


def test_shapes_complete_each_other():
    page = json_ld_page(director=None, genre="Drama", actor=[{"name": "Cleo Dane"}]) + next_page()
    known = parse(page)
    assert known["director"] == ["Inès Marchand"]
    assert known["genres"] == ["Drama", "Music", "Romance"]
    assert known["cast"] == ["Cleo Dane", "Ana Torres", "Ben Ode"]
    assert known["year"] == 1971, "IMDb's year, not the day of one country's release"


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        (json_ld_page(**{"@type": "TVSeries"}), "series"),
        (json_ld_page(**{"@type": "TVEpisode"}), "episode"),
        (json_ld_page(**{"@type": "VideoGame"}), "game"),
        (json_ld_page(**{"@type": ["CreativeWork", "PodcastSeries"]}), "podcast"),
        (next_page({"aboveTheFoldData": next_title()[0] | {"titleType": {"id": "tvMiniSeries"}}}), "series"),
        (next_page({"aboveTheFoldData": next_title()[0] | {"titleType": {"id": "tvEpisode"}}}), "episode"),
        (visible_page(first_fact="TV Mini Series"), "series"),
        (visible_page(first_fact="Episode aired Oct 17, 2011"), "episode"),
        (visible_page(og_type="video.tv_show"), "series"),
        (visible_page(rest="episodes?season=8"), "season list"),
        (visible_page(rest="episodes/?season=8"), "season list"),
        (visible_page(rest="keywords/"), "keyword page"),
        (visible_page(rest="trivia"), "trivia page"),
        ('<link rel="canonical" href="https://www.imdb.com/name/nm0000184/">', "person's page"),
    ],
)
def test_refuses_other_pages_by_name(page: str, kind: str):
    with pytest.raises(NotAMovie, match=kind) as refused:
        parse(page)
    assert refused.value.kind == kind


@pytest.mark.parametrize(
    "page",
    [
        *("", "tt9900001", b"", b"\x00\xff", "<html><title>News</title></html>", "<![bad", "<?xml version='1.0'?><a/>"),
        *("<div>" * 20_000, '<link rel=canonical href="http://[">', '<script id="__NEXT_DATA__">{"props": []}</script>'),
        '<script type="application/ld+json">{"@type": "Movie", "name": </script>',
        '<script type="application/ld+json">' + "[" * 100_000 + "</script>",
    ],
)
def test_a_page_of_no_known_shape(page: str | bytes):
    with pytest.raises(NotAMovie) as refused:
        parse(page)
    assert refused.value.kind == UNKNOWN


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("aggregateRating", {"ratingValue": "NaN", "bestRating": 10}),
        ("aggregateRating", {"ratingValue": 93, "bestRating": 100}),
        ("aggregateRating", {"ratingValue": 4.1, "bestRating": 5}),
        ("aggregateRating", "8"),
    ],
)
def test_a_rating_of_another_kind_is_no_rating(field: str, value: object):
    assert "rating" not in parse(json_ld_page(**{field: value}))


def test_what_is_no_value_is_left_out():
    known = parse(
        json_ld_page(
            datePublished="soon", duration="long", image="javascript:alert(1)", actor=[None, {"name": 7}, {"name": " "}, "Eva Rey"]
        )
    )
    assert known.keys().isdisjoint({"year", "runtime", "poster"})
    assert known["cast"] == ["Eva Rey"]


def test_text_is_data():
    known = parse(
        json_ld_page(
            name="&lt;script&gt;alert(1)&lt;/script&gt;\n\x1b[31m =HYPERLINK(1)", actor=[{"name": "x" * 5000}, {"name": "\ud800a"}]
        )
    )
    assert known["title"] == "<script>alert(1)</script> [31m =HYPERLINK(1)"
    assert known["cast"] == ["x" * 300, "a"]
    assert type(known["title"]) is str


@pytest.mark.parametrize(("duration", "minutes"), [("PT2H1M", 121), ("PT95M", 95), ("PT1H", 60), ("PT1H30M20S", 90), ("P0DT1H2M", 62)])
def test_durations(duration: str, minutes: int):
    assert parse(json_ld_page(duration=duration))["runtime"] == minutes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "cp1252"])
def test_encodings(encoding: str):
    page = visible_page().replace("<head>", f'<head><meta charset="{encoding}">')
    assert parse(page.encode(encoding)) == parse(visible_page())


def test_bytes_of_no_encoding_are_read_as_far_as_they_can():
    assert parse(visible_page().encode().replace(b"Ugo", b"\xff\x81"))["title"] == "The Keeper's Waltz"


pieces = st.sampled_from(
    [*visible_page().split(">"), json_ld_page(), next_page(), "<script id=__NEXT_DATA__>", "<![CDATA[", "<!--", "</script>", "&#xD800;"]
)


@settings(deadline=None)  # the machine may be busy
@given(st.one_of(st.text(), st.binary(), st.lists(st.one_of(pieces, st.text(max_size=20)), max_size=40).map(">".join)))
def test_never_fails_otherwise(page: str | bytes):
    try:
        known = parse(page)
    except NotAMovie as refused:
        assert refused.kind
    else:
        assert known["title"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.sampled_from(sorted(next_title()[0]) + sorted(next_title()[1])), json_values)
def test_never_fails_on_a_field_of_another_shape(field: str, value: object):
    fold, column = next_title()
    page = next_page({"aboveTheFoldData": fold | {field: value}, "mainColumnData": column | {field: value}})
    try:
        assert parse(page)["title"]
    except NotAMovie as refused:
        assert field in {"titleText", "titleType", "id"}, refused


@settings(deadline=None)
@given(
    st.sampled_from("name alternateName url image datePublished aggregateRating genre actor director duration @type".split()), json_values
)
def test_never_fails_on_json_ld_of_another_shape(field: str, value: object):
    try:
        assert parse(json_ld_page(**{field: value}))["title"]
    except NotAMovie as refused:
        assert field in {"name", "@type"}, refused


@pytest.fixture
def real_page(shared_data: Path):
    def read(name: str) -> bytes:
        path = shared_data / "metadata" / "imdb_pages" / f"{name}.html.gz"
        if not path.is_file():
            pytest.skip(f"needs {path.name} in ../shared/data, which is not part of the repository")
        return gzip.decompress(path.read_bytes())

    return read


def test_the_movie_among_other_objects():
    graph = {"@graph": [{"@type": "Person", "name": "A critic"}, {"@type": "Movie", "name": "Waltz"}]}
    lists = [[{"@type": "BreadcrumbList"}, {"@type": ["CreativeWork", "Movie"], "name": "Waltz"}], graph]
    for content in lists:
        assert parse(f'<script type="application/ld+json">{json.dumps(content)}</script>') == {"title": "Waltz"}


def test_a_real_movie(real_page):
    known = parse(real_page("star_wars_1977_movie"))
    facts = {"title": "Star Wars", "imdb_id": "tt0076759", "imdb_link": "https://www.imdb.com/title/tt0076759/", "year": 1977,
             "other_title": "La guerra de las estrellas", "rating": 8.6, "metascore": 90, "countries": ["United States"],
             "locations": ["Tikal National Park, Guatemala"], "genres": ["Action", "Adventure", "Fantasy", "Sci-Fi"],
             "director": ["George Lucas"], "runtime": 121}  # fmt: skip
    assert {field: known[field] for field in facts} == facts
    assert known["cast"][:5] == ["Mark Hamill", "Harrison Ford", "Carrie Fisher", "Alec Guinness", "Peter Cushing"]
    assert len(known["cast"]) == 20
    assert known["poster"].startswith("https://")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("foundation_series", "series"),
        ("untitled_series_page", "series"),
        ("house_episode", "episode"),
        ("house_season_listing", "season list"),
        ("keywords_listing", "keyword page"),
    ],
)
def test_real_pages_of_another_kind(real_page, name: str, kind: str):
    with pytest.raises(NotAMovie) as refused:
        parse(real_page(name))
    assert refused.value.kind == kind
