import pytest

from dashboard.install import catalogue
from tests.support.codes import DETAILS, EXCHANGE_CODES, PAGE_CODES, REASONS


def _every_code() -> list[str]:
    from_slack = [catalogue.code_of("invalid_code", None, code) for code in EXCHANGE_CODES]
    return [*from_slack, *PAGE_CODES, *DETAILS, *REASONS]


@pytest.mark.parametrize("code", _every_code())
def test_every_code_has_an_entry_that_says_something(code):
    assert catalogue.is_catalogued(code)
    said = catalogue.find(code).visitor
    assert said.title[0].isupper()
    assert len(said.text) > 30
    assert "_" not in code or code not in said.title + said.text  # a visitor is not told codes in the place of words


def test_no_two_say_the_same_but_for_declared_aliases():
    originals = [entry for entry in catalogue.ENTRIES.values() if entry.alias_of is None]
    assert len({entry.visitor.title for entry in originals}) == len(originals)
    assert len({entry.visitor.text for entry in originals}) == len(originals)
    for entry in catalogue.ENTRIES.values():
        if entry.alias_of:
            assert catalogue.ENTRIES[entry.alias_of].alias_of is None
            assert entry.visitor == catalogue.ENTRIES[entry.alias_of].visitor


def test_no_code_is_defined_twice():
    assert sum(len(module.ENTRIES) for module in catalogue.MODULES) == len(catalogue.ENTRIES)


def test_nothing_is_in_it_that_no_flow_produces():
    assert set(catalogue.ENTRIES) == set(_every_code())


def test_texts_name_only_what_the_page_can_fill_in():
    for entry in catalogue.ENTRIES.values():
        entry.visitor.text.format_map({"age": "3 days", "limit": "10 minutes"})


def test_slacks_names_are_not_taken_for_ours():
    assert catalogue.code_of("invalid_code", None, "internal_error") == "slack_internal_error"
    assert catalogue.code_of("internal_error", None, None) == "internal_error"
    assert catalogue.code_of("slack_unavailable", "timeout", None) == "timeout"


def test_an_unknown_code_gets_the_generic_entry():
    assert catalogue.find("made_up") is catalogue.UNKNOWN
    assert not catalogue.is_catalogued("made_up")
