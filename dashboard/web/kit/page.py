"""Pages: the public ones, and the desk's, of which htmx may ask for one named block."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from litestar import MediaType, Response

from dashboard.access.permissions import AppAccess, Operator
from dashboard.access.sessions import SignedIn
from dashboard.access.signin import Caller
from dashboard.apps.app import App
from dashboard.core.clock import now
from dashboard.core.config import Settings
from dashboard.core.db import Database
from dashboard.core.errors import ConfirmationNeededError
from dashboard.web.kit import cookies, forms, identify, pending, render, security
from dashboard.web.kit.pending import Pending
from dashboard.web.kit.request import Request, Service, service_of

# What the rail shows: (address, word, icon, the act somebody must be allowed somewhere). What is not for the person is
# not shown.
NAVIGATION = (
    ("/ops", "Home", "home", None),
    ("/ops/installations", "Installations", "blocks", "see_installations"),
    ("/ops/workspaces", "Workspaces", "hash", "see_installations"),
    ("/ops/enterprises", "Organizations", "building", "see_installations"),
    ("/ops/attempts", "Attempts", "route", "see_attempts"),
    ("/ops/failures", "Failures", "alert", "see_attempts"),
    ("/ops/funnel", "Funnel", "funnel", "see_attempts"),
    ("/ops/codes", "Codes", "book", "see_attempts"),
    ("/ops/apps", "Apps", "grid", "edit_app"),
    ("/ops/operators", "Operators", "people", "owner"),
    ("/ops/audit", "Audit", "list", "see_audit"),
)
LONGEST_REFERRER = 2_000  # characters
LOOKUP = "/ops/lookup"  # where the search box leads


def public(
    template: str,
    language: str,
    *,
    app: App | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> Response[str]:
    """A whole page for anybody, in a language of LANGUAGES, and as the app presents itself if it is one of its. Unless
    its headers say otherwise it is kept nowhere."""
    return answer(rendered(template, language, app=app, status=status, **context), language, status, headers)


def rendered(template: str, language: str, *, app: App | None = None, status: int = 200, **context: object) -> str:
    """The page itself."""
    shown = app.speaking(language) if app else None
    frame = {"language": language, "app": shown, "scheme": "", "other_languages": (), "status": status}
    return render.environment().get_template(template).render({**frame, **context})


def answer(html: str, language: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response[str]:
    """An answer with a page in that language."""
    said = {"Cache-Control": "no-store", "Content-Language": language, "Vary": "Accept-Language"}
    return Response(html, status_code=status, media_type=MediaType.HTML, headers={**said, **(headers or {})})


@dataclass(frozen=True)
class Desk:
    """What a handler of the desk works with: the request, and the service that answers it.

    A handler ends with `desk.page("noun/index.html", block="list", rows=rows)`. The block's name is the id of the
    element it fills.
    """

    request: Request
    service: Service

    @classmethod
    def of(cls, request: Request) -> "Desk":
        return cls(request, service_of(request))

    @property
    def session(self) -> SignedIn:
        """The session of whoever asks. There is one on every page that is not public: see `identify.gate`."""
        return identify.session_of(self.request)

    @property
    def operator(self) -> Operator:
        return self.session.operator

    @property
    def database(self) -> Database:
        return self.service.database

    @property
    def settings(self) -> Settings:
        return self.service.settings

    @property
    def query(self) -> dict[str, str]:
        """The first value of each parameter of the address, without NUL, which PostgreSQL takes in no text."""
        return {name: value.replace("\0", "") for name, value in security.query(self.request).items()}

    def ticked(self, name: str) -> tuple[str, ...]:
        """Every value of a parameter of the address, as of boxes that are ticked."""
        return tuple(value.replace("\0", "") for value in security.values(self.request, name))

    @property
    def caller(self) -> Caller:
        """The client that sent the request, as signing in sees it."""
        return identify.caller(self.request, self.settings)

    @property
    def app(self) -> AppAccess | None:
        """The one app that `?app=` narrows the page to. Raises NotFoundError if it is none of the operator's."""
        slug = self.query.get("app")
        return self.operator.app(slug) if slug else None

    @property
    def apps(self) -> tuple[AppAccess, ...]:
        """The app that `?app=` names, else all of the operator's."""
        return (self.app,) if self.app else self.operator.apps

    async def form(self) -> dict[str, str]:
        """The first value of each field that was sent, without NUL."""
        return {name: value.replace("\0", "") for name, value in (await forms.fields(self.request)).items()}

    async def require_recent(self, back: str) -> None:
        """Raise ConfirmationNeededError unless a password or code was given in the last ten minutes. Once it is given,
        the same is sent again; where that cannot be, the person is led to `back`: the page that holds the form."""
        if not self.session.is_recent(now()):
            raise ConfirmationNeededError(back, await self.form())

    @property
    def pending(self) -> Pending | None:
        """The act that waits for a confirmation."""
        sent = cookies.values(self.request.headers.getall("cookie", []), cookies.pending_name(self.settings))
        return pending.unpack(self.settings.secret_keys, self.session.digest, sent)

    def page(
        self,
        template: str,
        *,
        block: str | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **context: object,
    ) -> Response[str]:
        """The whole page, or, if htmx asks for a part, its block of that name."""
        compiled = render.environment().get_template(template)
        context = {**_frame(self.request), **context}
        sent = {"Cache-Control": "no-store", "Vary": "HX-Request-Type", **(headers or {})}
        if block and wants_fragment(self.request):
            html = "".join(compiled.blocks[block](compiled.new_context(context)))
            return Response(html, status_code=status, media_type=MediaType.HTML, headers=sent)
        answer = Response(compiled.render(context), status_code=status, media_type=MediaType.HTML, headers=sent)
        if context["flash"]:
            answer.set_cookie(cookies.gone(self.settings, cookies.flash_name(self.settings)))
        return answer

    def done(self, path: str, sentence: str) -> Response[str]:
        """After a form: look there, and read there what was done."""
        answer = see_other(path)
        answer.set_cookie(cookies.flash(self.settings, sentence))
        return answer


