"""What a file's name says of its film: title, other titles, year, IMDb id; and titles folded so that spellings compare.

Two foldings: `fold` keeps every word that tells films apart; `key` is coarser (no leading article, no "and", no spaces)
and is what titles are looked up by.
"""

import re
import unicodedata
from dataclasses import dataclass

YEARS = range(1888, 2036)  # from the oldest film that survives to those announced
LONGEST = 500  # characters that are looked at; a file's name has at most 255, the longest titles have about 200

# Written by release tools: everything from the first of these on is not the title.
_RELEASE = re.compile(
    r"""(?ix) (?<![\w']) (?:
    \d{3,4}[pi] | \d{3,4}x\d{3,4} | [48]k(?=\W*(?:$|uhd|hdr|remux|blu|web)) | uhd | hdr(?:10)?\+? | dolby[ ]vision
    | blu[- ]?ray | b[dr]-?rip | dvd(?:-?rip|-?scr|[59])? | web-?(?:dl|rip) | hd-?(?:tv|rip|dvd)| tv-?rip | vhs-?rip | cam-?rip | remux
    | [xh][ .]?26[45] | hevc | avc | av1 | xvid | divx | mpeg-?[24]
    | ac-?3 | e-?ac-?3 | aac(?:\d.*)? | dts(?:-?hd)? | ddp?[ .]?[257][ .][01] | flac | truehd | atmos | [257][ .]1(?=\W*$|[ ]ch)
    | 10-?bits? | repack | yify | yts | rarbg | nf[ ]web | amzn
    ) (?!\w)"""
)
_EDITION = r"""
    (?:the[ ])?(?:(?:director'?s?|theatrical|extended|final|ultimate|special|anniversary|collector'?s|unrated|international|uncut)[ ]?)+
        (?:cut|edition|version)
    | \d+th[ ]anniversary(?:[ ]edition)? | (?:digitally[ ])?remastered | (?:cd|dis[ck]|dvd)[ ]?\d
"""
# May be words of a title: dropped only behind a year or before a release tag.
_LOOSE = r"""
    | restored | unrated | uncut | proper | limited | internal | extended | criterion(?:[ ]collection)? | imax | dual[ ]audio
    | multi(?:[ ]?subs?)? | subbed | dubbed | web | hq | 3d
"""
_AT_END = r"(?ix) (?: (?<=[\w)'!?])[ ,:;-]+ | ^) (?: %s ) $"
_EDITION_AT_END, _LOOSE_AT_END = re.compile(_AT_END % _EDITION), re.compile(_AT_END % (_EDITION + _LOOSE))
_ID = re.compile(r"(?i)(?<![a-z0-9])tt(\d{7,10})(?!\d)")
_ID_TAG = re.compile(r"(?i)[\[{(]\s*(?:(?:imdb|tmdb|tvdb)(?:id)?\s*[-=: ]\s*)?(?:tt)?\d+\s*[\]})]")
_OTHER_ID_TAG = re.compile(r"(?i)[\[{(]\s*(?:tmdb|tvdb)(?:id)?\s*[-=: ]\s*\w+\s*[\]})]")
_SITE = re.compile(r"(?i)^\W*www[. ][^ \]]+[. ](?:com|org|net|[a-z]{2})\b[\s\])_.-]*")
_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|\{([^{}]*)\}")
_YEAR = re.compile(r"(?<!\d)((?:18|19|20)\d\d)(?!\d)")
_LAST_ARTICLE = re.compile(r"(?i)^(.*\S), (the|an?|la|les?|l'|el|los|las|il|lo|gli|der|die|das|un[aeo]?|eine?)$")
_ARTICLES = frozenset("the a an la le les l el los las il lo gli der das un una une uno ein eine".split())


@dataclass(frozen=True)
class Name:
    """What a name says.

    title : the title, readable
    others : further readings of it, such as the one in round brackets
    """

    title: str
    others: tuple[str, ...] = ()
    year: int | None = None
    imdb_id: str | None = None


# --- names of files -----------------------------------------------------------------------------------------------


def clean(name: str) -> Name:
    """Read a file's or folder's name (without its ending), as people and release tools write them.

    >>> clean("The.39.Steps.1935.1080p.BluRay.x264-GRP")
    Name(title='The 39 Steps', others=('The 39 Steps 1935',), year=1935, imdb_id=None)
    >>> clean("La ley del deseo (Law of Desire)")
    Name(title='La ley del deseo', others=('Law of Desire',), year=None, imdb_id=None)
    """
    name = name.strip()[:LONGEST]
    found = _ID.search(name)
    text = _ID.sub(" ", _ID_TAG.sub(_drop_id_tag, _OTHER_ID_TAG.sub(" ", name))) if found else _OTHER_ID_TAG.sub(" ", name)
    text = _spaced(_SITE.sub("", unicodedata.normalize("NFC", text)))
    text, bracketed, year = _take_brackets(text)
    text, tagged = _cut_release(text)
    text, others = _split_aka(_strip_editions(text, loose=tagged))
    text, year, whole = _take_year(text, year)
    title = _tidy(_strip_editions(text))
    title = title or _tidy(name) or name.strip()
    readings = dict.fromkeys(map(_tidy, [whole, *others, *bracketed]))
    return Name(title, tuple(reading for reading in readings if reading not in ("", title)), year, f"tt{found[1]}" if found else None)


