"""`dashboard app …`: the registry. What it changes takes effect in every process within five seconds."""

import os
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from dashboard.apps import fields
from dashboard.commands import acts
from dashboard.commands.app_options import columns, describing
from dashboard.core import parse
from dashboard.core.config import Settings
from dashboard.core.messages import ENGLISH, LANGUAGES

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from dashboard.apps.app import App


@click.group()
def app() -> None:
    """The Slack apps this deployment serves."""


@contextmanager
def _registry() -> Iterator[tuple["Connection", Settings]]:
    """A transaction that reads, on a database that is up to date."""
    from dashboard.core import schema
    from dashboard.core.engines import transaction

    settings = _settings()
    with transaction(settings.database_url) as db:
        schema.require_current(db)
        yield db, settings


def _settings() -> Settings:
    settings = Settings.from_env(os.environ)
    settings.require_secret_key()
    return settings


def _slug(_context: click.Context, _parameter: click.Parameter, given: str) -> str:
    try:
        return fields.slug(given)
    except ValueError as mistake:
        raise click.BadParameter(str(mistake)) from None


def _client_id(_context: click.Context, _parameter: click.Parameter, given: str) -> str:
    try:
        return parse.client_id(given.strip())
    except ValueError as mistake:
        raise click.BadParameter(str(mistake)) from None


def _client_id_or_none(context: click.Context, parameter: click.Parameter, given: str | None) -> str | None:
    return None if given is None else _client_id(context, parameter, given)


@app.command("add")
@click.argument("slug", callback=_slug)
@click.option("--client-id", required=True, callback=_client_id, help="From Basic Information at Slack.")
@describing
@click.pass_context
def add(context: click.Context, /, slug: str, client_id: str, **flags: object) -> None:
    """Register the app SLUG. Needs --name, --client-id, --client-secret-stdin and scopes."""
    from dashboard.apps import registry

    given = {**columns(context, flags), "client_id": client_id}
    if not given.get("name"):
        raise click.UsageError("--name is missing: what people call the app.")
    if "client_secret" not in given:
        raise click.UsageError("--client-secret-stdin is missing: the secret is read from standard input.")
    if not given.get("scopes") and not given.get("user_scopes"):
        raise click.UsageError("--scopes or --user-scopes is missing: Slack refuses to install an app without any.")
    settings = _settings()
    with acts.changing_app(settings, "app.add", slug) as db:
        registry.add(db, settings, slug, given)
        added = registry.require(db, settings, slug)
    click.echo(f"Added the app '{slug}'.")
    click.echo(f"  Install page      {settings.public_url}{added.path}/install")
    click.echo(f"  Add at Slack, under OAuth & Permissions, the redirect URL {added.redirect_uri}")


@app.command("edit")
@click.argument("slug")
@describing
@click.option("--client-id", callback=_client_id_or_none, help="If it was mistyped; nobody can have installed it then.")
@click.option("--no-logo", is_flag=True, help="Take the logo out.")
@click.option(
    "--language", type=click.Choice(LANGUAGES), help="Of the sentence and the other texts given.  [default: en]"
)
@click.pass_context
def edit(context: click.Context, /, slug: str, no_logo: bool, language: str | None, **flags: object) -> None:
    """Change the app SLUG: only what is given. An empty value takes a thing out."""
    from dashboard.apps import brand, registry

    given = {**columns(context, flags), **({"logo": None} if no_logo else {})}
    if not given:
        raise click.UsageError("Nothing to change was given; `dashboard app edit --help` lists what can be.")
    settings, changed = _settings(), ", ".join(sorted(given)).replace("_", " ")
    texts = {}
    if language not in (None, ENGLISH):
        texts = {name: given.pop(name) for name in brand.TEXTS if name in given}
        changed = f"{changed} ({language})"
    with acts.changing_app(settings, "app.edit", slug, changed) as db:
        if language and texts:
            given["translations"] = brand.with_texts(registry.translations(db, slug), language, texts)
        registry.edit(db, settings, slug, given)
    click.echo(f"Changed the app '{slug}': {changed}.")


@app.command("list")
def list_apps() -> None:
    """List the apps."""
    from dashboard.apps import registry

    with _registry() as (db, settings):
        apps, counts = registry.load(db, settings), registry.counted(db)
    if not apps:
        click.echo("No app yet. Add one with `dashboard app add`, or set SLACK_CLIENT_ID for the default one.")
    for slug, app_ in sorted(apps.items()):
        state = _state(app_)
        count = counts.get(app_.client_id, 0)
        click.echo(f"{slug:<20} {state:<8} {count:>7} installed  {app_.client_id:<28} {app_.name}")


@app.command("show")
@click.argument("slug")
def show(slug: str) -> None:
    """Print what is set for the app SLUG; of its secrets only that they are."""
    with _registry() as (db, settings):
        click.echo(_described(db, settings, slug))


@app.command("pause")
@click.argument("slug")
def pause(slug: str) -> None:
    """Let nobody begin to install the app SLUG. Whoever is at Slack already may finish."""
    from dashboard.apps import registry
    from dashboard.core.clock import now

    settings = _settings()
    with acts.changing_app(settings, "app.pause", slug) as db:
        registry.edit(db, settings, slug, {"paused_at": now()})
    click.echo(f"Paused the app '{slug}'.")


