"""A page as a tree. Pages come from anywhere: one that would take hours to read, or gigabytes, is refused before it is built."""

import re
import warnings
from collections import Counter
from html.parser import HTMLParser
from typing import Any

from bs4 import BeautifulSoup, XMLParsedAsHTMLWarning
from bs4.builder import ParserRejectedMarkup

MAX_TEXT = 4 << 20  # characters without pictures; the title page of a film has a million
MAX_NODES = 60_000  # tags, attributes and pieces of text; the title page of a film has 15,000, a list of keywords 40,000
MAX_DEPTH = 300  # tags in each other; pages have about 25, and not all close what they open
MAX_TAG = 20_000  # characters of one tag
# What stands behind a tag that never ends is looked through again for each "<" in it: so much takes no time.
MAX_REST = 2_000
_PICTURE = re.compile(r"""\bdata:[^\s"'<>()]{500,}""")  # in a page saved with all it shows
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())


def tree(text: str) -> BeautifulSoup:
    """The tree of a page. Raises ValueError when the page is none, or larger or deeper than pages are."""
    text = _PICTURE.sub("", text)
    if len(text) > MAX_TEXT:
        raise ValueError(f"more than {MAX_TEXT} characters")
    scan = _Scan()
    try:
        scan.feed(text)
        whole = len(text) - len(scan.rawdata)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
            return BeautifulSoup(text[: whole + MAX_REST], "html.parser")
    # Both parsers have errors of their own, and trip over numbers of thousands of digits.
    except (ValueError, AssertionError, RecursionError, ParserRejectedMarkup) as error:
        raise ValueError(f"cannot be read as HTML ({error})") from error


class _Scan(HTMLParser):
    """Counts what a tree of the page would hold."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self._nodes = 0
        self._open: list[str] = []
        self._times_open = Counter[str]()

    def handle_starttag(self, tag: str, attrs: list[Any]) -> None:
        self._count(1 + len(attrs))
        if tag not in _VOID:
            self._open.append(tag)
            self._times_open[tag] += 1
        if len(self._open) > MAX_DEPTH:
            raise ValueError(f"more than {MAX_DEPTH} tags in each other")

    def handle_endtag(self, tag: str) -> None:
        self._count(1)
        closed = ""
        while self._times_open[tag] and closed != tag:
            closed = self._open.pop()
            self._times_open[closed] -= 1

    def handle_data(self, data: str) -> None:
        self._count(1)

    def handle_comment(self, data: str) -> None:
        self._count(1)

    def handle_decl(self, decl: str) -> None:
        self._count(1)

    def handle_pi(self, data: str) -> None:
        self._count(1)

    def unknown_decl(self, data: str) -> None:
        self._count(1)

    def handle_entityref(self, name: str) -> None:
        self._count(1)

    def handle_charref(self, name: str) -> None:
        self._count(1)

    def check_for_whole_start_tag(self, i: int) -> int:
        """Where a tag ends. The parser's own search takes 200 bytes for each character of a tag: it gets no more than MAX_TAG."""
        whole, self.rawdata = self.rawdata, self.rawdata[i : i + MAX_TAG]
        try:
            length = super().check_for_whole_start_tag(0)  # type: ignore[misc]
        finally:
            self.rawdata = whole
        if length < 0 and len(whole) - i > MAX_TAG:
            raise ValueError(f"a tag of more than {MAX_TAG} characters")
        return length if length < 0 else i + length

    def _count(self, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise ValueError(f"more than {MAX_NODES} tags and pieces of text")
