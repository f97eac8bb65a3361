"""The Compose page: one piece at a time, cancelled at once, heard in ranges, kept in the library, and shown with what was asked."""

import io
import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import soundfile
from dash._utils import to_json
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.composing import keeping
from analysis.library import Library
from dashboard import compose_route, composing, kept_route, studio, wishes
from dashboard.app import create_app
from dashboard.components import candidates, matches, scores
from dashboard.composing import Composition
from dashboard.hearing import Progress
from dashboard.reception import BusyError, UnknownError
from dashboard.studio import Studio
from dashboard.wishes import Wish
from errors import ModelError
from tests.dashboard import fake_composition
from tests.dashboard.client import said
from tests.dashboard.conftest import page_of
from tests.dashboard.fake_composition import drafted
from tests.dashboard.fake_library import FILMS
from tests.dashboard.test_security import SECRET, WAYS_OUT, harmless
from tests.dashboard.test_tag import until
from tests.dashboard.walk import by_id, components, text

TENSE = "source=mood&moods=tense&length=10&candidates=2"
FILM = ("Ada Vorn", FILMS["Ada Vorn"][0])
FOR_FILM = "source=movie&director=Ada+Vorn&movie=The+Quiet+Engine&length=10&candidates=1"
BOUNDED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def wish(seed: int = 0) -> Wish:
    return wishes.wish(wishes.read({"source": "mood", "moods": "tense", "length": "10", "candidates": "2", "seed": str(seed)}))


class Held:
    """Composes when it is told to, and says what it was asked for."""

    def __init__(self) -> None:
        self.go_on, self.asked = threading.Event(), []  # type: ignore[var-annotated]

    def compose(self, asked: Wish, name: str, progress: Progress) -> Composition:
        self.asked.append(asked)
        while not self.go_on.wait(0.005):
            progress("listen", 0.4)
        return fake_composition.compose(asked, name, progress)


@pytest.fixture
def held() -> Iterator[Held]:
    held = Held()
    yield held
    held.go_on.set()


@pytest.fixture
def browser(library: Library) -> FlaskClient:
    """A client of an app that composes at once."""
    app = create_app([library.root])
    app.server.config[compose_route._STUDIO] = Studio(fake_composition.compose)
    return app.server.test_client()


def compose(browser: FlaskClient, search: str = TENSE, visitor: str = "me") -> str:
    """Have a piece composed to its end; the name under which it is known."""
    answer = browser.post(compose_route.PATH, json={"search": search, "visitor": visitor})
    assert answer.status_code == 201, answer.text
    known = answer.json["id"]
    until(lambda: browser.get(f"{compose_route.PATH}/{known}").json["stage"] == compose_route.DONE)
    return known


# --- the studio -------------------------------------------------------------------------------------------------


def test_pieces_are_composed_one_after_the_other_and_it_is_told_how_far(held: Held) -> None:
    desk = Studio(held.compose)
    first, second = desk.ask(wish(1), "a"), desk.ask(wish(2), "b")
    until(lambda: desk.find(first).stage == "listen")
    assert desk.find(first).share == 0.4 and not desk.find(first).waiting and desk.find(second).waiting
    held.go_on.set()
    until(lambda: desk.find(second).found)
    assert [asked.seed for asked in held.asked] == [1, 2]
    assert [one.match.score for one in desk.find(first).found.candidates] == [86, 79]  # type: ignore[union-attr]


def test_a_visitor_has_one_at_a_time_and_all_together_a_few(held: Held) -> None:
    desk = Studio(held.compose)
    first = desk.ask(wish(), "me")
    with pytest.raises(BusyError, match="of yours is being composed already"):
        desk.ask(wish(), "me")
    for number in range(1, studio.AT_ONCE):
        desk.ask(wish(), f"other {number}")
    with pytest.raises(BusyError, match="4 pieces are being composed already"):
        desk.ask(wish(), "one more")
    desk.drop(first)
    assert desk.ask(wish(), "me")


def test_what_is_dropped_ends_and_is_unknown(held: Held) -> None:
    desk = Studio(held.compose)
    first, second = desk.ask(wish(1), "a"), desk.ask(wish(2), "b")
    until(lambda: held.asked)
    desk.drop(first)
    with pytest.raises(UnknownError, match="no longer known"):
        desk.find(first)
    until(lambda: len(held.asked) == 2)  # the first one ended although nobody let it go on
    assert desk.find(second).stage in composing.STAGES


