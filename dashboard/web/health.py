"""`/healthz`: the process is alive. `/readyz`: it can do its work."""

from litestar import MediaType, Response, route
from litestar.enums import HttpMethod

from dashboard.core import schema
from dashboard.core.disk import disk_of
from dashboard.core.errors import DatabaseNotReadyError
from dashboard.web.kit import security
from dashboard.web.kit.request import Request, service_of

_METHODS = [HttpMethod.GET, HttpMethod.HEAD]


@route("/healthz", http_method=_METHODS, name="health.alive", opt={"public": True}, sync_to_thread=False)
def alive() -> Response[str]:
    return _answer("ok")


@route("/readyz", http_method=_METHODS, name="health.ready", opt={"public": True})
async def ready(request: Request) -> Response[str]:
    service = service_of(request)
    try:
        await service.database.read(schema.require_current)
    except DatabaseNotReadyError as error:
        return _answer(f"{error.sentence} {error.next_step}", 503)
    except Exception:  # noqa: BLE001 - whatever it is, the answer is the same, and it quotes no address
        return _answer("The database cannot be reached.", 503)
    settings = service.settings
    disk = disk_of(settings.database_url, settings.disk_limits)
    if disk and disk.is_full:
        return _answer("The disk of the database is full, or nearly.", 503)
    notes = [
        *(["The disk of the database is getting full."] if disk and disk.is_low else []),
        *([security.UNTOLD_PROXY] if security.is_through_an_untold_proxy(request, settings.proxy_hops) else []),
    ]
    return _answer("\n".join(["ok", *notes]))


def _answer(text: str, status: int = 200) -> Response[str]:
    return Response(f"{text}\n", status_code=status, media_type=MediaType.TEXT, headers={"Cache-Control": "no-store"})
