"""Bare Litestar apps, the limits: one renders the install page's template, one signs one state and redirects.

No middleware, no headers, no cookie, no log, no database. `python -m tests.benchmarks.bare PORT`.
"""

import hashlib
import os
import secrets
import sys
import time
import urllib.parse

import uvicorn
from itsdangerous import URLSafeSerializer
from litestar import Litestar, MediaType, Response, get

from dashboard.apps.app import from_environment
from dashboard.apps.link import Link
from dashboard.core.config import Settings
from dashboard.core.messages import LANGUAGES
from dashboard.web.kit import public_pages

SETTINGS = Settings.from_env(os.environ)
APP = from_environment(SETTINGS, None)
# Ours keeps the pages that it has rendered; the limit renders each.
RENDER = public_pages._install_page.__wrapped__  # noqa: SLF001 - the same template with the same facts
SIGNER = URLSafeSerializer(
    SETTINGS.secret_keys[0], signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"}
)


@get("/slack/install", sync_to_thread=False)
def page() -> Response[str]:
    addresses = tuple((language, APP.install_path(Link(language=language))) for language in LANGUAGES)
    html = RENDER(APP, "en", SETTINGS.public_url, APP.start_path(Link(), source="page"), addresses, "")
    return Response(html, media_type=MediaType.HTML)


@get("/slack/start", sync_to_thread=False)
def start() -> Response[None]:
    facts = (secrets.token_hex(16), "K7QF2M9X4", int(time.time() * 1000), secrets.token_hex(16), APP.redirect_uri)
    state = SIGNER.dumps([APP.client_id, *facts, None, "page", None, False])
    query = {"client_id": APP.client_id, "scope": ",".join(APP.scopes), "redirect_uri": APP.redirect_uri}
    location = f"{SETTINGS.slack_authorize_url}?{urllib.parse.urlencode({**query, 'state': state})}"
    return Response(None, status_code=302, headers={"Location": location})


app = Litestar([page, start], openapi_config=None, logging_config=None)

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_config=None, access_log=False, server_header=False)