def test_what_goes_wrong_is_said_in_a_line_and_the_next_is_composed(caplog: pytest.LogCaptureFixture) -> None:
    def fail(asked: Wish, name: str, progress: Progress) -> Composition:
        if asked.seed == 1:
            raise ModelError("model 'score' has no weights here: run `leitmotif train score`")
        if asked.seed == 2:
            raise ZeroDivisionError("a fault of ours")
        return fake_composition.compose(asked, name, progress)

    desk = Studio(fail)
    known = [desk.ask(wish(seed), f"visitor {seed}") for seed in (1, 2, 3)]
    until(lambda: desk.find(known[2]).found)
    assert [desk.find(one).problem.partition(";")[0] for one in known] == [
        "model 'score' has no weights here: run `leitmotif train score`", "Something went wrong while composing", "",
    ]  # fmt: skip
    assert "a fault of ours" in caplog.text


def test_only_the_last_few_are_kept_and_no_more_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Studio(fake_composition.compose)
    known = []
    for number in range(studio.KEPT + 2):
        known.append(desk.ask(wish(number), "me"))
        until(lambda: desk.find(known[-1]).found)
    with pytest.raises(UnknownError):
        desk.find(known[0])
    assert desk.find(known[-1]).found and len(desk._jobs) == studio.KEPT
    monkeypatch.setattr(studio, "MOST_BYTES", 1)
    last = desk.ask(wish(), "me")
    assert list(desk._jobs) == [known[-1], last], "the last one stays although there is no room for two"


def test_the_roll_holds_the_form_and_every_note() -> None:
    draft = drafted(10, 2, minor=True)
    found = composing.roll(fake_composition.arranged(draft, np.random.default_rng(0)), 11.0)
    assert [section["name"] for section in found["sections"]] == ["opening", "development", "return", "cadence"]
    assert found["sections"][-1]["end"] == pytest.approx(draft.seconds, abs=0.01) and found["seconds"] == 11.0
    assert [part["drum"] for part in found["parts"]] == [False, False, False, True]
    pitches = {pitch for part in found["parts"] if not part["drum"] for pitch in part["notes"][2::4]}
    assert pitches == set(draft.notes[:, 2].tolist()) and json.dumps(found)


# --- asked and fetched ------------------------------------------------------------------------------------------


def test_a_piece_is_asked_for_followed_and_taken_away(browser: FlaskClient) -> None:
    known = compose(browser)
    status = browser.get(f"{compose_route.PATH}/{known}")
    assert status.json == {"name": "tense", "stage": "done", "share": 1, "waiting": False} and status.headers["Cache-Control"] == "no-store"
    at = f"{compose_route.PATH}/{known}/1"
    assert browser.get(f"{at}/piece.mid").data.startswith(b"MThd")
    assert browser.get(f"{at}/piece.mid").headers["Content-Disposition"] == 'attachment; filename="tense 1.mid"'
    assert set(browser.get(f"{at}/roll.json").json) == {"seconds", "bar", "sections", "parts"}
    samples, rate = soundfile.read(io.BytesIO(browser.get(f"{at}/piece.wav").data))
    assert rate == fake_composition.RATE and len(samples) / rate == pytest.approx(11, abs=2) and abs(samples).max() < 1
    assert browser.get(f"{at}/sound.ogg").mimetype == "audio/ogg"
    for wrong in (f"{compose_route.PATH}/{known}/2/sound.ogg", f"{at}/piece.exe", f"{compose_route.PATH}/unknown/0/sound.ogg"):
        answer = browser.get(wrong)
        assert answer.status_code == 404 and len(answer.text.splitlines()) == 1