def _drop_id_tag(match: re.Match[str]) -> str:
    return " " if re.search("(?i)tt|imdb|tmdb|tvdb", match[0]) else match[0]


def _spaced(text: str) -> str:
    """Dots and underscores for spaces, where a name has no spaces of its own."""
    return re.sub(r"[._]+", " ", text) if " " not in text.strip() else text.replace("_", " ")


def _take_brackets(text: str) -> tuple[str, list[str], int | None]:
    """The text without its brackets, titles that stood in round ones, and a year that stood in any."""
    titles: list[str] = []
    years: list[int] = []

    def take(match: re.Match[str]) -> str:
        inside = next(group for group in match.groups() if group is not None).strip()
        before, behind = text[: match.start()], text[match.end() :]
        if (found := _YEAR.search(inside)) and int(found[1]) in YEARS and not re.search(r"[^\W\d_]{2}", _RELEASE.sub("", inside)):
            years.append(int(found[1]))
        elif before[-1:].isalnum() or behind[:1].isalnum():  # part of a word: "(T)Raum"
            return match[0]
        elif match[1] is None or _RELEASE.search(inside):
            pass
        elif (inside.isdigit() and not before.strip()) or before.rstrip().lower().endswith(" or"):  # "(500) Days of Summer"
            return f" {inside} "
        elif _strip_editions(inside, loose=True):
            titles.append(inside)
        return "|"

    parts = [part for part in _BRACKETS.sub(take, text).split("|") if re.search(r"\w", part)]
    if not parts:  # nothing but brackets: "[REC] (2007)"
        return re.sub(r"[()\[\]{}]", " ", re.sub(r"[(\[{]\s*\d{4}\s*[)\]}]", " ", text)), [], years[-1] if years else None
    # What stands behind a bracket is a release's group or quality, or a year.
    before, *behind = parts
    years = years or [int(year) for part in behind for year in _YEAR.findall(part) if int(year) in YEARS]
    return before, titles, years[-1] if years else None


def _cut_release(text: str) -> tuple[str, bool]:
    match = _RELEASE.search(text)
    if match and re.search(r"\w", text[: match.start()]):
        return text[: match.start()], True
    return text, False


def _split_aka(text: str) -> tuple[str, list[str]]:
    first, *others = re.split(r"(?i)\s(?:aka|a\.k\.a\.?)\s", text)
    return (first, others) if first.strip() else (text, [])


def _take_year(text: str, year: int | None) -> tuple[str, int | None, str]:
    """Title, year, and the reading in which the year belongs to the title ("Wonder Woman 1984"), or "".

    A bare year counts where only editions follow it, and not as the first word ("1917", "2001 A Space Odyssey").
    """
    if year is not None:
        return text, year, ""
    text = re.sub(r"-[A-Za-z0-9]+\s*$", "", text) if re.search(r"\d{4}-[A-Za-z]\w*\s*$", text) else text
    for match in reversed(list(_YEAR.finditer(text))):
        before, behind = text[: match.start()], text[match.end() :]
        if int(match[1]) in YEARS and re.search(r"\w", before) and not re.search(r"\w", _strip_editions(behind, loose=True)):
            return before, int(match[1]), _strip_editions(text, loose=True)
    return text, None, ""


def _strip_editions(text: str, *, loose: bool = False) -> str:
    """The text without editions at its end; one that is nothing else becomes ""."""
    pattern = _LOOSE_AT_END if loose else _EDITION_AT_END
    while (shorter := pattern.sub("", text.strip(" -,.;:"))) != text:
        text = shorter
    return text


def _tidy(text: str) -> str:
    """One space between words, no separators at the ends, a trailing article in front."""
    text = re.sub(r"\s+", " ", text).strip(" -,;:_|")
    if article := _LAST_ARTICLE.match(text):
        text = f"{article[2]}{'' if article[2].endswith(chr(39)) else ' '}{article[1]}"
    return text


# --- foldings -----------------------------------------------------------------------------------------------------