def see_other(location: str) -> Response[str]:
    """After a form: look there (RFC 9110 §15.4.4)."""
    return Response("", status_code=303, headers={"Location": location}, media_type=MediaType.TEXT)


def retry_after(milliseconds: int) -> dict[str, str]:
    return {"Retry-After": str(-(-milliseconds // 1000))}


def wants_fragment(request: Request) -> bool:
    """Whether htmx asks for a part of the page. A history restore gets the whole one."""
    restores = request.headers.get("hx-history-restore-request") == "true"
    return request.headers.get("hx-request-type") == "partial" and not restores


def _frame(request: Request) -> dict[str, object]:
    """What every page of the desk has: who it is, where to go, which app is chosen, what was just done."""
    session: SignedIn | None = request.scope["user"]
    operator = session.operator if session else None
    path, query = request.scope["path"], security.query_or_none(request)
    settings = service_of(request).settings
    apps = operator.apps if operator else ()
    return {
        "operator": operator,
        "names": {app.client_id: app.name for app in apps},
        "slugs": {app.client_id: app.slug for app in apps},
        # An app that is none of the operator's is for the page to refuse.
        "chosen": next((app for app in apps if app.slug == query.get("app")), None),
        "path": path,
        "came_from": _came_from(request),
        "navigation": _navigation(request, operator) if operator else [],
        "search": LOOKUP,
        "pasted": query.get("q", "") if path == LOOKUP else "",
        "flash": cookies.read_flash(settings, request.headers.getall("cookie", [])),
    }


def _came_from(request: Request) -> str:
    """The address of the desk that a link was followed on; empty if it was elsewhere. Browsers tell it within a site
    (`Referrer-Policy: same-origin`), on a reload, too."""
    try:
        there = urlsplit(request.headers.get("referer", "")[:LONGEST_REFERRER])
    except ValueError:
        return ""
    if there.netloc != request.headers.get("host") or not identify.is_desk(there.path):
        return ""
    return f"{there.path}?{there.query}" if there.query else there.path


def _navigation(request: Request, operator: Operator) -> list[dict[str, object]]:
    path = request.scope["path"]
    return [
        {
            "address": address,
            "word": word,
            "icon": icon,
            "here": path == address or (address != "/ops" and path.startswith(f"{address}/")),
            "count": _waiting(request, operator) if address == "/ops/failures" else 0,
        }
        for address, word, icon, act in NAVIGATION
        if _may_see(operator, act)
    ]


def _may_see(operator: Operator, act: str | None) -> bool:
    if act is None:
        return True
    return operator.owner if act == "owner" else operator.may_anywhere(act)


def _waiting(request: Request, operator: Operator) -> int:
    """How many failure groups wait and are ours to fix, in the apps whose attempts the operator may see."""
    waiting = service_of(request).waiting
    return sum(count for client_id, count in waiting.items() if operator.may("see_attempts", client_id))