def test_sound_is_answered_in_ranges(browser: FlaskClient) -> None:
    address = f"{compose_route.PATH}/{compose(browser)}/0/sound.ogg"
    whole = browser.get(address).data
    part = browser.get(address, headers={"Range": "bytes=10-19"})
    assert part.status_code == 206 and part.data == whole[10:20] and part.headers["Content-Range"] == f"bytes 10-19/{len(whole)}"
    assert browser.get(address, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416


def test_what_is_cancelled_is_gone(library: Library, held: Held) -> None:
    app = create_app([library.root])
    app.server.config[compose_route._STUDIO] = Studio(held.compose)
    browser = app.server.test_client()
    asked = {"search": TENSE, "visitor": "me"}
    known = browser.post(compose_route.PATH, json=asked).json["id"]
    busy = browser.post(compose_route.PATH, json=asked)
    assert busy.status_code == 503 and "of yours" in busy.text
    assert browser.get(f"{compose_route.PATH}/{known}/0/sound.ogg").status_code == 404
    assert browser.delete(f"{compose_route.PATH}/{known}").status_code == 204
    assert browser.get(f"{compose_route.PATH}/{known}").status_code == 404
    assert browser.delete(f"{compose_route.PATH}/{known}").status_code == 404


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"search": "source=mood", "visitor": "me"}, "nothing is chosen"),
        ({"search": "source=movie&director=Ada+Vorn&movie=Nothing", "visitor": "me"}, "no such film"),
        ({"search": TENSE}, "load the page anew"),
        ({"search": TENSE, "visitor": ""}, "load the page anew"),
        ({"search": TENSE, "visitor": "x" * 101}, "load the page anew"),
        ({"search": 3, "visitor": "me"}, "load the page anew"),
        ([], "load the page anew"),
        ("x" * 40_000, "longer than any"),
    ],
)
def test_what_cannot_be_composed_is_one_line(browser: FlaskClient, body: Any, words: str) -> None:
    answer = browser.post(compose_route.PATH, json=body)
    assert answer.status_code in (400, 413) and words in answer.text and len(answer.text.splitlines()) == 1


def test_another_site_can_neither_compose_nor_remove(browser: FlaskClient) -> None:
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert browser.post(compose_route.PATH, json={"search": TENSE, "visitor": "me"}, headers=elsewhere).status_code == 403
    assert browser.delete(f"{kept_route.PATH}/x", headers=elsewhere).status_code == 403


@BOUNDED
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=60),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["search", "visitor"]), inner),
        max_leaves=5,
    )
)
def test_no_request_does_harm(browser: FlaskClient, body: Any) -> None:
    answer = browser.post(compose_route.PATH, json=body)
    harmless(answer)
    assert answer.status_code in (201, 400, 503)


def test_no_name_leads_to_another_file(browser: FlaskClient) -> None:
    known = compose(browser)
    for way in WAYS_OUT:
        for path in (f"{compose_route.PATH}/{known}/0/", f"{compose_route.PATH}/", f"{kept_route.PATH}/", f"{kept_route.PATH}/x/"):
            for written in (quote(way, safe=""), quote(way, safe="/")):
                harmless(browser.get(path + written))
        harmless(browser.get(f"{kept_route.PATH}/x/sound.ogg?library={quote(way, safe='')}"))
        harmless(browser.delete(f"{kept_route.PATH}/{quote(way, safe='')}"))


# --- kept -------------------------------------------------------------------------------------------------------


def test_a_piece_is_kept_beside_its_film_heard_there_and_removed(browser: FlaskClient, library: Library) -> None:
    known = compose(browser, FOR_FILM)
    answer = browser.post(f"{compose_route.PATH}/{known}/0/keep?cover=3")
    assert answer.status_code == 201 and answer.json["said"] == "Kept beside The Quiet Engine."
    (piece,) = keeping.kept(library, FILM)
    assert piece.id == answer.json["id"] and piece.cover and piece.about["match"] == 86 and piece.about["source"]["kind"] == "movie"
    assert set(piece.about["asked"]) >= {"moods", "valence", "energy", "danceability", "tempo", "genres"} and "moods" in piece.about["got"]
    at = f"{kept_route.PATH}/{piece.id}"
    kinds = {"sound.ogg": "audio/ogg", "piece.wav": "audio/wav", "piece.mid": "audio/midi", "cover.png": "image/png"}
    assert {file: browser.get(f"{at}/{file}").mimetype for file in kinds} == kinds
    assert browser.get(f"{at}/sound.ogg", headers={"Range": "bytes=0-3"}).data == b"OggS"
    assert browser.get(f"{at}/piece.json").status_code == 404
    for path, search in (("/movies", "?director=Ada+Vorn&movie=The+Quiet+Engine"), ("/compose", "")):
        words = said(browser, path, search)
        assert "match 86" in words and f"{at}/sound.ogg" in words
    assert browser.delete(at).status_code == 204 and keeping.kept(library) == []
    assert browser.delete(at).status_code == 404
    assert "none kept yet" in said(browser, "/movies", "?director=Ada+Vorn&movie=The+Quiet+Engine")


