"""What the causes of a failure are decided by: one attempt, and what else is kept around it.

It is plain data, gathered by `desk/evidence.py` in a bounded number of queries. *The same browser* holds the same
secret; *the same customer* is the workspace or organization that Slack named. An address or a user agent that is alike
proves neither.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from dashboard.core.clock import HOUR, WEEK
from dashboard.core.models import Attempt
from dashboard.core.reference import display

CUSTOMERS = "customer or browser", "customers or browsers"  # as `words.many` counts them
OTHERS = "other customer or browser", "other customers or browsers"

LIKELY, UNKNOWN, UNLIKELY = "likely", "unknown", "unlikely"


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a cause is likely, and the sentence that says by what."""

    likelihood: str
    sentence: str


def likely(sentence: str) -> Finding:
    return Finding(LIKELY, sentence)


def unlikely(sentence: str) -> Finding:
    return Finding(UNLIKELY, sentence)


def unknown(sentence: str) -> Finding:
    return Finding(UNKNOWN, sentence)


class Kept(NamedTuple):
    """An attempt, as much of it as causes look at. Times are ms. A tuple, as a verdict looks at hundreds of them."""

    reference: str
    client_id: str
    verified: bool
    step: str
    outcome: str | None
    code: str | None
    seen_at: int
    returned_at: int | None
    last_returned_at: int | None
    spent_at: int | None
    exchanged_at: int | None
    token_verified_at: int | None
    closed_at: int | None
    returns: int
    cookie: str | None
    browser_digest: str | None
    return_browser_digest: str | None
    redirect_uri: str | None
    scopes: str | None
    user_scopes: str | None
    app_id: str | None
    team_id: str | None
    enterprise_id: str | None
    link_metadata: str | None
    metadata_signed: bool | None
    release: str
    process_started_at: int | None
    key_id: str | None
    error_class: str | None

    @property
    def name(self) -> str:
        """The reference as people read it."""
        return display(self.reference)

    @property
    def at(self) -> int:
        """When it came back; of one that did not, when it began."""
        return self.last_returned_at or self.seen_at

    @property
    def is_stored(self) -> bool:
        return self.outcome == "succeeded"

    @property
    def asked_slack(self) -> bool:
        """Whether its code was exchanged, or was tried to be."""
        return self.spent_at is not None

    @property
    def customer(self) -> str | None:
        """The workspace or organization that Slack named."""
        return self.team_id or self.enterprise_id

    @property
    def whose(self) -> str:
        """Whom it met: the customer, else the browser, else nobody but itself."""
        return self.customer or self.browser_digest or self.return_browser_digest or self.reference


@dataclass(frozen=True, slots=True)
class AppToday:
    """The app's settings as they are now, as an attempt would keep them."""

    slug: str
    name: str  # empty: nobody has named it
    scopes: str | None
    user_scopes: str | None
    redirect_uri: str
    public_url: str
    install_url: str  # empty while the app is paused
    secret_changed_at: int | None  # None: the environment decides it, and keeps no time
    odd_secret: str  # what shows that the client secret cannot be one; empty: nothing


@dataclass(frozen=True, slots=True)
class Place:
    """An installation of the app: the page's id, and what it is called."""

    id: int
    name: str
    enterprise_id: str | None
    team_id: str | None
    is_active: bool


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Evidence:
    """Everything a cause may look at. Every list is of what the operator may see, in order of time."""

    attempt: Attempt
    this: Kept  # the same attempt
    now: int
    app: AppToday | None  # None if it is no longer registered
    browser: tuple[Kept, ...]  # other attempts of the same browser
    read: frozenset[str]  # what the customer read on Slack's page, by code

    # Read when a cause first looks at it: see desk/evidence.py.
    # Other attempts of the app: the nearest, from a week before to a day after.
    around: tuple[Kept, ...] = field(init=False)
    customer: tuple[Kept, ...] = field(init=False)  # other attempts of the same customer
    elsewhere: tuple[Kept, ...] = field(init=False)  # attempts of other apps within minutes that asked Slack
    last_success: Kept | None = field(init=False)  # of the app, before this one came back
    next_success: Kept | None = field(init=False)
    # Of the app's latest successes those with the redirect URL of this one: how many, and the last (ms).
    stored_at_address: tuple[int, int | None] = field(init=False)
    places: tuple[Place, ...] = field(init=False)  # where the app is or was installed: two are enough to tell
    organizations: tuple[Place, ...] = field(init=False)  # of them those that have it as a whole
    there: tuple[Place, ...] = field(init=False)  # the customer's
    app_ids: tuple[str, ...] = field(init=False)  # stored for this client id; of several, the first and the last
    ids_of_others: tuple[str, ...] = field(init=False)  # of them those that are stored for another client id, too

    @property
    def at(self) -> int:
        return self.this.at

    @property
    def age(self) -> int | None:
        """How long after its start it came back (ms)."""
        return self.at - self.attempt.started_at if self.attempt.started_at else None

    @cached_property
    def own(self) -> tuple[Kept, ...]:
        """Other attempts of the same browser or customer, each once, in order of time."""
        both = {each.reference: each for each in (*self.browser, *self.customer)}
        return tuple(sorted(both.values(), key=lambda each: each.at))

    @property
    def known_customer(self) -> str | None:
        """The customer that Slack named here, or in an earlier success of the same browser."""
        earlier = (each.customer for each in reversed(self.browser) if each.is_stored and each.at < self.at)
        return self.this.customer or next(earlier, None)

    def near(self, span: int) -> list[Kept]:
        """Other attempts of the app within a span (ms) of this one, on either side."""
        return [each for each in self.around if abs(each.at - self.at) <= span]

    def before(self, span: int) -> list[Kept]:
        """Other attempts of the app in a span (ms) before this one."""
        return [each for each in self.around if self.at - span <= each.at <= self.at]

    def verified_before(self, span: int = WEEK) -> list[Kept]:
        """Of them those that anybody could not have made up."""
        return [each for each in self.before(span) if each.verified]

    def exchanges(self, span: int = HOUR) -> list[Kept]:
        """Other attempts of the app within a span (ms) that asked Slack."""
        return [each for each in self.near(span) if each.asked_slack]


def people(attempts: Iterable[Kept]) -> int:
    """How many different customers and browsers these are of."""
    return len({each.whose for each in attempts})