_QUOTES = "'`´’‘ʼ"
_LETTERS = {
    "ø": "o",
    "ł": "l",
    "æ": "ae",
    "œ": "oe",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ı": "i",
    "ħ": "h",
    "½": " 1 2 ",
    "&": " and ",
    "+": " and ",
}
_ACCENTS = dict.fromkeys(map(chr, range(0x300, 0x370)), "")
_SPELLING = str.maketrans(_LETTERS | _ACCENTS | dict.fromkeys(_QUOTES, ""))
_SUBTITLE = re.compile(r"\s*: |\s+[-–—] |,? or: |, or |(?: or)? \(")
_WORD = re.compile("[a-z0-9]+")
_PARTS = frozenset("part pt vol volume chapter episode number no nr".split())
_ROMAN = {"i": 1, "v": 5, "x": 10}
_UNITS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_TEENS = "thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_NUMBERS = {word: number for number, word in enumerate([*_UNITS, *_TEENS])}
_TENS = {word: 10 * number for number, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_ORDINALS = dict(zip("first second third fourth fifth sixth seventh".split(), "1st 2nd 3rd 4th 5th 6th 7th".split(), strict=True))
_ROMAN_TOKEN = re.compile(r"(?:x{0,3})(?:ix|iv|v?i{0,3})")
_SPECIAL = frozenset([*_NUMBERS, *_TENS, *_ORDINALS, *_PARTS])
_NUMERAL = re.compile(r"[ivx]+")


def fold(title: str) -> str:
    """The title in lower case without accents and punctuation, numbers as digits, "&" as "and", without "part" and "vol".

    Idempotent. A title of nothing but punctuation is kept as it is.

    >>> fold("The Godfather: Part II"), fold("¿Qué he hecho yo?"), fold("L.A. Confidential"), fold("The Thirty-Nine Steps")
    ('the godfather 2', 'que he hecho yo', 'la confidential', 'the 39 steps')
    """
    words = _words(title)
    while any(word in _SPECIAL or len(word) == 1 or _NUMERAL.fullmatch(word) for word in words):
        plainer = _without_parts(_as_digits(_join_letters(_numerals(words))))
        if plainer == words:
            break
        words = plainer
    return " ".join(words) or " ".join(title.split()).casefold()


def key(title: str) -> str:
    """What titles are looked up by: `fold` without a leading article, "and" and spaces.

    >>> key("Mr. & Mrs. Smith") == key("Mr Mrs Smith"), key("Blood Work") == key("Bloodwork")
    (True, True)
    """
    return folded_key(fold(title))


def folded_key(folded: str) -> str:
    """`key` of a title that is folded already."""
    words = folded.split()
    if len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    return "".join(word for word in words if word != "and") or folded


def main_title(title: str) -> str:
    """What stands before a subtitle ("Birdman or (...)", "Borat: ..."); the whole where there is none."""
    return _SUBTITLE.split(title[:LONGEST], maxsplit=1)[0].strip() or title


def numbers(folded: str) -> frozenset[str]:
    """The numbers in a folded title: "Kill Bill 1" is not "Kill Bill 2"."""
    return frozenset(re.findall(r"\d+", folded))


def _words(title: str) -> list[str]:
    text = title.lower().translate(_SPELLING)
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.casefold()).casefold().translate(_SPELLING)
    if text.isascii():
        return _WORD.findall(text)
    text = unicodedata.normalize("NFKC", text)
    return "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in text).split()


def _numerals(words: list[str]) -> list[str]:
    """Roman numerals as digits; I only where it counts ("Episode I", not "I Confess"), V and X not inside initials."""
    out = []
    for place, word in enumerate(words):
        counts = place > 0 and words[place - 1] in _PARTS
        initial = any(len(near) == 1 for near in words[max(place - 1, 0) : place] + words[place + 1 : place + 2])
        if _NUMERAL.fullmatch(word) and (counts or (word != "i" and not (len(word) == 1 and initial))):
            out.append(str(_roman(word)) if _ROMAN_TOKEN.fullmatch(word) else word)
        else:
            out.append(word)
    return out


def _roman(word: str) -> int:
    values = [_ROMAN[letter] for letter in word]
    return sum(-value if value < max(values[place:]) else value for place, value in enumerate(values))


def _join_letters(words: list[str]) -> list[str]:
    """Initials as one word: "L.A." and "LA", "M*A*S*H" and "MASH"."""
    out: list[str] = []
    previous_single = False
    for word in words:
        single = len(word) == 1 and word.isalpha()
        if single and previous_single:
            out[-1] += word
        else:
            out.append(word)
        previous_single = single
    return out


def _as_digits(words: list[str]) -> list[str]:
    out: list[str] = []
    tens = 0
    for word in words:
        number = _NUMBERS.get(word)
        if tens and number is not None and 0 < number < 10:
            out[-1] = str(tens + number)
            tens = 0
            continue
        tens = _TENS.get(word, 0)
        out.append(str(tens) if tens else _ORDINALS.get(word, word) if number is None else str(number))
    return out


def _without_parts(words: list[str]) -> list[str]:
    kept: list[str] = []
    for word in reversed(words):
        if word in _PARTS and kept and kept[-1].isdigit():
            continue
        kept.append(word)
    return kept[::-1]
