"""A visitor without a screen: follows the links a person would, keeps cookies, reads pages as text and links."""

import urllib.parse
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

from tests.support.stage import Stage

WORKSPACE, ORGANIZATION, GRID_WORKSPACE = "T0ACME001", "E0GLOBEX1", "T0GLOBEX4"


@dataclass
class Page:
    """A page as its reader meets it."""

    status: int
    reference: str | None
    headers: httpx.Headers
    html: str
    headings: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    text: str = ""

    @property
    def heading(self) -> str:
        (only,) = self.headings
        return only

    @property
    def detail(self) -> str:
        return self.codes[0]

    @classmethod
    def of(cls, response: httpx.Response) -> "Page":
        page = cls(response.status_code, response.headers.get("X-Install-Reference"), response.headers, response.text)
        _Reader(page).feed(response.text)
        return page


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._open: list[tuple[str, str, list[str]]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in ("h1", "a", "code"):
            self._open.append((tag, dict(attributes).get("href") or "", []))

    def handle_data(self, data: str) -> None:
        self._page.text += data
        for _, _, texts in self._open:
            texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            return
        _, address, texts = self._open.pop()
        text = " ".join("".join(texts).split())
        if tag == "h1":
            self._page.headings.append(text)
        elif tag == "a":
            self._page.links[text] = address
        else:
            self._page.codes.append(text)


_open: list[httpx.Client] = []


def close_all() -> None:
    """Close the connections of every visitor of a test."""
    while _open:
        _open.pop().close()


class Visitor:
    """One browser of one person."""

    def __init__(self, stage: Stage, **headers: str) -> None:
        self.stage = stage
        self.client = httpx.Client(base_url=stage.url, timeout=60, headers=headers, verify=False)
        _open.append(self.client)

    def get(self, path: str, **headers: str) -> Page:
        return Page.of(self.client.get(path, headers=headers))

    def start(self, path: str = "/slack/start", **query: str) -> str:
        """Press the button: the address at Slack one is sent to."""
        response = self.client.get(path, params=query or None)
        assert response.status_code == 302, response.text
        return response.headers["Location"]

    def allow(self, at_slack: str, place: str = WORKSPACE, demand: str = "", user: str = "U0ANA") -> str:
        """Allow the app on Slack's page: the address one is sent back to."""
        return self._answer(at_slack, answer="allow", place=place, demand=demand, user=user)

    def cancel(self, at_slack: str) -> str:
        return self._answer(at_slack, answer="cancel")

    def _answer(self, at_slack: str, **form: str) -> str:
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(at_slack).query))
        response = httpx.post(at_slack.partition("?")[0], data={**query, **form}, verify=False)
        assert response.status_code == 302, response.text
        return response.headers["Location"]

    def install(self, place: str = WORKSPACE, demand: str = "", user: str = "U0ANA", **query: str) -> Page:
        """From the start to the page one ends on."""
        return self.get(self.allow(self.start(**query), place, demand, user))


def query_of(address: str) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))


def changed(address: str, **query: Any) -> str:
    """The address with other parameters; None leaves one out."""
    kept = {name: value for name, value in {**query_of(address), **query}.items() if value is not None}
    return f"{address.partition('?')[0]}?{urllib.parse.urlencode(kept)}"
