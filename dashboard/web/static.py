"""`/static/{digest}/{name}`: the style sheets. The digest is the content's, so an answer may be kept for ever."""

import gzip
import re
from functools import lru_cache
from pathlib import Path

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from dashboard.core.resources import resource_dir
from dashboard.web.kit.render import static_path
from dashboard.web.kit.request import Request

_NAME = re.compile(r"[a-z0-9._/-]{1,100}")  # no file system takes one that is much longer
_TYPES = {".css": "text/css", ".js": "text/javascript"}


@get("/static/{digest:str}/{name:path}", name="static.show", opt={"public": True}, sync_to_thread=False)
def show(request: Request, digest: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    name = name.lstrip("/")
    if ".." in name or not _NAME.fullmatch(name):
        raise NotFoundException
    file = resource_dir("static") / name
    if file.suffix not in _TYPES or not file.is_file() or static_path(name) != f"/static/{digest}/{name}":
        raise NotFoundException
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(file.read_bytes(), media_type=_TYPES[file.suffix], headers=headers)
    return Response(_packed(file), media_type=_TYPES[file.suffix], headers={**headers, "Content-Encoding": "gzip"})


@lru_cache(maxsize=16)
def _packed(file: Path) -> bytes:
    """A third of the file. Static files alone are packed: a page that holds a secret beside what others can put into it
    must not be (BREACH)."""
    return gzip.compress(file.read_bytes(), mtime=0)
