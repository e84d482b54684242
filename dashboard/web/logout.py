"""`/ops/logout`: ends the session one is in."""

from litestar import Response, post
from litestar.di import NamedDependency

from dashboard.access import me
from dashboard.web.kit import cookies
from dashboard.web.kit.page import Desk, see_other


@post("/ops/logout", name="logout.sign_out")
async def sign_out(desk: NamedDependency[Desk]) -> Response[str]:
    await desk.database.write(me.sign_out, desk.session)
    return cookies.with_session(desk.settings, see_other("/ops/login"), None)
