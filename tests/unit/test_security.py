import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.exceptions import ValidationException
from litestar.testing import RequestFactory

from dashboard.install import state
from dashboard.web.kit import cookies, security

REQUESTS = RequestFactory()


def _request(query: bytes = b"", **headers: str):
    request = REQUESTS.get("/", headers=headers)
    request.scope["query_string"] = query
    return request


@given(st.binary(max_size=300))
def test_any_bytes_are_a_query(raw):
    for name, value in security.query(_request(raw)).items():
        assert isinstance(name, str)
        value.encode()


def test_more_parameters_than_anybody_needs_are_refused_and_none_is_left_out():
    too_many = _request(b"&".join(b"a%d=" % number for number in range(101)))
    with pytest.raises(ValidationException):
        security.query(too_many)
    assert security.query_or_none(too_many) == {}


def test_the_first_of_a_repeated_parameter_counts_and_empty_ones_are_there():
    assert security.query(_request(b"error=&a=1&a=2")) == {"error": "", "a": "1"}
    assert security.query(_request(b"a=%ff%C3%BC")) == {"a": "\ufffdü"}
    assert len(security.query(_request(b"a=" + b"x" * 50_000))["a"]) == security.LONGEST_QUERY - 2


@pytest.mark.parametrize(
    ("headers", "values"),
    [
        ([], ()),
        (["a=1"], ("1",)),
        (["; ".join(f"a={number}" for number in range(5_000))], tuple("01234567")),
        (['x=0; a="1" ; a=2', "a=3"], ("1", "2", "3")),
        (["ab=1; =a; a; a =2; a=; xa=3"], ()),
        (["a=1=2"], ("1=2",)),
    ],
)
def test_every_value_of_a_cookie_is_found(headers, values):
    assert cookies.values(headers, "a") == values


def test_junk_before_the_cookie_does_not_hide_it():
    secret = state.new_browser_secret()
    headers = ["; ".join(f"a={number}" for number in range(500)), f'a="{secret}"']
    assert cookies.values(headers, "a", state.is_browser_secret) == (secret,)


@pytest.mark.parametrize(
    ("hops", "forwarded", "address"),
    [
        (0, "6.6.6.6", "10.0.0.1"),
        (1, "6.6.6.6, 192.0.2.1", "192.0.2.1"),
        (2, "6.6.6.6, 192.0.2.1, 10.0.0.9", "192.0.2.1"),
        (2, "192.0.2.1", "192.0.2.1"),
        (1, "", "10.0.0.1"),
        (1, "203.0.113.9:4711", "203.0.113.9"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "[2001:db8::1]", "2001:db8::1"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "[", "10.0.0.1"),
    ],
)
def test_proxies_are_counted_from_the_right(hops, forwarded, address):
    request = _request(**({"x-forwarded-for": forwarded} if forwarded else {}))
    request.scope["client"] = ("10.0.0.1", 1)
    assert security.client_address(request, hops) == address
