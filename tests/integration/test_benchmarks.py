"""What the service is measured by works: the limits answer as ours does."""

import importlib

from litestar.testing import TestClient

ENVIRONMENT = {
    "DATABASE_URL": "sqlite:///unused.db",
    "SECRET_KEY": "a-key-of-the-benchmarks-that-is-long-enough-0123456789",
    "PUBLIC_URL": "http://127.0.0.1:8000",
    "SLACK_CLIENT_ID": "111.222",
    "SLACK_CLIENT_SECRET": "secret",
    "SLACK_SCOPES": "chat:write,commands",
}


def test_the_bare_app_shows_the_page_and_starts(monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    bare = importlib.import_module("tests.benchmarks.bare")
    with TestClient(bare.app) as client:
        page = client.get("/slack/install")
        assert (page.status_code, 'href="/slack/start?source=page"' in page.text) == (200, True)
        start = client.get("/slack/start", follow_redirects=False)
        assert (start.status_code, "state=" in start.headers["location"]) == (302, True)
