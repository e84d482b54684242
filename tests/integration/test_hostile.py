"""Anything in any query, header, cookie or body gets one of the flow's answers: never a 5xx of ours, never reflected
unescaped, never stored beyond its stated length."""

import contextlib
import socket
import time
import urllib.parse
from dataclasses import replace

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import wait
from tests.support.stage import QUICK, stage
from tests.support.visitor import Visitor, changed

MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
AWKWARD = [
    "",
    "\x00",
    "a\x00b",
    MARKUP,
    "x" * 9_000,
    "é" * 300,
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "..%2f..%2fetc%2fpasswd",
    "{{7*7}}${7*7}%s%n",
    "\r\nSet-Cookie: x=y",
]
PATHS = ("/slack/install", "/slack/start", "/slack/oauth_redirect")
NAMES = ("state", "code", "error", "error_description", "team", "metadata", "sig", "lang", "source", "moved")
ANSWERS = {200, 302, 400, 401}

relaxed = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def target(request, new_database):
    with stage(new_database(request.param)) as running:
        yield running
        assert running.server.errors() == []


def _raw(target, request: bytes) -> bytes:
    """Send bytes no client library would, and read the answer to its end."""
    with socket.create_connection(("127.0.0.1", target.server.port), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
    return answer


def _check(target, answer: bytes) -> int:
    status = int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0
    assert status in ANSWERS | {0, 404, 405, 414, 431}, answer[:300]
    assert b"<script>alert" not in answer
    assert b"onerror=alert" not in answer.replace(b"&gt;", b">") or b"&lt;img" in answer
    return status


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", AWKWARD)
def test_every_parameter_takes_anything(target, path, name, value):
    visitor = Visitor(target)
    for query in ({name: value}, [(name, value), (name, "2")], {name: value, "error": value, "state": value}):
        response = visitor.client.get(path, params=query)
        assert response.status_code in ANSWERS
        assert "<script>" not in response.text
        assert "<img" not in response.text
        assert "x=y" not in response.headers.get("Set-Cookie", "")


@pytest.mark.parametrize("header", ["User-Agent", "Accept-Language", "Referer", "Cookie", "Host", "X-Forwarded-For"])
@pytest.mark.parametrize("value", [MARKUP.encode(), b"\xff\xfe\x80", b"x" * 6_000, b"a=b;;=;slack-app-oauth-state"])
def test_every_header_takes_anything(target, header, value):
    for path in PATHS:
        request = b"GET %s?error=access_denied HTTP/1.1\r\n" % path.encode()
        request += b"" if header == "Host" else b"Host: 127.0.0.1\r\n"
        request += header.encode() + b": " + value + b"\r\nConnection: close\r\n\r\n"
        _check(target, _raw(target, request))


@relaxed
@given(query=st.binary(max_size=400), path=st.sampled_from(PATHS))
def test_any_bytes_as_a_query(target, query, path):
    encoded = urllib.parse.quote_from_bytes(query, safe="&=;%+")
    assert httpx.get(f"{target.url}{path}?{encoded}", verify=False).status_code in ANSWERS


@relaxed
@given(query=st.binary(max_size=200).filter(lambda raw: not set(raw) & set(b" \r\n\x00#")))
def test_any_raw_bytes_on_the_request_line(target, query):
    request = b"GET /slack/oauth_redirect?" + query + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    _check(target, _raw(target, request))


def test_a_very_long_address(target):
    for length in (20_000, 60_000):
        response = httpx.get(
            f"{target.url}/slack/oauth_redirect?state={'A' * length}&error=access_denied", verify=False
        )
        assert response.status_code in ANSWERS | {400, 414, 431}


def test_ten_thousand_parameters(target):
    query = "&".join(f"a{number}=1" for number in range(3_000))
    assert httpx.get(f"{target.url}/slack/oauth_redirect?{query}", verify=False).status_code in ANSWERS


@pytest.mark.parametrize("host", [b"[", b"]", b"[::1", b"a:b:c", b"[::1]:x", b"\xff"])
def test_any_host(target, host):
    request = b"GET /slack/start HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n"
    assert _check(target, _raw(target, request)) in (302, 400)


@pytest.mark.parametrize("name", ["a" * 300 + ".css", "a/" * 3_000 + "x.css", "\u00fc" * 200 + ".css", "a%00.css"])
def test_any_name_of_a_static_file(target, name):
    assert httpx.get(f"{target.url}/static/x/{name}", verify=False).status_code == 404


@pytest.mark.parametrize(
    "head",
    [b"X: " + b"x" * 70_000, b"\r\n".join(b"Cookie: a=%d" % number for number in range(6_000)), b"X: x\r\n" * 12_000],
)
def test_a_head_without_end_is_refused(target, head):
    """Whole, and in pieces, of which the last never comes."""
    begin = b"GET /healthz HTTP/1.1\r\nHost: a\r\n"
    assert _raw(target, begin + head + b"\r\n\r\n").startswith(b"HTTP/1.1 400")
    with socket.create_connection(("127.0.0.1", target.server.port), timeout=10) as connection:
        connection.sendall(begin)
        with pytest.raises(ConnectionError):
            connection.sendall(head * 500)


def test_a_large_head_and_a_large_body_are_taken(target):
    head = b"POST /ops/login HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 60_000 + b"\r\nConnection: close\r\n"
    body = b"email=a@example.com&password=" + b"a" * 60_000
    form = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert _raw(target, head + form + body).startswith(b"HTTP/1.1 401")


@pytest.mark.slow("an idle connection is kept for five seconds, by uvicorn")
def test_a_head_that_does_not_end_is_not_waited_for(new_database):
    with stage(new_database("sqlite"), pace=replace(QUICK, head_within=1.5)) as running:
        _wait_for_a_head(running)


def _wait_for_a_head(target):
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        silent, dripping, second, empty = (
            stack.enter_context(socket.create_connection(("127.0.0.1", target.server.port), timeout=20))
            for _ in range(4)
        )
        dripping.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: ")
        second.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = b""
        while not answer.endswith(b"ok\n"):
            answer += second.recv(65_536)
        second.sendall(b"GET /healthz HTTP/1.1\r\n")
        empty.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        empty.sendall(b"\r\n\r\n")
        while time.monotonic() - started < 1:
            time.sleep(0.1)
            dripping.sendall(b"x")
        for connection in (silent, dripping, second):
            assert connection.recv(65_536) == b""
        while empty.recv(65_536):
            pass  # until it is closed
    assert 1 < time.monotonic() - started < 9  # everybody's limit is ten


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "FOO"])
def test_other_methods_and_bodies(target, method):
    for path in PATHS:
        response = httpx.request(method, f"{target.url}{path}", content=b"\x00" * 100_000, verify=False)
        assert response.status_code in {400, 404, 405}


