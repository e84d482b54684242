"""`/ops/installations`: where each app is installed, and everything about one of them."""

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream
from sqlalchemy import Connection

from dashboard.access.permissions import require_anywhere
from dashboard.apps.link import Link
from dashboard.core.errors import DashboardError, FilterError, NotFoundError
from dashboard.core.messages import ENGLISH, LANGUAGES
from dashboard.core.words import isotime
from dashboard.desk import attention, installation_acts, installations, jobs, reply, slack_acts
from dashboard.desk.installation_acts import Act
from dashboard.desk.installations import LIST, InstallationPage
from dashboard.desk.jobs import Asked, Chosen
from dashboard.desk.rows import InstallationRow
from dashboard.web.kit import lists
from dashboard.web.kit.lists import Column
from dashboard.web.kit.page import Desk, see_other

CSV: Mapping[str, Column[InstallationRow]] = {
    "status": Column(lambda row: row.shown_status),
    "client_id": Column(lambda row: row.client_id),
    "enterprise_id": Column(lambda row: row.enterprise_id),
    "enterprise": Column(lambda row: row.enterprise_name),
    "team_id": Column(lambda row: row.team_id),
    "workspace": Column(lambda row: row.team_name),
    "address": Column(lambda row: row.url),
    "installer_id": Column(lambda row: row.installer_id, "see_people"),
    "bot_scopes": Column(lambda row: row.bot_scopes),
    "user_scopes": Column(lambda row: row.user_scopes),
    "first_installed_at": Column(lambda row: isotime(row.first_installed_at)),
    "installed_at": Column(lambda row: isotime(row.installed_at)),
    "removed_at": Column(lambda row: row.removed_at and isotime(row.removed_at)),
    "last_seen_at": Column(lambda row: row.last_seen_at and isotime(row.last_seen_at)),
}


@get("/ops/installations", name="installations.index")
async def index(desk: NamedDependency[Desk]) -> Response[str]:
    def beside(db: Connection) -> dict[str, object]:
        required = attention.required(db)

        def scopes(row: InstallationRow) -> str:
            """How many of the scopes that the app requires there are; of an app that requires none, how many."""
            return attention.counted(attention.required_of(required, row.client_id), row.bot_scopes, row.user_scopes)

        return {"scopes": scopes}

    return await lists.page(desk, LIST, beside, sees_people=desk.operator.may_anywhere("see_people"))


@get("/ops/installations/counts", name="installations.counts")
async def counts(desk: NamedDependency[Desk]) -> Response[str]:
    may_act = desk.operator.may_anywhere("triage")
    return await lists.counts(desk, LIST, "/ops/installations/bulk" if may_act else "")


@get("/ops/installations/newer", name="installations.newer")
async def newer(desk: NamedDependency[Desk]) -> Response[str]:
    return await lists.newer(desk, LIST)


@get("/ops/installations.csv", name="installations.export")
async def export(desk: NamedDependency[Desk]) -> Stream:
    return await lists.export(desk, LIST, CSV)


@get("/ops/installations/bulk", name="installations.choose")
async def choose(desk: NamedDependency[Desk]) -> Response[str]:
    """What is chosen, by the ticked `ids` or by a `query` of which `count` were shown, and what can be done with it."""
    query = desk.query
    asked = Asked(desk.ticked("ids"), query.get("query"), query.get("count", ""))
    return await _choose(desk, asked)


@post("/ops/installations/bulk", name="installations.begin")
async def begin(desk: NamedDependency[Desk]) -> Response[str]:
    """Begin with it; or, to export what is ticked, lead to that."""
    sent = await desk.form()
    ids = tuple(text for text in sent.get("ids", "").split(",") if text)
    asked, name = Asked(ids, sent.get("query"), sent.get("count", "")), sent.get("act", "")
    if name not in jobs.ACTS:
        raise NotFoundError
    if installation_acts.ACTS[name].is_dangerous:
        await desk.require_recent("/ops/installations")
    try:
        job_id = await desk.database.write(jobs.begin, desk.operator, asked, name, sent.get("text", ""))
    except FilterError:
        raise
    except DashboardError as error:
        return await _choose(desk, asked, wrong=f"{error.sentence} {error.next_step}", sent=sent)
    return see_other(f"/ops/jobs/{job_id}")


@get("/ops/installations/{installation_id:int}", name="installations.show")
async def show(desk: NamedDependency[Desk], installation_id: FromPath[int]) -> Response[str]:
    return await _show(desk, installation_id)


