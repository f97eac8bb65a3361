import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import spreadsheets

AWKWARD = [
    "",
    " ",
    " a ",
    "=1+1",
    "''=x",
    "\t",
    'say "no"',
    "a,b",
    "a\nb",
    "NULL",
    "nan",
    "null",
    "\\N",
    "'",
    "-",
    "ש",
    "🎬",
    "\\",
    '"',
]


@pytest.mark.parametrize("text", AWKWARD)
def test_a_large_table_is_written_as_a_small_one(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table = pd.DataFrame({"a": [text, "plain", text], 'odd "name", 1': pd.array([1, None, 3], "Int64"), "x": [0.1, np.nan, 1e-7]})
    table = table.astype({"a": "str"})
    slow = spreadsheets.to_csv(table)
    monkeypatch.setattr(spreadsheets, "_LARGE", 0)
    assert spreadsheets.to_csv(table) == slow


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r")),
            st.floats(allow_infinity=False),
            st.integers(-(2**62), 2**62),
        ),
        max_size=8,
    )
)
def test_both_ways_of_writing_give_the_same_table_back(rows: list[tuple[str, float, int]]) -> None:
    table = pd.DataFrame(rows, columns=["text", "number", "count"]).astype({"text": "str", "number": float, "count": "int64"})
    read = []
    for large in (0, 10**9):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(spreadsheets, "_LARGE", large)
            text = spreadsheets.to_csv(table)
        back = pd.read_csv(io.StringIO(text, newline=""), dtype={"text": "str"}, keep_default_na=False, na_values={"number": ""})
        read.append(back.astype({"number": float, "count": "int64"}).assign(text=back["text"].map(spreadsheets.restore)))
    pd.testing.assert_frame_equal(read[0], read[1])
    assert read[0]["text"].tolist() == table["text"].tolist()


def test_no_cell_of_a_large_table_can_act_as_a_formula() -> None:
    table = pd.DataFrame({"movie": ["=1+1", "+x", "-y", "@z", "\tq", "fine"] * 500, "n": range(3000)})
    text = spreadsheets.to_csv(table)
    assert len(text.splitlines()) == 3001 and not any(line.strip('"').startswith(tuple("=+-@\t")) for line in text.splitlines())


def test_what_duckdb_would_write_otherwise_is_left_to_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "_LARGE", 0)
    table = pd.DataFrame({"yes": [True, False], "mixed": [1, "=x"]})
    assert spreadsheets.to_csv(table) == "yes,mixed\nTrue,1\nFalse,'=x\n"
