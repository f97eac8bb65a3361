"""Ask web servers politely: saying who we are, one request a second, nothing twice, and taking no for an answer.

A server that refuses is left alone for the rest of the run and the day after; nothing here tries to get around a refusal.
"""

import logging
import math
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote, quote_plus, urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError, NewConnectionError, ReadTimeoutError

from scrapers import values
from scrapers.page_cache import Kept, PageCache
from scrapers.replies import NotYet, Reply, judge
from scrapers.sources import Answer, Query, now
from scrapers.title_page import UNKNOWN, NotAMovie, parse

CONTACT = "LEITMOTIF_CONTACT"  # environment variable: where a server's owner can reach the person who asks
IMDB = "https://www.imdb.com"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 5
MAX_FAILURES = 3  # pages in a row, each after all attempts: then the host is left alone for the rest of the run


def user_agent(environment: Mapping[str, str] = os.environ) -> str:
    """Who asks: this program and its version, and the contact its user gives. The project has no public address to name."""
    contact = values.text(environment.get(CONTACT)) or "film-music analysis, one request a second"
    return f"Leitmotif/{version('leitmotif')} ({contact.encode('ascii', 'replace').decode()})"


@dataclass(frozen=True)
class Manners:
    """How servers are treated. Times in seconds.

    pause, jitter : between the starts of two requests lie `pause` and a random part of `jitter`
    attempts, backoff : a busy or failing server is asked `attempts` times, after `backoff`, then twice that, ...
    patience : the longest wait that is worth it when a server names one
    timeout, deadline : for one sign of life, and for a whole page
    keep : for how long a kept page is used without asking whether it still holds
    """

    pause: float = 1.0
    jitter: float = 0.5
    attempts: int = 4
    backoff: float = 2.0
    patience: float = 60.0
    timeout: float = 20.0
    deadline: float = 60.0
    max_bytes: int = 8 << 20
    keep: timedelta = timedelta(days=30)


POLITE = Manners()


class _NoSecrets(logging.Filter):
    """Takes keys out of the lines in which urllib3 logs the addresses it asks."""

    def __init__(self) -> None:
        super().__init__()
        self.secrets: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        line = record.getMessage()
        for secret in filter(line.__contains__, self.secrets):
            line = line.replace(secret, "***")
            record.msg, record.args = line, ()
        return True


_NO_SECRETS = _NoSecrets()
for _name in ("urllib3.connectionpool", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_NO_SECRETS)


