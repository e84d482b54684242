from hypothesis import given
from hypothesis import strategies as st

from dashboard.core import reference

references = st.integers(0, 2**40 - 1).map(reference.of_number)
characters = st.sampled_from(reference.ALPHABET)
positions = st.integers(0, reference.LENGTH - 1)


@given(references)
def test_what_is_shown_reads_back(stored):
    shown = reference.display(stored)
    assert [len(part) for part in shown.split("-")] == [4, 4, 1]
    assert reference.parse(shown) == stored


@given(references, positions, characters)
def test_every_wrong_character_is_noticed(stored, position, character):
    wrong = stored[:position] + character + stored[position + 1 :]
    assert reference.parse(wrong) == (stored if wrong == stored else None)


def test_every_wrong_character_of_one_reference_is_noticed():
    stored = reference.parse("K7QF-2M9X-V") or reference.new()
    for position in range(reference.LENGTH):
        for character in reference.ALPHABET:
            wrong = stored[:position] + character + stored[position + 1 :]
            assert reference.parse(wrong) == (stored if wrong == stored else None)


@given(references, st.integers(0, reference.LENGTH - 2))
def test_every_swap_of_neighbours_is_noticed(stored, position):
    left, right = stored[position], stored[position + 1]
    swapped = stored[:position] + right + left + stored[position + 2 :]
    assert reference.parse(swapped) == (stored if left == right else None)


@given(references, st.randoms(use_true_random=False))
def test_reading_forgives_what_people_do(stored, random):
    spoken = {"0": "0Oo", "1": "1IiLl"}
    loose = "".join(random.choice(spoken.get(character, character + character.lower())) for character in stored)
    between = [
        "",
        "",
        "-",
        " ",
        " - ",
        "\u2010",
        "\u2013",
        "\u2212",
        "\uff0d",
        "\u00a0",
        "\u2009",
        "\u200b",
        "\ufeff",
        "\u202a",
    ]
    loose = "".join(character + random.choice(between) for character in loose)
    assert reference.parse(f"  {loose} {random.choice(['', '.', ',', ' .', '...'])}\n") == stored


@given(st.text(max_size=20))
def test_anything_else_is_no_reference(text):
    parsed = reference.parse(text)
    assert parsed is None or (len(parsed) == reference.LENGTH and set(parsed) <= set(reference.ALPHABET))


def test_references_are_spread_over_the_whole_space():
    drawn = {reference.new() for _ in range(2_000)}
    assert len(drawn) == 2_000
    assert {stored[0] for stored in drawn} == set(reference.ALPHABET)
