"""`/ops/apps`: the apps of this deployment, how each is set, and a switch to pause one."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import Connection

from dashboard.access import audit, operators
from dashboard.access.permissions import AppAccess, require, require_anywhere
from dashboard.apps import registry
from dashboard.apps.app import DEFAULT_SLUG
from dashboard.core.clock import now
from dashboard.core.errors import DashboardError
from dashboard.web.kit.page import Desk

HERE = "/ops/apps"


@get("/ops/apps", name="apps.index")
async def index(desk: NamedDependency[Desk]) -> Response[str]:
    require_anywhere(desk.operator, "edit_app")
    installed = await desk.database.read(registry.counted)
    editable = [app for app in desk.operator.apps if desk.operator.may("edit_app", app.client_id)]
    shown = [(app, desk.service.apps.get(app.slug), installed.get(app.client_id, 0)) for app in editable]
    return desk.page("apps/index.html", shown=shown)


@get("/ops/apps/{slug:str}", name="apps.show")
async def show(desk: NamedDependency[Desk], slug: FromPath[str]) -> Response[str]:
    return await _show(desk, slug)


async def _show(desk: Desk, slug: str, status: int = 200, wrong: str = "") -> Response[str]:
    access = _editable(desk, slug)
    return desk.page(
        "apps/show.html",
        status=status,
        wrong=wrong,
        access=access,
        app=desk.service.apps.get(slug),
        by_environment=slug == DEFAULT_SLUG,
        public_url=desk.settings.public_url,
        people=await desk.database.read(operators.members, access.id),
    )


@post("/ops/apps/{slug:str}/pause", name="apps.pause")
async def pause(desk: NamedDependency[Desk], slug: FromPath[str]) -> Response[str]:
    return await _set_paused(desk, slug, paused=True)


@post("/ops/apps/{slug:str}/resume", name="apps.resume")
async def resume(desk: NamedDependency[Desk], slug: FromPath[str]) -> Response[str]:
    return await _set_paused(desk, slug, paused=False)


async def _set_paused(desk: Desk, slug: str, *, paused: bool) -> Response[str]:
    access = _editable(desk, slug)
    await desk.require_recent(f"{HERE}/{slug}")
    verb = "app.pause" if paused else "app.resume"

    def change(db: Connection) -> None:
        registry.edit(db, desk.settings, slug, {"paused_at": now() if paused else None})
        audit.record(db, desk.operator, verb, "app", slug, client_id=access.client_id)

    try:
        await desk.database.write(change)
    except DashboardError as error:
        await desk.database.write(
            audit.record,
            desk.operator,
            verb,
            "app",
            slug,
            client_id=access.client_id,
            outcome=audit.FAILED,
            details=error.sentence,
        )
        return await _show(desk, slug, 409, f"{error.sentence} {error.next_step}")
    await desk.service.registry.refresh()
    return desk.done(f"{HERE}/{slug}", "Paused. Whoever is at Slack already may finish." if paused else "Open again.")


def _editable(desk: Desk, slug: str) -> AppAccess:
    """Raises NotFoundError or NotAllowedError if the app is not for the operator to edit."""
    access = desk.operator.app(slug)
    require(desk.operator, "edit_app", access.client_id, "app", slug)
    return access