class Fetcher:
    """One session for all that a run asks.

    Parameters
    ----------
    cache : folder that keeps the replies, and who refused
    offline : answer from the cache only; the network is not touched
    clock, sleep : for tests
    """

    def __init__(
        self,
        cache: Path,
        *,
        offline: bool = False,
        manners: Manners = POLITE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.offline = offline
        self.manners = manners
        self._cache = PageCache(cache)
        self._clock, self._sleep = clock, sleep
        self._last = -math.inf
        self._failures = Counter[str]()
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": user_agent(), "Accept-Language": "en", "Accept-Encoding": "gzip"})
        # Hosts that are not asked any more, with their answer: refusals (an earlier run's, too) and hosts to which there is no way.
        self._closed = {host: Reply("blocked", reason=reason) for host, reason in self._cache.refusals().items()}

    def get(self, url: str, *, secrets: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None) -> Reply:
        """What `url` says: ok, not_found, blocked, failed or offline; does not raise for what a server does.

        Parameters
        ----------
        secrets : further query parameters (keys), kept out of the cache, of reasons and of logs
        headers : further headers, sent to the host of `url` only

        Raises
        ------
        InputError : the cache folder cannot be written
        """
        kept = self._cache.read(url)
        if kept and (self.offline or kept.age < self.manners.keep):
            return Reply("ok", kept.body, kept.when)
        if self.offline:
            return Reply("offline", reason=f"{url}: not in the cache, and not asked (offline)")
        reply = self._ask(url, dict(secrets or {}), _conditions(kept) | dict(headers or {}))
        if kept and reply.code == 304:
            reply = replace(reply, body=kept.body, etag=reply.etag or kept.etag, modified=reply.modified or kept.modified)
        elif kept and reply.status != "ok":
            return Reply("ok", kept.body, kept.when, f"copy of {kept.when[:10]}, not renewed: {reply.reason}")
        if reply.status == "ok":
            self._cache.write(url, Kept(reply.body, reply.when, reply.etag, reply.modified))
        return reply

    def forget(self, url: str) -> None:
        """Drop a reply that turned out to be of no use, so that the next run asks again."""
        self._cache.forget(url)

    def _ask(self, url: str, secrets: dict[str, str], headers: dict[str, str]) -> Reply:
        """Ask, and ask again while that may help."""
        host = urlsplit(url).netloc
        for attempt in range(self.manners.attempts):
            try:
                reply = self._follow(url, secrets, headers)
            except NotYet as not_yet:
                reply = not_yet.reply
                wait = self.manners.backoff * 2**attempt if not_yet.wait is None else not_yet.wait
            else:
                self._failures.pop(host, None)
                return reply
            if wait > self.manners.patience:
                break
            if attempt + 1 < self.manners.attempts:
                self._sleep(wait)
        else:
            self._failures[host] += 1
        if reply.status in ("blocked", "offline"):
            self._closed[host] = reply
        elif self._failures[host] >= MAX_FAILURES:
            self._closed[host] = replace(reply, reason=f"{host} failed {MAX_FAILURES} times in a row and is not asked again in this run")
        return reply

    def _follow(self, url: str, secrets: dict[str, str], headers: dict[str, str]) -> Reply:
        """Ask, and go where the server points. What is meant for one host is not carried to another."""
        home = urlsplit(url).netloc
        asked: list[str] = []
        while url not in asked and len(asked) <= MAX_REDIRECTS:
            host = urlsplit(url).netloc
            if host in self._closed:
                return self._closed[host]
            location, reply = self._once(url, {} if asked else secrets, headers if host == home else {})
            asked.append(url)
            if location is None:
                self._remember({home, host}, reply)
                return reply
            url = urljoin(url, location)
        return Reply("failed", reason=f"{asked[0]}: redirects in circles")

    def _remember(self, hosts: set[str], reply: Reply) -> None:
        if reply.status in ("blocked", "offline"):
            self._closed |= dict.fromkeys(hosts, reply)
        if reply.status == "blocked":
            for host in hosts:
                self._cache.refuse(host, f"{reply.reason} (on {reply.when[:10]}; not asked again for a day)")

    def _once(self, url: str, secrets: dict[str, str], headers: dict[str, str]) -> tuple[str | None, Reply]:
        """One request: where to look instead, if the server says so, and the reply."""
        _NO_SECRETS.secrets.update(form for secret in secrets.values() for form in (secret, quote(secret), quote_plus(secret)))
        self._take_turn()
        end = self._clock() + self.manners.deadline
        try:
            with self._session.get(
                url, params=secrets, headers=headers, timeout=self.manners.timeout, stream=True, allow_redirects=False
            ) as response:
                if response.status_code in REDIRECTS and "location" in response.headers:
                    return response.headers["location"], Reply("failed", code=response.status_code)
                return None, judge(url, response, max_bytes=self.manners.max_bytes, too_late=lambda: self._clock() > end)
        # These errors quote the whole address, keys and all: none of their text is passed on.
        except requests.ConnectTimeout:
            raise NotYet(Reply("offline", reason=f"{url}: no connection")) from None
        except (requests.Timeout, ReadTimeoutError):
            raise NotYet(Reply("failed", reason=f"{url}: no answer within {self.manners.timeout:g} s")) from None
        except (requests.ConnectionError, HTTPError) as error:
            if _no_way(error):
                return None, Reply("offline", reason=f"{url}: no connection")
            raise NotYet(Reply("failed", reason=f"{url}: the connection was cut")) from None
        except (requests.RequestException, ValueError):
            return None, Reply("failed", reason=f"{url}: is no address that can be asked")

    def _take_turn(self) -> None:
        wait = self._last + self.manners.pause + random.uniform(0, self.manners.jitter) - self._clock()
        if wait > 0:
            self._sleep(wait)
        self._last = self._clock()


def _conditions(kept: Kept | None) -> dict[str, str]:
    conditions = {"If-None-Match": kept.etag, "If-Modified-Since": kept.modified} if kept else {}
    return {header: value for header, value in conditions.items() if value}


def _no_way(error: Exception) -> bool:
    """Whether no connection came about at all: no network, no such host, nobody listening."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.exceptions.ProxyError) or isinstance(reason, NewConnectionError)


class LivePages:
    """The source that asks IMDb for a title page; it needs the title's id.

    Parameters
    ----------
    fetcher : the run's session
    base : where the pages are, without a slash at the end
    """

    name = "IMDb page"

    def __init__(self, fetcher: Fetcher, base: str = IMDB) -> None:
        self._fetcher, self._base = fetcher, base

    def lookup(self, query: Query) -> Answer:
        imdb_id = values.imdb_id(query.imdb_id)
        if not imdb_id:
            return Answer("not_found", {}, self.name, now(), "a page can only be asked for by its IMDb id")
        url = f"{self._base}/title/{imdb_id}/"
        reply = self._fetcher.get(url)
        # What went wrong is told under the source's name alone: one refusal is the same line for every film.
        if reply.status != "ok":
            return Answer(reply.status, {}, self.name, reply.when, reply.reason)
        try:
            return Answer("ok", parse(reply.body), f"{self.name} {url}", reply.when, reply.reason)
        except NotAMovie as refused:
            if refused.kind != UNKNOWN:
                return Answer("failed", {}, self.name, reply.when, f"{url} {refused}")
            self._fetcher.forget(url)
            return Answer("changed", {}, self.name, reply.when, f"{url}: the page has changed and can no longer be read; please report it")
