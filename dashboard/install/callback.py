"""The return from Slack. Whoever knows slack_bolt's `AsyncOAuthFlow.handle_callback` finds its branches here, in order.

The rows are those of the table in docs/install-flow.md. Sources: RFC 6749 §4.1 and §10.12, and
https://docs.slack.dev/authentication/installing-with-oauth. No web framework here.
"""

from sqlalchemy import Connection

from dashboard.apps.app import App
from dashboard.core.clock import now
from dashboard.core.models import Attempt
from dashboard.core.text import clean
from dashboard.install import attempts, catalogue, invitations, visitor
from dashboard.install.attempt_columns import AttemptColumns, process_columns, return_columns, unverified_columns
from dashboard.install.attempts import SUCCEEDED
from dashboard.install.context import InstallContext
from dashboard.install.draft import AttemptDraft, stored, unforeseen
from dashboard.install.exchange import Granted, exchange
from dashboard.install.outcome import InstallFailedError, Outcome, asked_for, failure_of
from dashboard.install.state import PREFIX
from dashboard.install.visitor import Visit
from dashboard.slack import store
from dashboard.slack.answers import is_error_code
from dashboard.slack.summary import Facts
from dashboard.slack.tenant import ACTIVE, Tenant, summary_of


async def handle_callback(context: InstallContext, app: App, visit: Visit) -> Outcome:
    """Take a return from Slack to its outcome. Raises nothing: whatever happens is an outcome with a reference."""
    state = context.signer.read(visit.query.get("state", ""))
    if state is None or state.client_id != app.client_id:
        return _unverified(context, app, visit, _not_ours(visit))
    draft = AttemptDraft(context, app, visit, state)
    try:
        return await _install(draft)
    except InstallFailedError as failure:
        return await _failed(draft, failure)
    except Exception as error:  # noqa: BLE001 - Bolt answers what is unforeseen with its framework's error page
        return await _failed(draft, unforeseen(draft, error))


async def _install(draft: AttemptDraft) -> Outcome:
    """The conditions in the order in which they answer; the first that applies does. Up to the spending of the state
    nothing is final, and a later, better return replaces it. Raises InstallFailedError."""
    query = draft.visit.query

    # Row 1: Slack's page says why there is no code. Anybody can call this; only the browser that started is believed.
    if "error" in query:
        failure = _slack_page_error(draft.visit)
        if draft.cookie != "same":
            return _unverified(draft.context, draft.app, draft.visit, failure)
        raise failure

    # Rows 6 to 8. That a state is used up comes first, and here takes a look. (Bolt forgets a state when it is read: it
    # can tell neither a used one from an old one, nor two windows of one browser from two browsers.)
    unusable = _unusable(draft)
    if unusable:
        attempt = await draft.find()
        if attempt and attempt.spent_at is not None:
            return await _repeated(draft)
        raise unusable

    # Rows 4 and 5: what is usable is spent without a look. Of any number of returns one gets the reference.
    reference = await draft.spend()
    if reference is None:
        return await _repeated(draft)

    # Rows 9 and 10, then 11: the state is spent, and whatever happens from here on is final. (Bolt loses what Slack
    # granted if `auth.test` or its own store fails.)
    granted = await exchange(draft, query["code"])
    await _require_invited(draft, granted)
    await stored(draft.context.database.write(_store, draft, granted))

    # Row 13
    checked = draft.columns.get("token_verified_at") is not None
    asked = asked_for(draft.state)
    return Outcome(200, reference, now(), installed=granted.installation, checked=checked, asked_for=asked)


def is_underway(context: InstallContext, app: App, visit: Visit) -> bool:
    """Whether a return belongs to a start of this app, whoever brings it."""
    state = context.signer.read(visit.query.get("state", ""))
    return state is not None and state.client_id == app.client_id


def _not_ours(visit: Visit) -> InstallFailedError:
    """What a return without a state of ours is answered with (rows 1 to 3)."""
    if "error" in visit.query:
        return _slack_page_error(visit)
    if not visit.query.get("state"):
        return InstallFailedError("invalid_browser", "no_state")
    return InstallFailedError("invalid_state", "state_unknown")


def _slack_page_error(visit: Visit) -> InstallFailedError:
    """What Slack's page says instead of a code. Anybody can write that: its words are cut, and never shown."""
    error = visit.query["error"]
    description = clean(visit.query.get("error_description"), 300)
    reason = error if is_error_code(error) else "unknown_error"
    detail = catalogue.code_on_return(reason)
    if detail == "access_denied" and not description:
        detail = "access_denied_unexplained"
    return InstallFailedError(reason, detail, slack_error=clean(error, 64), slack_description=description, status=200)


def _unusable(draft: AttemptDraft) -> InstallFailedError | None:
    """Why this return may not spend its state (rows 6 to 8); None if it may."""
    if draft.at - draft.state.issued_at > draft.context.state_ttl * 1000:
        return InstallFailedError("invalid_state", "state_expired")
    if draft.cookie != "same":
        return InstallFailedError("invalid_browser", "no_cookie" if draft.cookie == "missing" else "cookie_mismatch")
    return None if draft.visit.query.get("code") else InstallFailedError("missing_code")


