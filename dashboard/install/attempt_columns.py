"""What is put together of an attempt before it is written: columns of the model, by name."""

from collections.abc import Sequence
from typing import TypedDict

from dashboard import __version__
from dashboard.core import reference
from dashboard.core.text import seen
from dashboard.install.state import Process, State, new_attempt_id
from dashboard.install.visitor import Traits, Visit


class AttemptColumns(TypedDict, total=False):
    """Those that are known so far."""

    id: str
    reference: str
    client_id: str
    verified: bool
    release: str
    process_started_at: int | None
    key_id: str | None
    step: str
    outcome: str | None
    reason: str | None
    detail: str | None
    code: str | None
    slack_error: str | None
    slack_description: str | None
    slack_method: str | None
    slack_status: int | None
    slack_request_id: str | None
    slack_ms: int | None
    slack_retry_after: int | None
    error_class: str | None
    database_error: str | None
    database_columns: str | None
    seen_at: int
    started_at: int | None
    returned_at: int | None
    last_returned_at: int | None
    spent_at: int | None
    exchanged_at: int | None
    token_verified_at: int | None
    closed_at: int | None
    returns: int
    state_limit: int | None
    state_length: int | None
    state_like_ours: bool | None
    source: str | None
    team: str | None
    link_metadata: str | None
    metadata_signed: bool | None
    redirect_uri: str | None
    scopes: str | None
    user_scopes: str | None
    browser_digest: str | None
    cookie: str | None
    locale: str | None
    user_agent: str | None
    browser: str | None
    system: str | None
    ip_prefix: str | None
    ip_hash: str | None
    referrer_host: str | None
    return_browser_digest: str | None
    return_user_agent: str | None
    return_browser: str | None
    return_system: str | None
    return_ip_prefix: str | None
    return_ip_hash: str | None
    return_referrer_host: str | None
    repeat_cookie: str | None
    repeat_ip_hash: str | None
    app_id: str | None
    enterprise_id: str | None
    team_id: str | None
    user_id: str | None


def start_columns(state: State, scopes: Sequence[str], user_scopes: Sequence[str]) -> AttemptColumns:
    """What a state tells of its start: enough for a whole row, if the start's own was lost."""
    return {
        "id": state.attempt_id,
        "reference": state.reference,
        "client_id": state.client_id,
        "verified": True,
        "step": "started",
        "seen_at": state.issued_at,
        "started_at": state.issued_at,
        "source": state.source,
        "team": state.team,
        "link_metadata": seen(state.metadata) or None if state.metadata else None,  # for people to read
        "metadata_signed": state.metadata_signed if state.metadata else None,
        "redirect_uri": state.redirect_uri,
        "scopes": ",".join(scopes) or None,
        "user_scopes": ",".join(user_scopes) or None,
        "browser_digest": state.browser,
    }


def process_columns(process: Process) -> AttemptColumns:
    """Which process it was: of a start the one that issued the state, of a return the one that took it."""
    return {"release": __version__, "process_started_at": process.started_at, "key_id": process.key_id}


def return_columns(visit: Visit, traits: Traits, cookie: str, at: int) -> AttemptColumns:
    """What every return leaves on its attempt: when (ms), from whom, and whether the browser was the same."""
    return {
        "return_browser_digest": next(iter(visit.browser_digests), None),
        "return_user_agent": traits["user_agent"],
        "return_browser": traits["browser"],
        "return_system": traits["system"],
        "return_ip_prefix": traits["ip_prefix"],
        "return_ip_hash": traits["ip_hash"],
        "return_referrer_host": traits["referrer_host"],
        "cookie": cookie,
        "returned_at": at,
        "last_returned_at": at,
        "returns": 1,
    }


def unverified_columns(client_id: str, at: int) -> AttemptColumns:
    """The key and reference of a return without a state of ours, at `at` (ms)."""
    return {
        "id": new_attempt_id(at),
        "reference": reference.new(),
        "client_id": client_id,
        "verified": False,
        "step": "returned",
        "seen_at": at,
    }
