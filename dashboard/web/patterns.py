"""`/ops/_patterns`: every part of the desk's pages in every state, and every public page, for whoever builds or judges
them."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from dashboard.core.clock import now
from dashboard.core.errors import NotFoundError
from dashboard.core.messages import ENGLISH, LANGUAGES, PSEUDO
from dashboard.install import catalogue
from dashboard.web.kit import preview
from dashboard.web.kit.page import Desk


@get("/ops/_patterns", name="patterns.index")
async def index(desk: NamedDependency[Desk]) -> Response[str]:
    languages = {**LANGUAGES, PSEUDO: "Pseudo"}
    return desk.page(
        "patterns/index.html", now=now(), pages=preview.PAGES, languages=languages, codes=sorted(catalogue.ENTRIES)
    )


@get("/ops/_patterns/{page:str}", name="patterns.show")
async def show(desk: NamedDependency[Desk], page: FromPath[str]) -> Response[str]:
    """A public page of an app that is nobody's: `?scheme=dark&language=ja`, and of the failure `&code=timeout`."""
    query = desk.query
    scheme, language = query.get("scheme", ""), query.get("language", ENGLISH)
    code = query.get("code", preview.EXPIRED)
    if page not in preview.PAGES or scheme not in preview.SCHEMES or not catalogue.is_catalogued(code):
        raise NotFoundError
    if language not in (*LANGUAGES, PSEUDO):
        raise NotFoundError
    app = preview.sample(desk.settings)
    return preview.page(app, page, desk.settings, scheme=scheme, language=language, code=code)
