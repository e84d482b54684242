"""Many returns with one state at once: one call to Slack, one outcome for all."""

import concurrent.futures
import threading

import httpx
import pytest

from tests.support.stage import stage
from tests.support.visitor import Page, Visitor

RETURNS = 64


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def two_processes(request, new_database):
    with stage(new_database(request.param), processes=2) as running:
        yield running


@pytest.mark.parametrize("round_", range(3))
@pytest.mark.parametrize("demand", ["", "exchange/invalid_code", "exchange/slow/1"])
def test_of_64_returns_to_two_processes_one_calls_slack(two_processes, demand, round_):
    visitor = Visitor(two_processes)
    address = visitor.allow(visitor.start(), demand=demand)
    before = two_processes.slack.exchanges()
    addresses = [address.replace(two_processes.url, server.url) for server in two_processes.servers]
    barrier = threading.Barrier(RETURNS)
    cookies = dict(visitor.client.cookies)

    def come_back(number: int) -> Page:
        with httpx.Client(timeout=60, cookies=cookies, verify=False) as client:
            barrier.wait()
            return Page.of(client.get(addresses[number % 2]))

    with concurrent.futures.ThreadPoolExecutor(RETURNS) as pool:
        pages = list(pool.map(come_back, range(RETURNS)))

    assert two_processes.slack.exchanges() == before + 1
    assert len({(page.status, page.heading, page.reference) for page in pages}) == 1
    attempt = two_processes.database.attempt(pages[0].reference)
    assert attempt["outcome"] == ("succeeded" if not demand else "failed")


def test_64_visitors_at_once_are_all_installed(two_processes):
    def install(number: int) -> Page:
        visitor = Visitor(two_processes)
        visitor.client.base_url = two_processes.servers[0].url
        return visitor.install(user=f"U{number:05}")

    before = len(two_processes.database.rows("SELECT id FROM slack_installations"))
    with concurrent.futures.ThreadPoolExecutor(RETURNS) as pool:
        pages = list(pool.map(install, range(RETURNS)))

    assert {page.status for page in pages} == {200}
    assert len({page.reference for page in pages}) == RETURNS
    assert len(two_processes.database.rows("SELECT id FROM slack_installations")) == before + RETURNS
    assert len(two_processes.database.rows("SELECT id FROM dashboard_installations")) == 1