def test_without_a_film_it_is_kept_under_its_source(browser: FlaskClient, library: Library) -> None:
    answer = browser.post(f"{compose_route.PATH}/{compose(browser)}/1/keep")
    assert answer.json["said"] == "Kept in the library."
    (piece,) = keeping.kept(library)
    assert piece.folder.parent == library.root / "scores" / "-" / "tense" and piece.cover is None and piece.about["seed"] == 1


def test_what_cannot_be_kept_is_one_line(browser: FlaskClient, library: Library) -> None:
    known = compose(browser)
    (library.root / "scores").write_text("in the way")
    answer = browser.post(f"{compose_route.PATH}/{known}/0/keep")
    assert answer.status_code == 404 and "cannot be written" in answer.text and len(answer.text.splitlines()) == 1
    assert browser.post(f"{compose_route.PATH}/unknown/0/keep").status_code == 404


def test_a_link_out_of_the_library_is_neither_written_nor_shown(browser: FlaskClient, library: Library, tmp_path: Any) -> None:
    known = compose(browser)
    outside = tmp_path / "outside"
    keeping.keep(Library(outside), midi=b"MThd", sound=SECRET.encode(), about=keeping_about())
    (library.root / "scores").symlink_to(outside / "scores")
    assert "leads out of the library" in browser.post(f"{compose_route.PATH}/{known}/0/keep").text
    shelf = kept_route.shelf(library)
    assert shelf.pieces == [] and "leads out of the library" in shelf.damaged[0]
    (piece,) = keeping.kept(Library(outside))
    assert browser.get(f"{kept_route.PATH}/{piece.id}/sound.ogg").status_code == 404


def test_a_link_deeper_down_is_not_written_through(browser: FlaskClient, library: Library, tmp_path: Any) -> None:
    known = compose(browser)
    (tmp_path / "outside").mkdir()
    (library.root / "scores").mkdir()
    (library.root / "scores" / "-").symlink_to(tmp_path / "outside")
    assert "leads out of the library" in browser.post(f"{compose_route.PATH}/{known}/0/keep").text
    assert list((tmp_path / "outside").iterdir()) == []


def keeping_about() -> dict[str, Any]:
    return {"source": {"kind": "mood", "name": "sad"}, "asked": {}, "got": {}, "match": 1.0, "seed": 0, "length": 10.0, "film": None}


def test_a_damaged_piece_is_named_and_hides_no_other(browser: FlaskClient, library: Library) -> None:
    known = compose(browser)
    for number in (0, 1):
        browser.post(f"{compose_route.PATH}/{known}/{number}/keep")
    damaged = keeping.kept(library)[0]
    (damaged.folder / "piece.json").write_text("{")
    words = said(browser, "/compose")
    assert "1 piece" in words and str(damaged.folder / "piece.json") in words


# --- shown ------------------------------------------------------------------------------------------------------


def test_the_page_shows_what_was_composed_and_what_was_asked(browser: FlaskClient) -> None:
    known = compose(browser)
    words = said(browser, "/compose", f"?{TENSE}&result={known}&piece=2&cover=5")
    for expected in (
        "2 candidates, the best matches 86 of 100",
        "Match 79 of 100",
        "Asked against got",
        "Violins",
        "opening 1 bar",
        "seed=5",
    ):
        assert expected in words, expected
    assert f"{compose_route.PATH}/{known}/1/sound.ogg" in words
    assert "no longer known" in said(browser, "/compose", "?result=unknown")


