"""The start: links with metadata, signed or not, other hosts, proxies."""

import re
import socket
import urllib.parse

import pytest

from dashboard.core.clock import now
from dashboard.install.state import State, StateSigner, browser_digest, new_browser_secret
from tests.support import wait
from tests.support.desk import Desk, people
from tests.support.stage import CLIENT_ID, SECRET_KEY, stage
from tests.support.visitor import Visitor, query_of


def _signed(stage_, metadata: str) -> str:
    done = stage_.run("app", "link", "default", "--metadata", metadata)
    assert done.returncode == 0, done.stderr
    return query_of(done.stdout.strip())["sig"]


@pytest.mark.parametrize("metadata", ["account-7", "Ünï ✓ & = ? #", "x" * 512])
def test_signed_metadata_is_carried_and_marked(visitor, shared, metadata):
    signature = _signed(shared, metadata)

    page = visitor.get(visitor.cancel(visitor.start(metadata=metadata, sig=signature)))

    attempt = shared.database.attempt(page.reference)
    assert (attempt["link_metadata"], bool(attempt["metadata_signed"])) == (metadata, True)
    assert query_of(page.links["Start again"]) == {"metadata": metadata, "sig": signature}


def test_metadata_is_kept_as_it_can_be_seen_and_handed_on_as_it_came(visitor, shared):
    metadata = "konto\u202e7\u009b31m"
    signature = _signed(shared, metadata)

    page = visitor.get(visitor.cancel(visitor.start(metadata=metadata, sig=signature)))

    assert shared.database.attempt(page.reference)["link_metadata"] == "konto731m"
    assert query_of(page.links["Start again"]) == {"metadata": metadata, "sig": signature}


def test_unsigned_metadata_is_kept_as_unverified(visitor, shared):
    page = visitor.install(metadata="account-7")

    attempt = shared.database.attempt(page.reference)
    assert (attempt["link_metadata"], bool(attempt["metadata_signed"])) == ("account-7", False)


@pytest.mark.parametrize("path", ["/slack/install", "/slack/start"])
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("metadata=a&sig=00", "Its signature does not match its metadata."),
        ("metadata=a&sig=", "Its signature does not match its metadata."),
        ("metadata=a&sig=%C3%9F%FF", "Its signature does not match its metadata."),
        ("sig=00", "Its signature does not match its metadata."),
        (f"metadata={'x' * 513}", "Its metadata is longer than 512 characters."),
        ("metadata=a%00b", "Its metadata holds control characters."),
    ],
)
def test_a_link_that_is_wrong_is_a_plain_page(visitor, path, query, sentence):
    page = visitor.get(f"{path}?{query}")

    assert (page.status, page.heading) == (400, "This install link does not work")
    assert sentence in page.text
    assert "Set-Cookie" not in page.headers


def test_another_apps_signature_does_not_fit(visitor, shared):
    other = shared.run("app", "link", "default", "--metadata", "account-7", SLACK_CLIENT_ID="999.888")
    signature = query_of(other.stdout.strip())["sig"]

    assert visitor.get(f"/slack/start?metadata=account-7&sig={signature}").status == 400


@pytest.mark.parametrize("team", ["T", "'><b>", "T0 1", "t0acme001", "X0ACME001", "T" * 40, "T\u00df1"])
def test_a_team_that_is_none_is_left_out(visitor, team):
    assert "team" not in query_of(visitor.start(team=team))


def test_the_page_carries_its_parameters_on(visitor, shared):
    signature = _signed(shared, "a&b")
    page = visitor.get(f"/slack/install?team=T0ACME001&metadata=a%26b&sig={signature}&junk=1")

    assert query_of(page.links["Add to Slack"]) == {
        "team": "T0ACME001",
        "metadata": "a&b",
        "sig": signature,
        "source": "page",
    }


