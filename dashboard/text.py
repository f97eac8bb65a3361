"""How the dashboard writes numbers (shares as whole percent, probabilities with two decimals, times as m:ss or h:mm:ss) and finds names."""

import unicodedata
from datetime import datetime
from functools import lru_cache
from html import escape

NO_BREAK_SPACE = "\u00a0"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # in every locale


def percent(share: float) -> str:
    """A share of 0..100 as whole percent; what is not quite nothing or not quite all is not rounded to it."""
    rounded = round(share)
    if rounded == 0 and share > 0:
        return f"<1{NO_BREAK_SPACE}%"
    if rounded == 100 and share < 100:
        return f">99{NO_BREAK_SPACE}%"
    return f"{rounded}{NO_BREAK_SPACE}%"


def probability(p: float) -> str:
    """A probability of 0..1 with two decimals."""
    return f"{p:.2f}"


def clock(seconds: float) -> str:
    """A time as m:ss, from one hour on as h:mm:ss."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def day(moment: str) -> str:
    """An ISO 8601 date or time as "21 Nov 2026"; what is none stays as it is."""
    try:
        date = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def counted(n: int, noun: str, plural: str = "") -> str:
    """ "1 segment", "1,200 segments"; the plural is the noun with an s unless given."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def chart_text(text: str) -> str:
    """Text for a chart: Plotly reads some HTML, a film's name must stay a name."""
    return escape(text, quote=False)


# Letters that Unicode does not take apart, and signs that a keyboard does not have. The same in assets/search.js.
_LETTERS = str.maketrans(
    {
        "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t", "ı": "i",
        "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2010": "-", "\u2013": "-", "\u2014": "-",
    }
)  # fmt: skip


@lru_cache(maxsize=1 << 15)
def folded(text: str) -> str:
    """Text as it is compared in a search: without case, accents and other marks ("Łódź" is "lodz", "Straße" is "strasse")."""
    return text.casefold() if text.isascii() else _plain(_plain(text).casefold()).translate(_LETTERS)


def _plain(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if unicodedata.category(letter) != "Mn")
