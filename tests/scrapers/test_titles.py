import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.titles import clean, fold, key, main_title


@pytest.mark.parametrize(
    ("name", "title", "year"),
    [
        ("The.39.Steps.1935.1080p.BluRay.x264-GRP", "The 39 Steps", 1935),
        ("Kill Bill 1", "Kill Bill 1", None),
        ("Mr Mrs Smith", "Mr Mrs Smith", None),
        ("Star Wars Episode IV A New Hope", "Star Wars Episode IV A New Hope", None),
        ("2001 A Space Odyssey", "2001 A Space Odyssey", None),
        ("2001.A.Space.Odyssey.1968.720p", "2001 A Space Odyssey", 1968),
        ("1917", "1917", None),
        ("1917.2019.2160p.UHD", "1917", 2019),
        ("2012 (2009)", "2012", 2009),
        ("Blade Runner 2049", "Blade Runner 2049", None),
        ("Blade.Runner.2049.2017.1080p.WEB-DL.DDP5.1", "Blade Runner 2049", 2017),
        ("(500) Days of Summer (2009)", "500 Days of Summer", 2009),
        ("[REC] (2007)", "REC", 2007),
        ("Godfather, The (1972) [1080p]", "The Godfather", 1972),
        ("Fargo.1996-GRP", "Fargo", 1996),
        ("www.Site.com - Heat (1995)", "Heat", 1995),
        ("[Group] Akira (1988) [BD 1080p]", "Akira", 1988),
        ("Alien (1979) (Director's Cut)", "Alien", 1979),
        ("Blade Runner The Final Cut 1982", "Blade Runner", 1982),
        ("Amélie.2001.MULTi.1080p", "Amélie", 2001),
        ("Casablanca 1942 Criterion", "Casablanca", 1942),
        ("Dial M For Murder 1954 3D 1080p", "Dial M For Murder", 1954),
        ("Frenzy_1972_DVDRip", "Frenzy", 1972),
        ("Uncut Gems (2019)", "Uncut Gems", 2019),
        ("The Web (1947)", "The Web", 1947),
        ("Seven Samurai CD1", "Seven Samurai", None),
        ("The Third Man (1949) [BluRay] [1080p] [YTS.AM]", "The Third Man", 1949),
        ("Once Upon a Time... in Hollywood (2019)", "Once Upon a Time... in Hollywood", 2019),
        ("8½", "8½", None),
        ("M", "M", None),
        ("...", "...", None),
    ],
)
def test_names_as_people_have_them(name: str, title: str, year: int | None) -> None:
    cleaned = clean(name)
    assert (cleaned.title, cleaned.year, cleaned.imdb_id) == (title, year, None)


@pytest.mark.parametrize(
    ("name", "title", "imdb_id"),
    [
        ("Todo sobre mi madre [tt0185125]", "Todo sobre mi madre", "tt0185125"),
        ("Movie {imdb-tt0133093}", "Movie", "tt0133093"),
        ("Movie.[imdbid=tt0133093]", "Movie", "tt0133093"),
        ("Movie (1999) tt10133093", "Movie", "tt10133093"),
        ("Rope [tmdbid=1580]", "Rope", None),
        ("Rope {tmdb-1580} (1948)", "Rope", None),
        ("tt0133093", "tt0133093", "tt0133093"),
        ("Matt0133093", "Matt0133093", None),
        ("tt123", "tt123", None),
    ],
)
def test_an_id_in_the_name(name: str, title: str, imdb_id: str | None) -> None:
    cleaned = clean(name)
    assert (cleaned.title, cleaned.imdb_id) == (title, imdb_id)


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("La ley del deseo (Law of Desire)", ("Law of Desire",)),
        ("¡Átame! (Tie Me Up! Tie Me Down!) 1989", ("Tie Me Up! Tie Me Down!",)),
        ("Wonder Woman 1984", ("Wonder Woman 1984",)),
        ("Law of Desire aka La ley del deseo", ("La ley del deseo",)),
        ("Fargo (1996)", ()),
        ("Fargo (remastered)", ()),
    ],
)
def test_other_readings(name: str, others: tuple[str, ...]) -> None:
    assert clean(name).others == others


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mr Mrs Smith", "Mr. & Mrs. Smith"),
        ("Kill Bill 1", "Kill Bill: Vol. 1"),
        ("The Godfather Part III", "Godfather 3"),
        ("Bloodwork", "Blood Work"),
        ("Cul de Sac", "Cul-de-sac"),
        ("Que he hecho yo para merecer esto", "¿Qué he hecho yo para merecer esto!!"),
        ("Star Wars Episode I The Phantom Menace", "Star Wars: Episode I - The Phantom Menace"),
        ("The Thirty-Nine Steps", "39 Steps"),
        ("The 4th Man", "The Fourth Man"),
        ("L A Confidential", "L.A. Confidential"),
        ("MASH", "M*A*S*H"),
        ("Whats Up Tiger Lily", "What's Up, Tiger Lily?"),
        ("Strasse der Oede", "Straße der Oede"),
        ("Rocky 4", "Rocky IV"),
        ("El Nino", "El Niño"),
    ],
)
def test_spellings_of_one_title_have_one_key(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kill Bill 1", "Kill Bill 2"),
        ("I Confess", "1 Confess"),
        ("Alien", "Aliens"),
        ("Batman", "Batman Returns"),
        ("!!!", "..."),
        ("乱", "夢"),
    ],
)
def test_titles_of_two_films_have_two_keys(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_main_title() -> None:
    assert main_title("Borat: Cultural Learnings") == "Borat"
    assert main_title("Birdman or (The Unexpected Virtue of Ignorance)") == "Birdman"
    assert main_title("Dr. Strangelove or: How I Learned to Stop Worrying") == "Dr. Strangelove"
    assert main_title("Dead or Alive") == "Dead or Alive"
    assert main_title("Spider-Man") == "Spider-Man"


PIECES = (
    "part vol i ii v x one twenty two The , & and ( ) [ ] { } 1984 2049 1080p tt0133093 imdb-tt0133093 aka . _ - ' or: É ß İ ½ CD1".split(
        " "
    )
)
NAMES = st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map(" ".join), st.lists(st.sampled_from(PIECES)).map("".join))


@given(NAMES)
def test_folding_twice_is_folding_once(name: str) -> None:
    assert fold(fold(name)) == fold(name)
    assert bool(key(name)) == bool(name.strip())


@given(NAMES)
def test_any_name_has_a_title(name: str) -> None:
    cleaned = clean(name)
    assert bool(cleaned.title) == bool(name.strip())
    assert cleaned.title not in cleaned.others


@given(st.lists(st.sampled_from("Rear Window Vertigo Fargo Straße Ødipus 夜 Дом O'Neill".split()), min_size=1).map(" ".join))
def test_a_plain_title_stays_as_it_is(title: str) -> None:
    assert clean(title).title == title
    assert clean(f"{title.replace(' ', '.')}.1999.1080p.BluRay.x264-GRP").title == title
