"""`/brand/…`: what an app's brand adds to its public pages. Each address tells its content: it may be kept for ever."""

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from dashboard.apps import brand, fields, registry
from dashboard.web.kit.request import Request, service_of

KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}


@get("/brand/{colour:str}/theme.css", name="brand.theme", opt={"public": True}, sync_to_thread=False)
def theme(colour: FromPath[str]) -> Response[str]:
    """An accent as a style sheet, in the shades that can be read."""
    try:
        accent = fields.accent(f"#{colour}")
    except ValueError:
        accent = None
    if accent is None:
        raise NotFoundException
    shades = f"{brand.on_light(accent)}, {brand.on_dark(accent)}"
    css = f"@layer tokens {{ :root {{ --accent: light-dark({shades}); }} }}\n"
    return Response(css, media_type="text/css", headers=KEPT)


@get("/brand/{slug:str}/{digest:str}/logo.webp", name="brand.logo", opt={"public": True})
async def logo(request: Request, slug: FromPath[str], digest: FromPath[str]) -> Response[bytes]:
    service = service_of(request)
    app = service.apps.get(slug)
    if app is None or app.brand.logo_digest != digest:
        raise NotFoundException
    image = await service.database.read(registry.logo, slug)
    if image is None:
        raise NotFoundException
    return Response(image, media_type="image/webp", headers=KEPT)
