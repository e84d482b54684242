"""`/ops/logout`: ends the session one is in."""

from litestar import Response, post
from litestar.di import NamedDependency

from dashboard.access import sessions
from dashboard.core.config import Settings
from dashboard.core.db import Database
from dashboard.web import auth
from dashboard.web.types import Request


@post("/ops/logout", name="logout.sign_out")
async def sign_out(
    request: Request, database: NamedDependency[Database], settings: NamedDependency[Settings]
) -> Response[str]:
    session = auth.session_of(request)
    await database.write(sessions.end, session.operator.id or 0, session.digest)
    answer = auth.see_other("/ops/login")
    answer.set_cookie(auth.cookie(settings, auth.cookie_name(settings), "", 0))
    return answer
