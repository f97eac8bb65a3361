import pytest

from dashboard.text import chart_text, clock, counted, day, folded, percent, probability


@pytest.mark.parametrize(
    ("share", "expected"), [(0, "0 %"), (0.2, "<1 %"), (0.6, "1 %"), (37.5, "38 %"), (99.6, ">99 %"), (100, "100 %"), (99.4, "99 %")]
)
def test_shares_are_whole_percent_and_never_pretend_to_be_nothing_or_all(share: float, expected: str) -> None:
    assert percent(share) == expected.replace(" ", "\u00a0")


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, "0:00"), (9, "0:09"), (154, "2:34"), (3599, "59:59"), (3600, "1:00:00"), (7384.4, "2:03:04")]
)
def test_times_are_minutes_and_from_one_hour_on_hours(seconds: float, expected: str) -> None:
    assert clock(seconds) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("2026-11-21T05:54:13+00:00", "21 Nov 2026"), ("2026-01-02", "2 Jan 2026"), ("yesterday", "yesterday"), ("", "")],
)
def test_days_are_written_out_and_what_is_no_date_stays(moment: str, expected: str) -> None:
    assert day(moment) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Café", "cafe"), ("Łódź Øster", "lodz oster"), ("Straße", "strasse"), ("STRASSE", "strasse"), ("Æon", "aeon"), ("Œuvre", "oeuvre"),
        ("İstanbul ılık", "istanbul ilik"), ("ΟΔΥΣΣΕΥΣ", "οδυσσευσ"), ("Ночь", "ночь"), ("Ёлка", "елка"),
        ("Amélie — l’hôtel", "amelie - l'hotel"),
        ("e\u0301", "e"), ("שָׁלוֹם", "שלום"), ("ﬁlm ２", "film 2"), ("千と千尋", "千と千尋"), ("", ""), ("100 %", "100 %"),
    ],
)  # fmt: skip
def test_names_are_found_however_they_are_written(text: str, expected: str) -> None:
    assert folded(text) == expected == folded(folded(text))


def test_probabilities_counts_and_names_in_charts() -> None:
    assert probability(0.6) == "0.60"
    assert [counted(n, "segment") for n in (0, 1, 1200)] == ["0 segments", "1 segment", "1,200 segments"]
    assert chart_text("<b>A & B</b>") == "&lt;b&gt;A &amp; B&lt;/b&gt;"
