"""What leaves the desk in cells and hints: harmless to a spreadsheet, and of a token too little to be of use."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.desk.tokens import masked
from dashboard.web.kit import lists

BLANKS = ["", " ", "\t", "\r", "\n", "\u00a0", "\u3000", "\ufeff", " \n\u00a0"]


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize("sign", list("=+-@＝＋－＠"))
def test_no_cell_begins_a_formula(blank, sign):
    (row,) = csv.reader(io.StringIO(lists.csv_line([f"{blank}{sign}SUM(A1)"])))
    assert row[0].startswith("'")


@pytest.mark.parametrize("text", ["two\nlines", "two\r\nlines", "two\u2028lines"])
def test_a_cell_is_one_line(text):
    assert lists.csv_line([text, 7, None]) == "two lines,7,\r\n"


def test_nobody_turns_a_line_round():
    assert lists.csv_line(["Acme \u202egpj.exe", "a\u2066b\u2069"]) == "Acme gpj.exe,ab\r\n"


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        ("xoxb-123456789012-abcdef1234", "xoxb-…1234"),
        ("xoxe.xoxp-1-Mi0yLTU2Nzg", "xoxe.xoxp-…2Nzg"),
        ("xapp-1-A0B1C2D3-wxyz", "xapp-…wxyz"),
        ("a-token-of-another-kind-9876", "…9876"),
        ("withoutanydashbutlong", "…long"),
        ("short", "…"),
        ("xoxb-short", "xoxb-…"),
    ],
)
def test_a_token_is_never_shown_whole(token, shown):
    assert masked(token) == shown


@given(st.text(min_size=1, max_size=80))
def test_of_whatever_token_four_characters_and_its_kind_are_shown_at_most(token):
    shown = masked(token)
    assert len(shown.partition("…")[2]) <= 4
    assert token not in shown or token == "…"  # which is no token