@app.command("resume")
@click.argument("slug")
def resume(slug: str) -> None:
    """Let people install the app SLUG again."""
    from dashboard.apps import registry

    settings = _settings()
    with acts.changing_app(settings, "app.resume", slug) as db:
        registry.edit(db, settings, slug, {"paused_at": None})
    click.echo(f"Resumed the app '{slug}'.")


@app.command("remove")
@click.argument("slug")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(slug: str, yes: bool) -> None:
    """Take the app SLUG out of the registry, with its secrets. What was installed stays stored."""
    from dashboard.apps import registry

    with _registry() as (db, settings):
        app_ = registry.require(db, settings, slug)
        count = registry.counted(db).get(app_.client_id, 0)
    if slug == "default":
        raise click.UsageError("The default app is the environment's: take SLACK_CLIENT_ID out of it instead.")
    if not yes:
        click.confirm(f"Remove the app '{slug}' ({count} installations stay stored)?", abort=True)
    with acts.changing_app(settings, "app.remove", slug, f"{count} installations stay stored") as db:
        registry.remove(db, slug)
    click.echo(f"Removed the app '{slug}'. Its addresses answer 404 within five seconds.")


@app.command("link")
@click.argument("slug")
@click.option("--metadata", default="", help="What to sign: your own account id, for instance.")
@click.option("--team", default="", help="The workspace to pre-select, such as T0123ABC.")
@click.option("--days", type=click.IntRange(1, 3_650), help="How long the link is good.  [default: for ever]")
@click.option("--secret", "show", flag_value="link", help="Print the link secret instead, to sign links yourself.")
@click.option(
    "--result-secret", "show", flag_value="result", help="Print the secret that signs what your own pages are told."
)
def link_(slug: str, metadata: str, team: str, days: int | None, show: str | None) -> None:
    """Print an install link of the app SLUG, its metadata signed."""
    from dashboard.apps import link, registry
    from dashboard.core.clock import DAY, now

    with _registry() as (db, settings):
        app_ = registry.require(db, settings, slug)
    if show:
        click.echo(app_.link_secrets[0] if show == "link" else app_.result_secret)
        return
    if days and not metadata:
        raise click.UsageError("--days needs --metadata: only what is signed can expire.")
    asked_for = link.Link(
        team or None, metadata or None, bool(metadata), (now() + days * DAY) // 1000 if days else None
    )
    path = app_.install_path(asked_for)
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query, keep_blank_values=True))
    if link.read(query, app_.accepts, now()).team != asked_for.team:
        raise click.BadParameter("a workspace's id looks like T0123ABC", param_hint="--team")
    click.echo(settings.public_url + path)


@app.command("key")
@click.argument("slug")
def key(slug: str) -> None:
    """Print the token key of the app SLUG, which its Bolt process needs as DASHBOARD_TOKEN_KEY."""
    from dashboard.apps import registry
    from dashboard.apps.app import token_roots
    from dashboard.core import crypto

    with _registry() as (db, settings):
        app_ = registry.require(db, settings, slug)
    click.echo(",".join(crypto.app_key(root, app_.client_id) for root in token_roots(settings)))


def _state(app_: "App") -> str:
    if app_.problem:
        return "broken"
    return "paused" if app_.paused else "open"


def _secret_state(app_: "App") -> str:
    if app_.problem:
        return app_.problem.sentence
    return "set" if app_.client_secret else "missing"


def _described(db: "Connection", settings: Settings, slug: str) -> str:
    """What is set for an app, a line each; a secret only as being there.

    Raises DashboardError if there is no such app.
    """
    from dashboard.apps import registry
    from dashboard.apps.app import DEFAULT_SLUG

    app_ = registry.require(db, settings, slug)
    base = f"{settings.public_url}{app_.path}"
    brand = app_.brand
    shown = {
        "name": app_.name,
        "managed by": "the environment" if slug == DEFAULT_SLUG else "the registry",
        "state": _state(app_),
        "client id": app_.client_id,
        "client secret": _secret_state(app_),
        "install page": f"{base}/install" if app_.page_enabled else "off: goes straight to Slack",
        "direct install URL": f"{base}/start",
        "redirect URL": app_.redirect_uri,
        "scopes": ", ".join(app_.scopes),
        "optional scopes": ", ".join(app_.optional_scopes),
        "user scopes": ", ".join(app_.user_scopes),
        "success URL": app_.success_url,
        "failure URL": app_.failure_url,
        "made by": brand.vendor,
        "sentence": brand.sentence,
        "how it works": brand.how_it_works,
        "next steps": brand.next_steps,
        **{f"why {scope}": reason for scope, reason in brand.scope_reasons},
        "also in": ", ".join(LANGUAGES[each.language] for each in brand.translations),
        "accent": brand.accent,
        "logo": "set" if brand.logo_digest else "",
        "privacy": brand.privacy_url,
        "terms": brand.terms_url,
        "support": brand.support,
        "installed": str(registry.counted(db).get(app_.client_id, 0)),
    }
    lines = (f"{name:<20} {value}".replace("\n", "\n" + " " * 21) for name, value in shown.items() if value)
    return "\n".join([slug, "", *lines])
