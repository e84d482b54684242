"""An app as the registry has it today, which the causes of a failure are compared with."""

import re

from sqlalchemy import Connection, bindparam, select

from dashboard.apps import app as apps
from dashboard.apps.link import Link
from dashboard.core.config import Settings
from dashboard.core.db import fetch_one
from dashboard.core.errors import SealError
from dashboard.core.models import App
from dashboard.install.catalogue.evidence import AppToday

_ROW = select(App).where(App.client_id == bindparam("client_id"))
_FORM_OF_A_SECRET = re.compile(r"[0-9a-f]{32}")


def registered(db: Connection, settings: Settings, client_id: str) -> apps.App | None:
    """The app as the registry has it now; None if it is no longer registered."""
    row = row_of(db, client_id)
    return None if row is None else _opened(settings, row)


def row_of(db: Connection, client_id: str) -> App | None:
    """What is stored of an app; None if it is no longer registered."""
    return fetch_one(db, _ROW, App, {"client_id": client_id})


def _opened(settings: Settings, row: App) -> apps.App:
    is_environments = row.client_id == settings.slack_client_id
    return apps.from_environment(settings, row) if is_environments else apps.from_row(settings, row)


def read(db: Connection, settings: Settings, client_id: str) -> AppToday | None:
    """The app's settings as causes look at them; None if it is no longer registered."""
    row = row_of(db, client_id)
    if row is None:
        return None
    app = _opened(settings, row)
    return AppToday(
        slug=app.slug,
        name=app.name if app.is_named else "",
        scopes=",".join(app.requested_scopes) or None,
        user_scopes=",".join(app.user_scopes) or None,
        redirect_uri=app.redirect_uri,
        public_url=settings.public_url,
        install_url="" if app.paused else f"{settings.public_url}{app.install_path(Link())}",
        secret_changed_at=None if client_id == settings.slack_client_id else row.client_secret_changed_at,
        odd_secret=_odd(settings, row, app),
    )


def _odd(settings: Settings, row: App, app: apps.App) -> str:
    """What shows that the client secret cannot be one; empty if nothing does."""
    secret = app.client_secret
    if not secret:
        return ""
    if secret == app.client_id:
        return "is the client id"
    try:
        if secret == apps.open_secret(settings, row, "signing_secret"):
            return "is the signing secret"
    except SealError:  # then nothing can be compared
        return ""
    return "" if _FORM_OF_A_SECRET.fullmatch(secret) else "has not the form of one (32 hexadecimal digits)"
