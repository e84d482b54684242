"""The desk's pages: the whole page, or the one named block of it that htmx asks for.

A handler ends with `fragments.page(request, "noun/index.html", block="rows", rows=rows)`. The block's name is the id of
the element it fills.
"""

import base64
import binascii
from typing import Any

from litestar import MediaType, Response

from dashboard.access.permissions import AppAccess
from dashboard.core.config import Settings
from dashboard.web.kit import identify, render, security
from dashboard.web.kit.request import Request

LONGEST_FLASH = 300  # characters

# What the rail shows: (route name, word, icon, the act somebody must be allowed somewhere). What has no route yet, or
# is not for the person, is not shown.
NAVIGATION = (
    ("home.index", "Home", "home", None),
    ("installations.index", "Installations", "blocks", "see_installations"),
    ("workspaces.index", "Workspaces", "building", "see_installations"),
    ("attempts.index", "Attempts", "route", "see_attempts"),
    ("failures.index", "Failures", "alert", "see_attempts"),
    ("funnel.index", "Funnel", "funnel", "see_attempts"),
    ("codes.index", "Codes", "book", "see_attempts"),
    ("apps.index", "Apps", "grid", "edit_app"),
    ("operators.index", "Operators", "people", "owner"),
    ("audit.index", "Audit", "list", "see_audit"),
)
SEARCH = ("lookup.index", "installations.index")  # where the search box leads: the first of these there is


def wants_fragment(request: Request) -> bool:
    """Whether htmx asks for a part of the page. A history restore gets the whole one."""
    restores = request.headers.get("hx-history-restore-request") == "true"
    return request.headers.get("hx-request-type") == "partial" and not restores


def page(
    request: Request,
    template: str,
    *,
    block: str | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> Response[str]:
    """The whole page, or, where htmx asks for a part, its block of that name."""
    found = render.environment().get_template(template)
    context = {**frame(request), **context}
    sent = {"Cache-Control": "no-store", "Vary": "HX-Request-Type", **(headers or {})}
    if block and wants_fragment(request):
        html = "".join(found.blocks[block](found.new_context(context)))
        return Response(html, status_code=status, media_type=MediaType.HTML, headers=sent)
    answer = Response(found.render(context), status_code=status, media_type=MediaType.HTML, headers=sent)
    if context["flash"]:
        answer.set_cookie(identify.cookie(_settings(request), _flash_name(request), "", 0))
    return answer


def frame(request: Request) -> dict[str, Any]:
    """What the layout shows around every page: who it is, where to go, which app is chosen, what was just done."""
    session = request.scope.get("user")
    operator = session.operator if session else None
    chosen = _chosen(request, operator.apps) if operator else None
    return {
        "operator": operator,
        "chosen": chosen,
        "path": request.scope["path"],
        "navigation": [_link(request, *entry) for entry in NAVIGATION if _shows(request, entry)] if operator else [],
        "search": next(filter(None, (address(request, name) for name in SEARCH)), None),
        "pasted": security.query(request).get("q", "") if request.scope["path"] == "/ops/lookup" else "",
        "flash": _flash(request),
    }


def say(request: Request, answer: Response[str], sentence: str) -> Response[str]:
    """Have the next page say that something was done. After a form the answer is a redirect, which shows nothing."""
    text = base64.urlsafe_b64encode(sentence[:LONGEST_FLASH].encode()).decode()
    answer.set_cookie(identify.cookie(_settings(request), _flash_name(request), text, 60))
    return answer


def _shows(request: Request, entry: tuple[str, str, str, str | None]) -> bool:
    name, _, _, act = entry
    operator = identify.operator_of(request)
    if not address(request, name):
        return False
    return act is None or (operator.owner if act == "owner" else operator.may_anywhere(act))


def _link(request: Request, name: str, word: str, icon: str, _act: str | None) -> dict[str, Any]:
    leads_to, path = address(request, name) or "", request.scope["path"]
    here = path == leads_to or (leads_to != "/ops" and path.startswith(f"{leads_to}/"))
    count = _waiting(request) if name == "failures.index" else 0
    return {"address": leads_to, "word": word, "icon": icon, "here": here, "count": count}


def _waiting(request: Request) -> int:
    """How many failure groups wait, in the apps whose attempts the operator may see."""
    operator, waiting = identify.operator_of(request), request.app.state.service.waiting
    return sum(count for client_id, count in waiting.items() if operator.may("see_attempts", client_id))


def address(request: Request, name: str) -> str | None:
    """The path of a route without parameters; None where this release has no such route."""
    found = request.app.get_handler_index_by_name(name)
    return min(found["paths"]) if found else None


def _chosen(request: Request, apps: tuple[AppAccess, ...]) -> AppAccess | None:
    """The one app a page is narrowed to by `?app=`. An unknown one is for the page to refuse."""
    slug = security.query(request).get("app")
    return next((app for app in apps if app.slug == slug), None)


def _flash(request: Request) -> str | None:
    values = security.cookie_values(request.headers.getall("cookie", []), _flash_name(request))
    try:
        return base64.urlsafe_b64decode(values[0].encode()).decode()[:LONGEST_FLASH] if values else None
    except (binascii.Error, ValueError):
        return None  # it is not ours


def _flash_name(request: Request) -> str:
    return ("__Host-" if _settings(request).cookies_are_secure else "") + "dashboard-said"


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings
