"""Two web services as further sources, for who has a key: TMDb (TMDB_API_KEY) and OMDb (OMDB_API_KEY).

Keys are given to the fetcher apart from the addresses, so that no record, reason, log or name of a cache file can hold one.
"""

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from scrapers import matching, values
from scrapers.fetch import Fetcher
from scrapers.known_films import Film, pick
from scrapers.sources import Answer, Candidate, Query, Source, Status, now
from scrapers.values import get, listed

TMDB = "https://api.themoviedb.org/3"
TMDB_POSTERS = "https://image.tmdb.org/t/p/w500"
OMDB = "https://www.omdbapi.com"
MAX_DETAILS = 5  # films that are asked for in full to tell them apart


def from_environment(fetcher: Fetcher, environment: Mapping[str, str] = os.environ, *, tmdb: str = TMDB, omdb: str = OMDB) -> list[Source]:
    """The services for which the environment holds a key: OMDb first, as it gives IMDb's own rating."""
    sources: list[Source] = []
    if key := environment.get(Omdb.variable, "").strip():
        sources.append(Omdb(fetcher, key, omdb))
    if key := environment.get(Tmdb.variable, "").strip():
        sources.append(Tmdb(fetcher, key, tmdb))
    return sources


class _NoAnswer(Exception):
    """The service has nothing that can be used."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class _Service(ABC):
    """What the services share: by id at once; by title a search, then the films that may be meant in full.

    Parameters
    ----------
    fetcher : the run's session
    key : what the service gave its user
    base : its address, without a slash at the end
    """

    name: str
    variable: str

    def __init__(self, fetcher: Fetcher, key: str, base: str) -> None:
        self._fetcher, self._key, self._base = fetcher, key, base
        self._rejected = ""

    def lookup(self, query: Query) -> Answer:
        try:
            if imdb_id := values.imdb_id(query.imdb_id):
                return self._film(self._number(imdb_id)).answer()
            return pick(query, map(self._film, self._shortlist(query)), self.name)
        except _NoAnswer as none:
            return Answer(none.status, {}, self.name, now(), none.reason)

    def _shortlist(self, query: Query) -> list[str]:
        """The service's numbers of the films that may be meant; a search tells neither director nor runtime."""
        plain = replace(query, director="", runtime=None)
        found = matching.choose(plain, self._search(query.title, query.year)).candidates
        if query.year and not found:  # a year may be off by one
            found = matching.choose(plain, self._search(query.title, None)).candidates
        return [candidate.imdb_id for candidate in found[:MAX_DETAILS]]

    @abstractmethod
    def _number(self, imdb_id: str) -> str:
        """The service's own number of a film."""

    @abstractmethod
    def _search(self, title: str, year: int | None) -> list[Candidate]:
        """Films of a title, with the service's own numbers for ids."""

    @abstractmethod
    def _film(self, number: str) -> Film:
        """All that the service knows of a film."""

    def _ask(self, path: str, **parameters: str | int) -> tuple[dict[str, Any], str]:
        """A reply and its time."""
        if self._rejected:
            raise _NoAnswer("failed", self._rejected)
        url = f"{self._base}{path}?{urlencode(parameters)}"
        reply = self._fetcher.get(url, **self._credentials())
        if reply.code == 401:
            self._rejected = f"{self.name} does not accept the key, or its limit for today is reached: check {self.variable}"
            raise _NoAnswer("failed", self._rejected)
        if reply.status != "ok":
            raise _NoAnswer(reply.status, reply.reason)
        try:
            content = json.loads(reply.body)
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            self._fetcher.forget(url)
            raise _NoAnswer("changed", f"{self.name}: the reply is not what its documentation says; please report it")
        return content, reply.when

    @abstractmethod
    def _credentials(self) -> dict[str, dict[str, str]]:
        """The key, as keyword arguments of Fetcher.get."""

    def _made(self, fields: dict[str, Any], link: str, when: str) -> Film:
        known = values.clean(fields)
        if "title" not in known:
            raise _NoAnswer("changed", f"{self.name}: the reply names no title; please report it")
        return Film(known, f"{self.name} {link}", when)


