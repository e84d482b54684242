"""The peer of the desk: Django's admin on the same rows, as its documentation sets it up.

`python -m tests.benchmarks.django_admin PORT`, with DATABASE_URL. Its own tables come beside ours. Whoever sends the
cookie `sessionid=benchmarks` is signed in.
"""

# ruff: noqa: DJ001, DJ008, E402 - the table is ours, and Django only reads it; its modules want it set up before

import datetime as dt
import os
import sys

import django
import uvicorn
from django.conf import settings
from sqlalchemy import make_url

ADDRESS = make_url(os.environ["DATABASE_URL"])
ON = {
    "sqlite": {"ENGINE": "django.db.backends.sqlite3", "NAME": ADDRESS.database},
    "postgresql": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": ADDRESS.database,
        "USER": ADDRESS.username,
        "PASSWORD": ADDRESS.password or "",
        "HOST": ADDRESS.query.get("host", ADDRESS.host),
        "PORT": ADDRESS.port or "",
        "CONN_MAX_AGE": 600,
    },
}

settings.configure(
    SECRET_KEY="a-key-of-the-benchmarks-that-is-long-enough",
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": ON[ADDRESS.get_backend_name()]},
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
        "tests.benchmarks",
    ],
    MIDDLEWARE=[
        "django.middleware.common.CommonMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    STATIC_URL="static/",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    LOGGING_CONFIG=None,
)
django.setup()

from django.contrib import admin, auth
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.asgi import get_asgi_application
from django.core.management import call_command
from django.db import models
from django.urls import path
from django.utils import timezone


class Installation(models.Model):
    """The table that our list reads, and of it the columns that our list shows."""

    client_id = models.CharField(max_length=32)
    tenant = models.CharField(max_length=65)
    team_name = models.CharField(max_length=200, null=True)
    team_id = models.CharField(max_length=32, null=True)
    enterprise_name = models.CharField(max_length=200, null=True)
    enterprise_id = models.CharField(max_length=32, null=True)
    installer_id = models.CharField(max_length=32)
    status = models.CharField(max_length=16)
    bot_scopes = models.TextField(null=True)
    installed_at = models.BigIntegerField()

    class Meta:
        app_label = "benchmarks"
        db_table = "dashboard_installations"
        managed = False


@admin.register(Installation)
class InstallationAdmin(admin.ModelAdmin):
    list_display = (
        *("team_name", "team_id", "enterprise_name", "enterprise_id", "client_id"),
        *("installer_id", "status", "bot_scopes", "installed_at"),
    )
    search_fields = ("team_name", "team_id", "enterprise_name", "enterprise_id", "installer_id")
    list_filter = ("status",)
    ordering = ("-installed_at",)
    list_per_page = 50


urlpatterns = [path("admin/", admin.site.urls)]


def _sign_in() -> None:
    people = auth.get_user_model()
    person = people.objects.filter(username="owner").first() or people.objects.create_superuser("owner", "", "password")
    signed_in = {
        auth.SESSION_KEY: str(person.pk),
        auth.BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
        auth.HASH_SESSION_KEY: person.get_session_auth_hash(),
    }
    kept = {"session_data": SessionStore().encode(signed_in), "expire_date": timezone.now() + dt.timedelta(days=1)}
    Session.objects.update_or_create(session_key="benchmarks", defaults=kept)


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    _sign_in()
    uvicorn.run(get_asgi_application(), port=int(sys.argv[1]), log_config=None, access_log=False, lifespan="off")
