"""`/ops/attempts`: every installation that was begun, and what came of it."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream
from sqlalchemy import Connection

from dashboard.access.permissions import require_anywhere
from dashboard.core import reference
from dashboard.core.clock import now
from dashboard.core.errors import DashboardError, NotFoundError
from dashboard.core.messages import LANGUAGES
from dashboard.core.words import isotime
from dashboard.desk import attempt_acts, attempts, reply, retention
from dashboard.desk.attempts import LIST, STEPS, ListedAttempt
from dashboard.desk.reply import Reply
from dashboard.install import catalogue
from dashboard.install.catalogue.causes.never_came_back import READ, was_read
from dashboard.install.catalogue.entry import YES
from dashboard.install.entries import KINDS
from dashboard.web.kit import lists
from dashboard.web.kit.lists import Column
from dashboard.web.kit.page import Desk, see_other
from dashboard.web.kit.render import outcome

CSV: Mapping[str, Column[ListedAttempt]] = {
    "reference": Column(lambda row: reference.display(row.reference)),
    "client_id": Column(lambda row: row.client_id),
    "begun_at": Column(lambda row: isotime(row.seen_at)),
    "outcome": Column(outcome),
    "step": Column(lambda row: row.step),
    "code": Column(lambda row: row.code),
    "enterprise_id": Column(lambda row: row.enterprise_id),
    "team_id": Column(lambda row: row.team_id),
    "workspace": Column(lambda row: row.workspace),
    "user_id": Column(lambda row: row.user_id, "see_people"),
    "milliseconds": Column(lambda row: row.milliseconds),
    "browser": Column(lambda row: row.browser),
    "system": Column(lambda row: row.system),
    "source": Column(lambda row: row.source),
}

SAVED = {
    "note": "Noted.",
    "ticket": "The ticket's address is kept.",
    "contacted": "Noted that they were contacted.",
    "solved": "Marked as solved.",
}


@get("/ops/attempts", name="attempts.index")
async def index(desk: NamedDependency[Desk]) -> Response[str]:
    def beside(db: Connection) -> dict[str, int | None]:
        return {"oldest": retention.oldest_attempt(db, desk.operator)}

    return await lists.page(desk, LIST, beside, days=desk.settings.keep_attempts_days, steps=STEPS)


@get("/ops/attempts/counts", name="attempts.counts")
async def counts(desk: NamedDependency[Desk]) -> Response[str]:
    return await lists.counts(desk, LIST)


@get("/ops/attempts/newer", name="attempts.newer")
async def newer(desk: NamedDependency[Desk]) -> Response[str]:
    return await lists.newer(desk, LIST)


@get("/ops/attempts.csv", name="attempts.export")
async def export(desk: NamedDependency[Desk]) -> Stream:
    return await lists.export(desk, LIST, CSV)


@get("/ops/attempts/{text:str}", name="attempts.show")
async def show(desk: NamedDependency[Desk], text: FromPath[str]) -> Response[str]:
    require_anywhere(desk.operator, LIST.act)
    stored = reference.parse(text)
    if stored is None:
        raise NotFoundError
    if text != reference.display(stored):
        return see_other(f"/ops/attempts/{reference.display(stored)}")
    return await _show(desk, stored)


@post("/ops/attempts/{text:str}/link", name="attempts.invite")
async def invite(desk: NamedDependency[Desk], text: FromPath[str]) -> Response[str]:
    stored = reference.parse(text)
    if stored is None:
        raise NotFoundError
    code = await desk.database.write(attempt_acts.invite, desk.operator, stored)
    return await _show(desk, stored, code=code)


@post("/ops/attempts/{text:str}/{kind:str}", name="attempts.act")
async def act(desk: NamedDependency[Desk], text: FromPath[str], kind: FromPath[str]) -> Response[str]:
    stored = reference.parse(text)
    if stored is None or kind not in attempt_acts.BY_HAND:
        raise NotFoundError
    sent = await desk.form()
    said = sent.get("url" if kind == "ticket" else "text", "")
    try:
        await desk.database.write(attempt_acts.write, desk.operator, stored, kind, said)
    except DashboardError as error:
        return await _show(desk, stored, status=422, wrong=f"{error.sentence} {error.next_step}", sent=sent)
    return desk.done(f"/ops/attempts/{reference.display(stored)}{_asked(desk)}", SAVED[kind])


async def _show(
    desk: Desk,
    stored: str,
    *,
    status: int = 200,
    wrong: str = "",
    sent: Mapping[str, str] | None = None,
    code: str = "",
) -> Response[str]:
    read = frozenset(desk.query.get("read", "").split(",")) & READ.keys()
    page = await desk.database.read(attempts.page, desk.operator, desk.settings, stored, now=now(), read=read)
    language = desk.query.get("language", page.verdict.reply.language)
    if language not in LANGUAGES:
        raise NotFoundError
    app = desk.service.apps_by_client_id.get(page.attempt.client_id)
    invited = f"{desk.settings.public_url}/apps/{app.slug}/invited/{code}" if app and code else ""
    words = _with_link(page.verdict.reply, invited)
    return desk.page(
        "attempts/show.html",
        status=status,
        wrong=wrong,
        sent=sent or {},
        kinds=KINDS,
        page=page,
        app=app,
        entry=catalogue.find(page.attempt.code or ""),
        limit=desk.settings.state_ttl * 1000,
        language=language,
        languages=LANGUAGES,
        invited=invited,
        here=f"/ops/attempts/{reference.display(stored)}",
        asked=_asked(desk),
        read_now=",".join(sorted(read)),
        read=[READ[code] for code in sorted(page.read)],
        unnoted=" ".join(was_read(code) for code in sorted(page.unnoted)),
        reply=reply.written(words, language),
        # The link is shown this once: so are the replies that have it.
        other_replies={code: reply.written(words, code) for code in LANGUAGES if code != language} if invited else {},
    )


def _asked(desk: Desk) -> str:
    """What the address says beside the attempt, to be kept by what is done there: what was read, in which language."""
    kept: list[tuple[str, str]] = [(name, desk.query[name]) for name in ("read", "language") if name in desk.query]
    return f"?{urlencode(kept)}" if kept else ""


def _with_link(words: Reply, invited: str) -> Reply:
    """The reply with a one-time link, which is there to be tried, whatever else is to be done."""
    return replace(words, install_url=invited, retry=YES) if invited else words