def test_another_protocol_that_is_asked_for_is_no_news(target):
    ask = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close, upgrade\r\nUpgrade: websocket\r\n\r\n"
    assert _raw(target, ask).startswith(b"HTTP/1.1 200")
    assert "upgrade" not in target.server.output().lower()


def test_what_comes_with_a_return_is_cut_to_length(target):
    visitor = Visitor(target, **{"User-Agent": "A" * 5_000, "Referer": f"https://{'h' * 3_000}.example/"})
    address = visitor.cancel(visitor.start(metadata="m" * 512))

    page = visitor.get(changed(address, error_description="d" * 5_000, error="access_denied"))

    attempt = target.database.attempt(page.reference)
    assert len(attempt["slack_description"]) == 300
    assert len(attempt["return_user_agent"]) == 300
    assert len(attempt["return_referrer_host"]) == 100
    longest = {name: len(value) for name, value in attempt.items() if isinstance(value, str)}
    assert max(longest.values()) <= 512
    begun = wait.until(lambda: target.database.attempt(page.reference)["user_agent"])
    assert len(begun) == 300


def test_junk_returns_are_kept_within_bounds(new_database):
    with stage(new_database("sqlite"), DASHBOARD_PROXY_HOPS="1") as running:
        visitor = Visitor(running)
        for number in range(100):
            page = visitor.get(f"/slack/oauth_redirect?error=junk{number}", **{"X-Forwarded-For": "203.0.113.9"})
            assert page.reference
        for number in range(100):  # a subscriber of IPv6 has 2⁶⁴ of them
            visitor.get(
                "/slack/oauth_redirect?error=junk-ipv6", **{"X-Forwarded-For": f"[2001:db8:1:2::{number:x}]:{number}"}
            )
        other = visitor.get("/slack/oauth_redirect?error=other", **{"X-Forwarded-For": "203.0.113.10"})
        count = "SELECT * FROM dashboard_attempts"
        wait.until(
            lambda: other.reference.replace("-", "") in {row["reference"] for row in running.database.rows(count)}
        )
        junk = running.database.rows("SELECT slack_error FROM dashboard_attempts WHERE slack_error LIKE 'junk%'")
        new_subscriber = [row for row in junk if row["slack_error"] == "junk-ipv6"]
        for kept in (len(new_subscriber), len(junk) - len(new_subscriber)):
            assert 60 <= kept < 100  # the minute may turn in between
        wait.until(lambda: running.server.log("attempts.not_stored"))


def test_no_secret_in_the_log_at_debug_level(target):
    visitor = Visitor(target)
    address = visitor.allow(visitor.start(metadata="m"))
    page = visitor.get(address)
    assert page.status == 200
    wait.until(lambda: page.reference in target.server.output())
    log = target.server.output()

    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))
    for secret in (query["code"], query["state"], visitor.client.cookies["slack-app-oauth-state"], "xoxb-", "xoxp-"):
        assert secret not in log
    for name in ("SECRET_KEY", "SLACK_CLIENT_SECRET"):
        assert target.environment[name] not in log