@get("/ops/installations/{installation_id:int}/{act:str}", name="installations.ask")
async def ask(desk: NamedDependency[Desk], installation_id: FromPath[int], act: FromPath[str]) -> Response[str]:
    """Says what a dangerous act does, before it is done."""
    asked = _act(act)
    if not asked.is_dangerous:
        raise NotFoundError
    installation = await desk.database.read(installation_acts.allowed, desk.operator, installation_id, act)
    return desk.page(
        "installations/ask.html", installation=installation, name=act, act=asked, here=_here(installation_id)
    )


@post("/ops/installations/{installation_id:int}/{act:str}", name="installations.act")
async def act(desk: NamedDependency[Desk], installation_id: FromPath[int], act: FromPath[str]) -> Response[str]:
    asked, sent = _act(act), await desk.form()
    try:
        if asked.is_dangerous:
            await desk.database.read(installation_acts.allowed, desk.operator, installation_id, act)
            await desk.require_recent(f"{_here(installation_id)}/{act}")
        if act == "link":
            code = await desk.database.write(installation_acts.invite, desk.operator, installation_id)
            return await _show(desk, installation_id, code=code)
        done = await _done(desk, installation_id, act, sent.get("text", ""))
    except DashboardError as error:
        wrong = f"{error.sentence} {error.next_step}"
        return await _show(desk, installation_id, status=422, wrong=wrong, sent=sent)
    return desk.done(_here(installation_id), done)


async def _choose(desk: Desk, asked: Asked, *, wrong: str = "", sent: Mapping[str, str] | None = None) -> Response[str]:
    require_anywhere(desk.operator, "triage")

    def read(db: Connection) -> tuple[Chosen, list[InstallationRow]]:
        chosen = jobs.choose(db, desk.operator, asked)
        return chosen, jobs.sample(db, desk.operator, chosen)

    try:
        chosen, some = await desk.database.read(read)
    except FilterError:
        raise
    except DashboardError as error:
        return desk.page("installations/bulk.html", status=422, wrong=f"{error.sentence} {error.next_step}", meant=None)
    return desk.page(
        "installations/bulk.html",
        status=422 if wrong else 200,
        wrong=wrong,
        meant=chosen,
        some=some,
        asked=asked,
        acts={name: installation_acts.ACTS[name] for name in jobs.ACTS},
        sent=sent or {},
    )


async def _done(desk: Desk, installation_id: int, act: str, text: str) -> str:
    """Do it. What was done, in a sentence."""
    if act in slack_acts.ACTS:
        slack, apps = desk.service.install.slack, desk.service.apps_by_client_id
        caller = slack_acts.Caller(desk.database, slack, desk.operator, apps)
        work = await slack_acts.begin(caller, installation_id, act)
        return await slack_acts.ACTS[act](work)
    await desk.database.write(installation_acts.HERE[act], desk.operator, installation_id, text)
    return installation_acts.ACTS[act].done


async def _show(
    desk: Desk,
    installation_id: int,
    *,
    status: int = 200,
    wrong: str = "",
    sent: Mapping[str, str] | None = None,
    code: str = "",
) -> Response[str]:
    apps = desk.service.apps_by_client_id
    page = await desk.database.read(installations.page, desk.operator, desk.settings, apps, installation_id)
    language = desk.query.get("language", ENGLISH)
    if language not in LANGUAGES:
        raise NotFoundError
    app = page.app
    invited = f"{desk.settings.public_url}/apps/{app.slug}/invited/{code}" if app and code else ""
    return desk.page(
        "installations/show.html",
        status=status,
        page=page,
        most_attempts=installations.MOST_ATTEMPTS,
        acts=installation_acts.offered(desk.operator, page.installation),
        wrong=wrong,
        sent=sent or {},
        invited=invited,
        install_address=_install_address(desk, page),
        code_note=None,
        read=[],
        language=language,
        languages=LANGUAGES,
        here=_here(installation_id),
        read_now="",
        other_replies={},
        reply=reply.written(page.verdict.reply, language),
    )


def _install_address(desk: Desk, page: InstallationPage) -> str:
    """Where the customer installs it again; empty if the app is not registered any more."""
    if page.app is None:
        return ""
    return f"{desk.settings.public_url}{page.app.install_path(Link(team=page.installation.team_id))}"


def _here(installation_id: int) -> str:
    return f"/ops/installations/{installation_id}"


def _act(name: str) -> Act:
    if name not in installation_acts.ACTS:
        raise NotFoundError
    return installation_acts.ACTS[name]
