"""`/ops/apps`: the apps of this deployment: how each is set, what can be changed, who works on it, a new one."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import Connection

from dashboard.access import audit, operators
from dashboard.access.permissions import ROLES, AppAccess, Operator, require, require_anywhere, require_owner
from dashboard.apps import brand, fields, logo, manifest, registry
from dashboard.apps.app import DEFAULT_SLUG
from dashboard.core.clock import now
from dashboard.core.errors import DashboardError, NotFoundError
from dashboard.core.messages import ENGLISH, LANGUAGES
from dashboard.desk import app_checks, app_settings
from dashboard.desk.app_checks import Finding
from dashboard.desk.app_settings import Effect, Field, WrongFieldsError
from dashboard.web.kit import preview as previews
from dashboard.web.kit.page import Desk

HERE = "/ops/apps"


@get("/ops/apps", name="apps.index")
async def index(desk: NamedDependency[Desk]) -> Response[str]:
    require_anywhere(desk.operator, "edit_app")
    installed = await desk.database.read(registry.counted)
    editable = [app for app in desk.operator.apps if desk.operator.may("edit_app", app.client_id)]
    shown = [(app, desk.service.apps.get(app.slug), installed.get(app.client_id, 0)) for app in editable]
    return desk.page("apps/index.html", shown=shown)


@get("/ops/apps/new", name="apps.new")
async def new(desk: NamedDependency[Desk]) -> Response[str]:
    require_owner(desk.operator, "app.add")
    return _new(desk, {})


@post("/ops/apps", name="apps.add")
async def add(desk: NamedDependency[Desk]) -> Response[str]:
    """Add an app; or, of a manifest that was pasted, show the form with what it says."""
    require_owner(desk.operator, "app.add")
    sent = await desk.form()
    if sent.get("manifest", "").strip():
        return await _read_manifest(desk, sent)
    await desk.require_recent(f"{HERE}/new")
    try:
        columns = app_settings.parsed(app_settings.NEW, sent)
        slug = await desk.database.write(app_settings.add, desk.operator, desk.settings, columns)
    except WrongFieldsError as error:
        return _new(desk, sent, error.wrong)
    except DashboardError as error:
        return _new(desk, sent, {"slug": f"{error.sentence} {error.next_step}"})
    await desk.service.registry.refresh()
    return desk.done(f"{HERE}/{slug}", "Added. Its redirect URL, below, must be entered at Slack.")


async def _read_manifest(desk: Desk, sent: Mapping[str, str]) -> Response[str]:
    try:
        read = await asyncio.to_thread(manifest.read, sent["manifest"], desk.settings.public_url)
    except ValueError as mistake:
        return _new(desk, sent, {"manifest": f"The manifest {mistake}."})
    kept = {name: value for name, value in sent.items() if value and name != "manifest"}
    said = {name: value for name, value in read.values.items() if value}
    return _new(desk, {**kept, **said}, findings=read.findings)


def _new(
    desk: Desk, sent: Mapping[str, str], wrong: Mapping[str, str] | None = None, findings: Sequence[str] = ()
) -> Response[str]:
    shown = {name: value for name, value in sent.items() if name not in app_settings.SECRETS}
    return desk.page(
        "apps/new.html",
        status=422 if wrong else 200,
        fields=app_settings.NEW,
        values=shown,
        wrong=wrong or {},
        findings=findings,
    )


@get("/ops/apps/{slug:str}", name="apps.show")
async def show(desk: NamedDependency[Desk], slug: FromPath[str]) -> Response[str]:
    return await _show(desk, slug)


async def _show(desk: Desk, slug: str, status: int = 200, wrong: str = "", email: str = "") -> Response[str]:
    access = _editable(desk, slug)
    return desk.page(
        "apps/show.html",
        status=status,
        wrong=wrong,
        access=access,
        app=desk.service.apps.get(slug),
        by_environment=slug == DEFAULT_SLUG,
        public_url=desk.settings.public_url,
        people=await desk.database.read(operators.members, access.id),
        email=email,
        texts=[(form, LANGUAGES[code]) for form, code in app_settings.OTHER_LANGUAGES.items()],
        role_choices=[("", "none: take it away"), *((role, role) for role in ROLES)],
    )


@post("/ops/apps/{slug:str}/pause", name="apps.pause")
async def pause(desk: NamedDependency[Desk], slug: FromPath[str]) -> Response[str]:
    return await _set_paused(desk, slug, paused=True)


@post("/ops/apps/{slug:str}/resume", name="apps.resume")
async def resume(desk: NamedDependency[Desk], slug: FromPath[str]) -> Response[str]:
    return await _set_paused(desk, slug, paused=False)


@post("/ops/apps/{slug:str}/check", name="apps.check")
async def check(desk: NamedDependency[Desk], slug: FromPath[str]) -> Response[str]:
    """Look at everything the app needs, and ask Slack whether it knows it."""
    access = _editable(desk, slug)
    app = desk.service.apps.get(slug)
    if app is None:
        raise NotFoundError
    if app.problem:
        findings = [Finding(app_checks.MEND, app.problem.sentence, app.problem.next_step)]
    else:
        findings = [await app_checks.at_slack(desk.service.install.slack, desk.settings, app)]
        findings.append(app_checks.redirect_url(desk.settings, app))
        findings += await desk.database.read(lambda db: list(app_checks.kept(db, app)))
    return desk.page("apps/checks.html", access=access, findings=findings, path=HERE)


@post("/ops/apps/{slug:str}/members", name="apps.set_member")
async def set_member(desk: NamedDependency[Desk], slug: FromPath[str]) -> Response[str]:
    """Give an operator a role in the app; an empty one takes it away."""
    access = _editable(desk, slug)
    await desk.require_recent(f"{HERE}/{slug}")
    sent = await desk.form()
    email, role = sent.get("email", "").strip(), sent.get("role") or None
    try:
        token = await desk.database.write(operators.set_role_of, desk.operator, email, access.id, role)
    except DashboardError as error:
        return await _show(desk, slug, 422, f"{error.sentence} {error.next_step}", email=email)
    if token:
        address = f"{desk.settings.public_url}/ops/setup/{token}"
        return desk.page("operators/link.html", email=operators.normal_email(email), address=address, back=access)
    return desk.done(f"{HERE}/{slug}", f"{email} is {role} here." if role else f"{email} has no role here any more.")


@post("/ops/apps/{slug:str}/logo", name="apps.set_logo", request_max_body_size=logo.LARGEST_FILE + 65_536)
async def set_logo(desk: NamedDependency[Desk], slug: FromPath[str]) -> Response[str]:
    """Set the logo to the picture that is sent, or, with `remove`, take it out."""
    _editable(desk, slug)
    try:
        sent = await desk.request.form()
        made = None if sent.get("remove") else await _logo(sent.get("logo"))
        columns = {"logo": made}
        changed = await desk.database.write(app_settings.change, desk.operator, desk.settings, slug, columns)
    except ValueError as mistake:
        return await _show(desk, slug, 422, f"The picture {mistake}.")
    await desk.service.registry.refresh()
    return desk.done(f"{HERE}/{slug}", "The logo is changed." if changed else "Nothing was changed.")


async def _logo(sent: object) -> bytes:
    """The logo as it is stored. Raises ValueError if what was sent is no picture that can be taken."""
    file = await sent.read() if isinstance(sent, UploadFile) else b""
    if not file:
        raise ValueError("is missing: choose a PNG, JPEG or WebP")
    return await asyncio.to_thread(logo.made_of, file)


@post("/ops/apps/{slug:str}/preview", name="apps.preview")
async def preview(desk: NamedDependency[Desk], slug: FromPath[str]) -> Response[str]:
    """A public page with the brand that was typed and is not saved."""
    sent = await desk.form()
    form = sent.get("form", "brand")
    if form != "brand" and form not in app_settings.OTHER_LANGUAGES:
        raise NotFoundError
    offered = _offered(desk, slug, form)
    app, which, scheme = desk.service.apps.get(slug), sent.get("page", "install"), sent.get("scheme", "")
    language = sent.get("language", ENGLISH)
    if app is None or which not in previews.PAGES or scheme not in previews.SCHEMES or language not in LANGUAGES:
        raise NotFoundError
    try:
        columns = app_settings.parsed(offered, sent)
    except WrongFieldsError as error:
        return await _form(desk, slug, form, status=422, sent=sent, wrong=error.wrong)
    row = await desk.database.read(app_settings.current, slug)
    typed = app_settings.brand_with(row, app_settings.columns_of(row, form, columns))
    return previews.page(replace(app, brand=typed), which, desk.settings, scheme=scheme, language=language)


@get("/ops/apps/{slug:str}/{form:str}", name="apps.edit")
async def edit(desk: NamedDependency[Desk], slug: FromPath[str], form: FromPath[str]) -> Response[str]:
    return await _form(desk, slug, form)


@post("/ops/apps/{slug:str}/{form:str}", name="apps.change")
async def change(desk: NamedDependency[Desk], slug: FromPath[str], form: FromPath[str]) -> Response[str]:
    """Change what the form holds. A change of scopes that installations would lack is said first."""
    offered = _offered(desk, slug, form)
    if form == "secret":
        await desk.require_recent(f"{HERE}/{slug}/{form}")
    sent = await desk.form()
    try:
        parsed = app_settings.parsed(offered, sent)
        row = await desk.database.read(app_settings.current, slug)
        columns = app_settings.columns_of(row, form, parsed)
        effect = await desk.database.read(app_settings.effect, row, columns)
        if effect.is_harmful and sent.get("confirmed") != str(effect.lacking):
            return await _form(desk, slug, form, status=409, sent=sent, effect=effect)
        changed = await desk.database.write(app_settings.change, desk.operator, desk.settings, slug, columns)
    except WrongFieldsError as error:
        return await _form(desk, slug, form, status=422, sent=sent, wrong=error.wrong)
    except DashboardError as error:
        await desk.database.write(_record_failure, desk.operator, "app.edit", slug, error)
        wrong = {"": f"{error.sentence} {error.next_step}"}
        return await _form(desk, slug, form, status=422, sent=sent, wrong=wrong)
    await desk.service.registry.refresh()
    return desk.done(f"{HERE}/{slug}", f"Changed: {', '.join(changed)}." if changed else "Nothing was changed.")


def _record_failure(db: Connection, operator: Operator, verb: str, slug: str, error: DashboardError) -> None:
    client_id = operator.app(slug).client_id
    audit.record(db, operator, verb, "app", slug, client_id=client_id, outcome=audit.FAILED, details=error.sentence)


async def _form(
    desk: Desk,
    slug: str,
    form: str,
    *,
    status: int = 200,
    sent: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    effect: Effect | None = None,
) -> Response[str]:
    """A form of the app, with what was sent, or with what is set. A secret is never shown."""
    offered = _offered(desk, slug, form)
    row = await desk.database.read(app_settings.current, slug)
    values = app_settings.values(row, form, offered) if sent is None else sent
    is_looked_at = form == "brand" or form in app_settings.OTHER_LANGUAGES
    return desk.page(
        "apps/edit.html",
        status=status,
        access=desk.operator.app(slug),
        form=form,
        fields=offered,
        values={name: value for name, value in values.items() if name not in app_settings.SECRETS},
        wrong=wrong or {},
        effect=effect,
        by_environment=slug == DEFAULT_SLUG,
        language=app_settings.OTHER_LANGUAGES.get(form, ENGLISH),
        previews=previews.PAGES if is_looked_at and slug in desk.service.apps else {},
        schemes=list(previews.SCHEMES.items()),
        languages=list(LANGUAGES.items()),
        contrasts=_contrasts(values.get("accent", "")) if form == "brand" else "",
    )


def _contrasts(accent: str) -> str:
    """How well an accent can be read, worked out; empty if it is none."""
    try:
        colour = fields.accent(accent)
    except ValueError:
        return ""
    if colour is None:
        return ""
    shades = {"white": (brand.on_light(colour), brand.LIGHT), "dark": (brand.on_dark(colour), brand.DARK)}
    said = [
        f"on {ground} {'as it is' if shade == colour else f'as {shade}'}, with a contrast of "
        f"{brand.contrast(shade, behind):.1f}"
        for ground, (shade, behind) in shades.items()
    ]
    return f"It is shown {'; '.join(said)}. {brand.ENOUGH_CONTRAST} is needed."


def _offered(desk: Desk, slug: str, form: str) -> dict[str, Field]:
    """The fields of a form. Raises NotFoundError if there is no such form, or none of it is to be changed here."""
    _editable(desk, slug)
    offered = app_settings.form(form, slug) if form in app_settings.FORMS else {}
    if not offered:
        raise NotFoundError
    return offered


async def _set_paused(desk: Desk, slug: str, *, paused: bool) -> Response[str]:
    access = _editable(desk, slug)
    await desk.require_recent(f"{HERE}/{slug}")
    verb = "app.pause" if paused else "app.resume"

    def change(db: Connection) -> None:
        registry.edit(db, desk.settings, slug, {"paused_at": now() if paused else None})
        audit.record(db, desk.operator, verb, "app", slug, client_id=access.client_id)

    try:
        await desk.database.write(change)
    except DashboardError as error:
        await desk.database.write(_record_failure, desk.operator, verb, slug, error)
        return await _show(desk, slug, 409, f"{error.sentence} {error.next_step}")
    await desk.service.registry.refresh()
    return desk.done(f"{HERE}/{slug}", "Paused. Whoever is at Slack already may finish." if paused else "Open again.")


def _editable(desk: Desk, slug: str) -> AppAccess:
    """Raises NotFoundError or NotAllowedError if the app is not for the operator to edit."""
    access = desk.operator.app(slug)
    require(desk.operator, "edit_app", access.client_id, "app", slug)
    return access