async def _require_invited(draft: AttemptDraft, granted: Granted) -> None:
    """If it began with a one-time link: raise InstallFailedError where that was made for another customer. What Slack
    granted is given back then, unless the app is installed there: the token can be the one that it works with."""
    if draft.state.invitation is None:
        return
    database, installation = draft.context.database, granted.installation
    invitation = await stored(database.read(invitations.of_start, draft.state.invitation, draft.app.client_id))
    if invitation is None or invitations.is_for(invitation, installation):
        return
    tenant = Tenant(draft.app.client_id, installation.enterprise_id, installation.team_id)
    held = await stored(database.read(summary_of, tenant))
    if held is None or held.status != ACTIVE:
        await draft.context.slack.give_back(installation)
    raise InstallFailedError("invalid_state", "other_workspace")


def _store(db: Connection, draft: AttemptDraft, granted: Granted) -> None:
    """Installation, bot, summary, outcome and the one-time link: all of it or nothing."""
    facts: Facts = {"to_check": granted.to_check}
    if granted.url:
        facts["url"] = granted.url
    store.save(db, draft.app.vault, granted.installation, facts)
    attempts.close_succeeded(db, draft.attempt_id, draft.columns, now())
    if draft.state.invitation:
        invitations.spend(db, draft.state.invitation, draft.state.reference, now())


async def _repeated(draft: AttemptDraft) -> Outcome:
    """A state that is used up: the same browser gets the first return's outcome (row 4), others a hint (row 5).

    While the first still runs, the same browser waits for it, without a transaction open.
    """
    draft.context.recorder.repeated(attempts.repeat_of(draft.attempt_id, draft.columns), draft.visit.address)
    deadline = now() + draft.context.pace.repeat_waits * 1000
    attempt = await stored(draft.context.database.read(attempts.get, draft.attempt_id))
    if draft.cookie != "same":
        failure = InstallFailedError("invalid_state", "state_reused")
        return Outcome.of(failure, attempt.reference, draft.at, draft.state)
    while attempt.closed_at is None:
        if now() > deadline:
            return Outcome.of(InstallFailedError("in_progress"), attempt.reference, draft.at, draft.state)
        attempt = await stored(draft.context.unfinished.look(draft.attempt_id))
    return await _outcome_of(draft, attempt)


async def _failed(draft: AttemptDraft, failure: InstallFailedError) -> Outcome:
    """Record a failure and answer with it; if the attempt succeeded after all, with that."""
    if not draft.spent and not draft.context.recorder.may_note(draft.app.client_id, draft.visit.address):
        return Outcome.of(failure, draft.state.reference, draft.at, draft.state)
    try:
        attempt = await draft.record(failure)
        if draft.spent and attempt.outcome == SUCCEEDED:
            return await _outcome_of(draft, attempt)
    except Exception as error:  # noqa: BLE001 - the visitor's answer does not hang on our record of it
        draft.keep_trace(failure, error)
        return Outcome.of(failure, draft.state.reference, draft.at, draft.state)
    return Outcome.of(failure, attempt.reference, draft.at, draft.state)


def _unverified(context: InstallContext, app: App, visit: Visit, failure: InstallFailedError) -> Outcome:
    """Answer a return that proves nothing, under a reference of its own, and keep a record of it behind the answer,
    within bounds."""
    at = now()
    row: AttemptColumns = {
        **unverified_columns(app.client_id, at),
        **process_columns(context.process),
        **return_columns(visit, visitor.traits(visit, context.hash_key), _other_cookie(visit), at),
        **_state_columns(visit.query.get("state", "")),
        **failure.columns(),
        "outcome": attempts.outcome_of(failure.code),
    }
    context.recorder.unverified(row, visit.address)
    return Outcome.of(failure, row["reference"], at)


def _state_columns(state: str) -> AttemptColumns:
    """What is kept of a state that is none of ours: never itself."""
    return {"state_length": len(state) or None, "state_like_ours": state.startswith(PREFIX) if state else None}


def _other_cookie(visit: Visit) -> str:
    """Without a state there is no telling whose cookie it is."""
    return "other" if visit.browser_secrets else "missing"


async def _outcome_of(draft: AttemptDraft, attempt: Attempt) -> Outcome:
    """The outcome that a closed attempt has."""
    at = attempt.closed_at or draft.at
    if attempt.outcome != SUCCEEDED:
        return Outcome.of(failure_of(attempt), attempt.reference, at, draft.state)
    tenant = Tenant(draft.app.client_id, attempt.enterprise_id, attempt.team_id)
    installed = await stored(draft.context.database.read(summary_of, tenant))
    checked = attempt.token_verified_at is not None
    asked = asked_for(draft.state)
    return Outcome(200, attempt.reference, at, installed=installed, checked=checked, asked_for=asked)