def test_a_start_at_another_host_moves_to_public_url_once(shared):
    elsewhere = Visitor(shared)
    response = elsewhere.client.get("/slack/start?team=T0ACME001&junk=1", headers={"Host": "other.example"})

    assert response.status_code == 302
    assert response.headers["Location"] == f"{shared.url}/slack/start?team=T0ACME001&moved=1"
    assert "Set-Cookie" not in response.headers
    again = elsewhere.client.get("/slack/start?moved=1", headers={"Host": "other.example"})
    assert again.headers["Location"].startswith(shared.slack.url)


def test_behind_a_proxy_its_word_counts_from_the_right(new_database):
    public = "https://slack.example.com"
    with stage(new_database("sqlite"), PUBLIC_URL=public, DASHBOARD_PROXY_HOPS="1") as running:
        proxied = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "slack.example.com"}
        through = Visitor(running).client.get("/slack/start", headers=proxied)
        assert through.headers["Location"].startswith(running.slack.url)
        assert "; Secure" in through.headers["Set-Cookie"]
        assert through.headers["Strict-Transport-Security"]
        assert query_of(through.headers["Location"])["redirect_uri"] == f"{public}/slack/oauth_redirect"

        direct = Visitor(running).client.get("/slack/start")
        assert direct.headers["Location"] == f"{public}/slack/start?moved=1"

        visitor = Visitor(running)
        page = visitor.get("/slack/oauth_redirect?error=access_denied", **{"X-Forwarded-For": "6.6.6.6, 198.51.100.7"})
        attempt = _written(running, page.reference)
        assert attempt["return_ip_prefix"] == "198.51.100.0/24"


PUBLIC = {"PUBLIC_URL": "https://slack.example.com", "DASHBOARD_PROXY_HOPS": "1"}
PROXIED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "slack.example.com"}
OLD, NEW = "slack-app-oauth-state", "__Host-slack-app-oauth-state"


def _cookie(answer) -> tuple[str, str, str]:
    """The name, value and attributes of the cookie that was set."""
    pair, _, attributes = answer.headers["Set-Cookie"].partition("; ")
    return (*pair.split("="), attributes)


def _cancelled(visitor, at_slack: str, cookie: str):
    """The page of a cancel at this state, with this cookie."""
    state = query_of(at_slack)["state"]
    return visitor.get(f"/slack/oauth_redirect?error=access_denied&error_description=no&state={state}", Cookie=cookie)


def test_under_tls_a_sibling_domain_cannot_choose_the_cookie(new_database):
    with stage(new_database("sqlite"), **PUBLIC) as running:
        visitor = Visitor(running, **PROXIED)
        planted = new_browser_secret()
        begun = visitor.client.get("/slack/start", headers={"Cookie": f"{OLD}={planted}"})
        name, secret, attributes = _cookie(begun)
        assert (name, secret != planted) == (NEW, True)
        assert attributes == "Path=/; Max-Age=86400; HttpOnly; SameSite=Lax; Secure"
        again = visitor.client.get("/slack/start", headers={"Cookie": f"{OLD}={planted}; {NEW}={secret}"})
        assert _cookie(again)[1] == secret

        at_slack = begun.headers["Location"]
        for cookie, verified in ((f"{OLD}={secret}", 0), (f"{OLD}={planted}", 0), (f"{NEW}={secret}", 1)):
            page = _cancelled(visitor, at_slack, cookie)
            assert _written(running, page.reference)["verified"] == verified
            assert (page.reference.replace("-", "") in _started(running)) == bool(verified)


def _started(running) -> list[str]:
    rows = running.database.rows("SELECT reference FROM dashboard_attempts WHERE verified AND started_at IS NOT NULL")
    return [row["reference"] for row in rows]


