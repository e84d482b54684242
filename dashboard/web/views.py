"""`/ops/views`: names for what lists are asked for."""

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from dashboard.desk import views
from dashboard.web.kit.page import Desk


@post("/ops/views", name="views.save")
async def save(desk: NamedDependency[Desk]) -> Response[str]:
    sent = await desk.form()
    what, name, app = (sent.get("list", ""), sent.get("query", "")), sent.get("name", ""), sent.get("app", "")
    saved = await desk.database.write(views.save, desk.operator, *what, name=name, app=app)
    return desk.done(saved, "Saved: it stands above the list.")


@post("/ops/views/{view_id:int}/remove", name="views.remove")
async def remove(desk: NamedDependency[Desk], view_id: FromPath[int]) -> Response[str]:
    removed = await desk.database.write(views.remove, desk.operator, view_id)
    return desk.done(removed.address, f"The view “{removed.name}” is removed.")
