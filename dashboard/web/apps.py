"""`/ops/apps`: the apps of this deployment, how each is set, and a switch to pause one."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import Connection

from dashboard.access import audit, operators
from dashboard.access.permissions import Operator, require, require_anywhere
from dashboard.apps import registry
from dashboard.apps.app import DEFAULT_SLUG
from dashboard.core.clock import now
from dashboard.web.kit import identify, page
from dashboard.web.kit.request import Request, Service

HERE = "/ops/apps"


@get("/ops/apps", name="apps.index")
async def index(
    request: Request, service: NamedDependency[Service], operator: NamedDependency[Operator]
) -> Response[str]:
    require_anywhere(operator, "edit_app")
    installed = await service.flow.database.read(registry.counted)
    mine = [app for app in operator.apps if operator.may("edit_app", app.client_id)]
    shown = [(app, service.apps.get(app.slug), installed.get(app.client_id, 0)) for app in mine]
    return page.page(request, "apps/index.html", shown=shown)


@get("/ops/apps/{slug:str}", name="apps.show")
async def show(
    request: Request, service: NamedDependency[Service], operator: NamedDependency[Operator], slug: FromPath[str]
) -> Response[str]:
    access = operator.app(slug)
    require(operator, "edit_app", access.client_id, "app", slug)
    people = await service.flow.database.read(operators.members, access.id)
    context: dict[str, Any] = {
        "access": access,
        "app": service.apps.get(slug),
        "by_environment": slug == DEFAULT_SLUG,
        "public_url": service.settings.public_url,
        "people": people,
    }
    return page.page(request, "apps/show.html", **context)


@post("/ops/apps/{slug:str}/pause", name="apps.pause")
async def pause(
    request: Request, service: NamedDependency[Service], operator: NamedDependency[Operator], slug: FromPath[str]
) -> Response[str]:
    return await _set_paused(request, service, operator, slug, paused=True)


@post("/ops/apps/{slug:str}/resume", name="apps.resume")
async def resume(
    request: Request, service: NamedDependency[Service], operator: NamedDependency[Operator], slug: FromPath[str]
) -> Response[str]:
    return await _set_paused(request, service, operator, slug, paused=False)


async def _set_paused(
    request: Request, service: Service, operator: Operator, slug: str, *, paused: bool
) -> Response[str]:
    access = operator.app(slug)
    require(operator, "edit_app", access.client_id, "app", slug)
    identify.require_recent(request, f"{HERE}/{slug}")
    verb = "app.pause" if paused else "app.resume"

    def change(db: Connection) -> None:
        registry.edit(db, service.settings, slug, {"paused_at": now() if paused else None})
        audit.record(db, operator, verb, "app", slug, client_id=access.client_id)

    await service.flow.database.write(change)
    await service.registry.refresh()
    said = "Paused. Whoever is at Slack already may finish." if paused else "Open again."
    return page.say(request, identify.see_other(f"{HERE}/{slug}"), said)
