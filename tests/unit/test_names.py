"""The parts of a text that may be a name."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.desk import names

words = st.text(string.ascii_letters + string.digits + "éßŁñЖ", min_size=1, max_size=12)
name_texts = st.lists(words, min_size=1, max_size=5).map(" ".join).filter(lambda name: 4 <= len(name) <= 80)
marks = st.sampled_from([" ", ", ", " (", ") ", "\u201c", "\u201d", "'s ", ": ", "\u2014", "\n"])


@given(name_texts, marks, marks, words, words)
def test_a_name_between_other_words_is_among_them(name, before, after, first, last):
    assert name in names.parts(f"{first}{before}{name}{after}{last}")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我们在银座面包房不能安装", "银座面包房"),
        ("東京ベーカリー銀座店で動きません", "東京ベーカリー銀座店"),
        ("At #1 Bakery & Co. it fails", "#1 Bakery & Co."),
        ("Silver Bakery's app", "Silver Bakery"),
        ("silver-bakery.example says", "silver-bakery"),
    ],
)
def test_names_as_people_write_them(text, name):
    assert name in names.parts(text)


@pytest.mark.parametrize("part", ["ilve", "Silv", "Bakery ", " Bakery", "Bak", "Silver Bakery i"])
def test_no_part_of_a_word_is_a_name(part):
    assert part not in names.parts("Silver Bakery is open")


@given(st.text(max_size=500))
def test_they_are_so_many_at_most_each_once_and_none_too_long(text):
    found = names.parts(text)
    assert len(found) == len(set(found)) <= names.MOST
    assert all(names.SHORTEST <= len(part) <= 80 for part in found)


def test_of_too_many_the_longest_are_left_out():
    text = "".join(chr(0x4E00 + number) for number in range(500))
    found = names.parts(text)
    assert len(found) == names.MOST
    assert {len(part) for part in found} == set(range(4, 13))
