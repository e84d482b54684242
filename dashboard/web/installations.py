"""`/ops/installations`: where each app is installed, and everything about one of them."""

from collections.abc import Mapping

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from dashboard.core.errors import NotFoundError
from dashboard.core.messages import ENGLISH, LANGUAGES
from dashboard.desk import attention, installations, reply
from dashboard.desk.installations import LIST
from dashboard.desk.rows import InstallationRow
from dashboard.web.kit import lists
from dashboard.web.kit.lists import Column
from dashboard.web.kit.page import Desk
from dashboard.web.kit.render import isotime

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
}


@get("/ops/installations", name="installations.index")
async def index(desk: NamedDependency[Desk]) -> Response[str]:
    required = await desk.database.read(attention.required)

    def scopes(row: InstallationRow) -> str:
        """How many of the scopes that the app requires there are; of an app that requires none, how many."""
        return attention.counted(attention.required_of(required, row.client_id), row.bot_scopes, row.user_scopes)

    return await lists.page(desk, LIST, scopes=scopes)


@get("/ops/installations/counts", name="installations.counts")
async def counts(desk: NamedDependency[Desk]) -> Response[str]:
    return await lists.counts(desk, LIST, "status")


@get("/ops/installations.csv", name="installations.export")
async def export(desk: NamedDependency[Desk]) -> Stream:
    return await lists.export(desk, LIST, CSV)


@get("/ops/installations/{installation_id:int}", name="installations.show")
async def show(desk: NamedDependency[Desk], installation_id: FromPath[int]) -> Response[str]:
    apps = desk.service.apps_by_client_id
    page = await desk.database.read(installations.page, desk.operator, desk.settings, apps, installation_id)
    language = desk.query.get("language", ENGLISH)
    if language not in LANGUAGES:
        raise NotFoundError
    return desk.page(
        "installations/show.html",
        page=page,
        code_note=None,
        read=[],
        language=language,
        languages=LANGUAGES,
        here=f"/ops/installations/{installation_id}",
        read_now="",
        other_replies={},
        reply=reply.written(page.verdict.reply, language),
    )