def test_who_began_before_the_cookie_had_its_prefix_ends_well(new_database):
    with stage(new_database("sqlite"), **PUBLIC) as running:
        visitor, secret = Visitor(running, **PROXIED), new_browser_secret()
        redirect_uri = f"{PUBLIC['PUBLIC_URL']}/slack/oauth_redirect"
        former = State(
            CLIENT_ID, "a" * 32, "K7QF2M9X4", now(), browser_digest(secret), redirect_uri, None, "page", None, False
        )
        signed = StateSigner((SECRET_KEY,)).sign(former)
        page = _cancelled(visitor, f"?state={signed}", f"{OLD}={secret}")
        assert (page.reference, _written(running, page.reference)["cookie"]) == ("K7QF-2M9X-4", "same")
        assert _written(running, _cancelled(visitor, f"?state={signed}", "").reference)["verified"] == 0


def test_a_name_of_ones_own_is_used_as_it_is(new_database):
    with stage(new_database("sqlite"), **PUBLIC, DASHBOARD_STATE_COOKIE="__session") as running:
        assert _cookie(Visitor(running, **PROXIED).client.get("/slack/start"))[0] == "__session"


def test_without_trusted_proxies_nobody_can_claim_an_address(visitor, shared):
    page = visitor.get("/slack/oauth_redirect", **{"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Host": "evil.example"})

    assert _written(shared, page.reference)["return_ip_prefix"] == "127.0.0.0/24"


def _written(running, reference: str):
    sql = "SELECT * FROM dashboard_attempts WHERE reference = :reference"
    return wait.until(lambda: running.database.rows(sql, reference=reference.replace("-", "")))[0]


def _again_and_again(running, path: str, times: int, cookie: str = "") -> int:
    """Ask so many times on one connection. How many answers came with what belongs to them."""
    ask = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{running.server.port}\r\nX-Forwarded-For: 203.0.113.9\r\n"
    request = f"{ask}Cookie: {cookie}\r\n\r\n".encode()
    answers = b""
    with socket.create_connection(("127.0.0.1", running.server.port), timeout=60) as connection:
        connection.sendall(request * (times - 1) + request.replace(b"Cookie", b"Connection: close\r\nCookie"))
        while chunk := connection.recv(1 << 20):
            answers += chunk
    return answers.count(b"\r\nx-install-reference: ") if cookie else answers.count(b"HTTP/1.1 302 Found\r\n")


@pytest.mark.slow("a thousand starts and a thousand cancels, which is what an address may leave")
def test_who_starts_without_end_gets_to_slack_and_fills_nothing(new_database):
    """A thousand starts of one address are kept, and a thousand cancels. Others are not touched by it."""
    with stage(new_database("sqlite"), DASHBOARD_PROXY_HOPS="1") as running:
        people(running)
        greedy, other = (Visitor(running, **{"X-Forwarded-For": f"203.0.113.{number}"}) for number in (9, 10))
        assert _again_and_again(running, "/slack/start", 1_050) == 1_050
        other.start()
        kept = "SELECT count(*) AS number FROM dashboard_attempts"
        wait.until(lambda: running.server.log("attempts.not_stored"))
        wait.until(lambda: 1_001 <= running.database.row(kept)["number"] <= 1_011)  # a few come back meanwhile

        installed = greedy.install()
        assert installed.heading.startswith("Installed in")
        assert running.database.attempt(installed.reference)["outcome"] == "succeeded"

        cancel = urllib.parse.urlsplit(greedy.cancel(greedy.start()))
        cookie = f"slack-app-oauth-state={greedy.client.cookies['slack-app-oauth-state']}"
        assert _again_and_again(running, f"{cancel.path}?{cancel.query}", 1_050, cookie) == 1_050
        reference = greedy.client.get(cancel.geturl()).headers["X-Install-Reference"]
        assert 1_000 <= running.database.attempt(reference)["returns"] <= 1_011

        notice = Desk(running, "owner").get("/ops?app=default").text
        (count,) = re.findall(r"([\d,]+) starts and cancels since", notice)
        assert 80 <= int(count.replace(",", "")) <= 104
        assert "starts and cancels since" not in Desk(running, "owner").get("/ops?app=acme").text