class Tmdb(_Service):
    """The Movie Database. Its rating is its own users', not IMDb's, and is left out: the two do not compare."""

    name = "TMDb"
    variable = "TMDB_API_KEY"

    def _credentials(self) -> dict[str, dict[str, str]]:
        # TMDb gives out two kinds: a short key, and a long token, which is a JSON Web Token.
        return {"headers": {"Authorization": f"Bearer {self._key}"}} if self._key.startswith("eyJ") else {"secrets": {"api_key": self._key}}

    def _number(self, imdb_id: str) -> str:
        found, _ = self._ask(f"/find/{imdb_id}", external_source="imdb_id")
        if numbers := _numbers(found.get("movie_results")):
            return numbers[0]
        if kind := next((kind for kind in ("tv", "tv_season", "tv_episode", "person") if found.get(f"{kind}_results")), None):
            raise _NoAnswer("failed", f"{imdb_id} is no movie: TMDb files it under {kind}")
        raise _NoAnswer("not_found", f"TMDb has no {imdb_id}")

    def _search(self, title: str, year: int | None) -> list[Candidate]:
        found, _ = self._ask("/search/movie", query=title, **({"year": year} if year else {}))
        return [_tmdb_candidate(film) for film in listed(found.get("results")) if _numbers(film) and values.text(get(film, "title"))]

    def _film(self, number: str) -> Film:
        film, when = self._ask(f"/movie/{number}", append_to_response="credits")
        fields = {
            "title": film.get("title"),
            "other_title": film.get("original_title") if film.get("original_title") != film.get("title") else None,
            "imdb_id": film.get("imdb_id"),
            "year": film.get("release_date"),
            "countries": [get(country, "name") for country in listed(film.get("production_countries"))],
            "genres": [get(genre, "name") for genre in listed(film.get("genres"))],
            "cast": [get(person, "name") for person in listed(get(film, "credits", "cast"))],
            "director": _crew(film, "Director"),
            "composer": _crew(film, "Original Music Composer"),
            "runtime": film.get("runtime"),
            "poster": f"{TMDB_POSTERS}{film['poster_path']}" if film.get("poster_path") else None,
        }
        return self._made(fields, f"movie {number}", when)


def _crew(film: dict[str, Any], job: str) -> list[Any]:
    return [get(person, "name") for person in listed(get(film, "credits", "crew")) if get(person, "job") == job]


def _numbers(films: Any) -> list[str]:
    return [str(number) for film in listed(films) if isinstance(number := get(film, "id"), int)]


def _tmdb_candidate(film: dict[str, Any]) -> Candidate:
    original = values.text(film.get("original_title"))
    return Candidate(str(film["id"]), values.text(film["title"]), values.year(film.get("release_date")), original=original)


class Omdb(_Service):
    """The Open Movie Database: IMDb's facts, with its rating and the metascore; what it does not know it calls "N/A"."""

    name = "OMDb"
    variable = "OMDB_API_KEY"

    def _credentials(self) -> dict[str, dict[str, str]]:
        return {"secrets": {"apikey": self._key}}

    def _number(self, imdb_id: str) -> str:
        return imdb_id

    def _search(self, title: str, year: int | None) -> list[Candidate]:
        found, _ = self._ask("/", s=title, type="movie", **({"y": year} if year else {}))
        films = [film for film in listed(found.get("Search")) if values.imdb_id(get(film, "imdbID")) and values.text(get(film, "Title"))]
        return [Candidate(film["imdbID"], values.text(film["Title"]), values.year(film.get("Year"))) for film in films]

    def _film(self, number: str) -> Film:
        film, when = self._ask("/", i=number)
        if film.get("Response") == "False":
            raise _NoAnswer("not_found", f"OMDb has no {number} ({values.text(film.get('Error'))})")
        if film.get("Type") not in (None, "movie"):
            raise _NoAnswer("failed", f"{number} is a {values.text(film['Type'])}, not a movie: {values.text(film.get('Title'))}")
        known = {field: value for field, value in film.items() if value != "N/A"}
        fields = {
            "title": known.get("Title"),
            "imdb_id": known.get("imdbID"),
            "year": known.get("Year"),
            "rating": known.get("imdbRating"),
            "metascore": known.get("Metascore"),
            "countries": _split(known.get("Country")),
            "genres": _split(known.get("Genre")),
            "cast": _split(known.get("Actors")),
            "director": _split(known.get("Director")),
            "runtime": str(known.get("Runtime", "")).removesuffix(" min"),
            "poster": known.get("Poster"),
        }
        return self._made(fields, number, when)


def _split(names: Any) -> list[str]:
    return names.split(", ") if isinstance(names, str) else []
