"""What a browser gets that is signed in, or still has to give its code."""

from litestar import Response

from dashboard.access.signin import Result
from dashboard.web.kit import cookies, identify
from dashboard.web.kit.page import Desk, see_other


def let_in(desk: Desk, result: Result, wanted: str) -> Response[str] | None:
    """Lead to `wanted`, or first to where the code is asked for; None if the try was wrong, or has to wait."""
    if result.ticket:
        answer = see_other(f"/ops/login/code?next={identify.quoted(wanted)}")
        answer.set_cookie(cookies.ticket(desk.settings, result.ticket))
        return answer
    if not result.token or not result.known_browser:
        return None
    answer = see_other(wanted)
    answer.set_cookie(cookies.session(desk.settings, result.token))
    answer.set_cookie(cookies.known_browser(desk.settings, result.known_browser))
    answer.set_cookie(cookies.gone(desk.settings, cookies.ticket_name(desk.settings)))
    return answer
