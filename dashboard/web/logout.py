"""`/ops/logout`: ends the session one is in."""

from litestar import Response, post
from litestar.di import NamedDependency

from dashboard.access import sessions
from dashboard.core.config import Settings
from dashboard.core.db import Database
from dashboard.web.kit import identify
from dashboard.web.kit.request import Request


@post("/ops/logout", name="logout.sign_out")
async def sign_out(
    request: Request, database: NamedDependency[Database], settings: NamedDependency[Settings]
) -> Response[str]:
    session = identify.session_of(request)
    await database.write(sessions.end, session.operator.id or 0, session.digest)
    answer = identify.see_other("/ops/login")
    answer.set_cookie(identify.cookie(settings, identify.cookie_name(settings), "", 0))
    return answer