def test_a_piece_has_covers(browser: FlaskClient) -> None:
    known = compose(browser)
    assert browser.get(f"/cover?composed={known}&piece=0&seed=1&size=200").mimetype == "image/png"
    assert browser.get(f"/cover?composed={known}&piece=7&seed=1&size=200").status_code == 404
    assert browser.get("/cover?composed=unknown&piece=0&seed=1&size=200").status_code == 404


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({}, "Like Rain on Platform 9"),
        ({"director": "Łukasz Øster", "movie": "No Music At All"}, "no music was found in it"),
        ({"source": "genre"}, "Choose one film genre or several"),
        ({"source": "genre", "genres": ["Horror:60", "Drama:40"]}, "Like Horror, Drama"),
        ({"source": "mood"}, "Choose a mood or several"),
        ({"source": "poster"}, "Drop a film's poster here"),
        ({"source": "scene", "picture": "unknown"}, "no longer known"),
        ({"library": "elsewhere"}, "no library is called"),
    ],
)
def test_each_source_and_each_lack_has_its_words(pristine: Library, query: dict[str, Any], words: str) -> None:
    with page_of("compose", pristine) as page:
        layout = page.layout(**query)
        assert words in text(layout).replace("  ", " ") and json.loads(to_json(layout))


def test_without_films_other_sources_are_left(empty_library: Library) -> None:
    with page_of("compose", empty_library) as page:
        assert "This library has no films yet" in text(page.layout())
        assert by_id(page.layout(source="mood", moods="sad"), "compose-tempo").value == [55, 85]


def test_what_is_marked_is_what_the_source_gives(pristine: Library) -> None:
    with page_of("compose", pristine) as page:
        layout = page.layout(source="mood", moods="tense", energy="30", happy="10", tense="70", sad="10", calm="10")
    slider = by_id(layout, {"type": "compose-slider", "index": "energy"})
    assert slider.value == 30 and slider.marks == [{"value": 80}]
    assert by_id(layout, {"type": "compose-slider", "index": "tense"}).value == 70 and not by_id(layout, "compose-reset").hidden
    assert by_id(layout, "compose-given").data["energy"] == 80


def test_callbacks_draw_the_target_and_another_candidate(pristine: Library) -> None:
    app = create_app([pristine.root])
    app.server.config[compose_route._STUDIO] = desk = Studio(fake_composition.compose)
    known = desk.ask(wish(), "me")
    until(lambda: desk.find(known).found)
    with app.server.test_request_context():
        from dashboard.pages import compose as page

        content, weights = page.retarget({"query": "source=genre&genres=Horror:60&genres=Drama:40", "weights": True})
        assert "Like Horror, Drama" in text(content).replace("  ", " ") and len(weights) == 2
        large, shown = page.show({"result": known, "piece": 1}, {"result": known, "piece": 0, "colours": []})
        assert "Match 79 of 100" in text(large) and shown["piece"] == 1
        assert "no longer known" in text(page.show({"result": "unknown", "piece": 0}, {})[0])
        assert page.show(None, None) == page.retarget("x") and "Kept in this library" in text(page.kept(1, ""))


def test_asked_and_got_lie_on_one_scale() -> None:
    one = fake_composition.composed(wish(), 3, 80)
    card = matches.card(one.match)
    assert text(card).startswith("Asked against got: ") and "farthest" in text(card)
    lines = [part for part in components(card) if part._type == "Tr"]
    assert len(lines) == 1 + 1 + 4 + len(one.match.parts) - 1
    places = [part.style["left"] for part in components(card) if getattr(part, "className", "") == "got-mark" and hasattr(part, "style")]
    assert len(places) == 11 and all(0 <= float(place.rstrip("%")) <= 100 for place in places)


def test_the_pieces_card_tells_its_form_and_players() -> None:
    one = fake_composition.composed(wish(), 3, 80)
    found = Composition(wish(), (one,))
    words = text(candidates.results(found, "known", 0, None))
    assert (
        "Match 80 of 100" in words
        and "cadence" in words
        and "Who plays the notes" in words
        and "Drums" in words
        and "100 % of it" in words.replace("\u00a0", " ")
    )


def test_a_films_card_leads_to_the_page(pristine: Library) -> None:
    with create_app([pristine.root]).server.test_request_context():
        card = scores.of_film(pristine, FILM, None)
    link = next(part for part in components(card) if part._type == "A")
    assert link.href == "/compose?source=movie&director=Ada+Vorn&movie=The+Quiet+Engine"
