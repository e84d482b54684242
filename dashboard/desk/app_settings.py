"""An app's settings as they are changed in the browser: what can be, how each becomes its value, and what a change of
scopes means for those who have the app. The command line sets the same columns by the same parsers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from dashboard.access import audit
from dashboard.access.permissions import Operator, has_second_factor, require, require_owner
from dashboard.apps import fields, registry
from dashboard.apps.app import DEFAULT_SLUG, brand_of
from dashboard.apps.brand import Brand, translated_texts, with_texts
from dashboard.core import parse
from dashboard.core.config import Settings
from dashboard.core.db import fetch_one
from dashboard.core.errors import DashboardError, NotFoundError
from dashboard.core.messages import ENGLISH, LANGUAGES
from dashboard.core.models import App, Installation
from dashboard.desk import attention
from dashboard.desk.attention import Required
from dashboard.slack.tenant import ACTIVE

LONGEST_SHOWN = 80  # characters of a value in the audit


@dataclass(frozen=True, slots=True)
class Field:
    """One setting: its label, how its text becomes its value (or raises ValueError), and what helps to fill it in."""

    label: str
    parse: Callable[[str], object]
    help: str = ""
    lines: int = 1
    longest: int = 254  # characters
    is_required: bool = False
    choices: tuple[tuple[str, str], ...] = ()  # the values there are, with their words; unsent, it stays as it is
    stays_if_empty: bool = False


NAME = Field("Name", fields.name, "What people call the app.", longest=fields.LONGEST_NAME, is_required=True)
SCOPES = {
    "scopes": Field("Bot scopes", fields.scopes, "Comma-separated, as at Slack.", longest=2_000),
    "optional_scopes": Field("Optional scopes", fields.scopes, "Those of them a person may decline.", longest=2_000),
    "user_scopes": Field("User scopes", fields.scopes, "What the app may do as the person.", longest=2_000),
}
TEXTS = {
    "sentence": Field("What the app does, in a sentence", fields.text, longest=300),
    "how_it_works": Field("How it works", fields.text, lines=4, longest=fields.LONGEST_TEXT),
    "next_steps": Field("Next steps", fields.text, "Shown once it is installed.", 4, fields.LONGEST_TEXT),
    "scope_reasons": Field(
        "Why each scope is needed", fields.scope_reasons, "One to a line: chat:write to answer you", 4, 4_000
    ),
}
OTHER_LANGUAGES = {f"texts-{code}": code for code in LANGUAGES if code != ENGLISH}  # by the form of their texts
FORMS: dict[str, dict[str, Field]] = {
    "settings": {
        "name": NAME,
        "client_id": Field(
            "Client id", parse.client_id, "To correct one that was mistyped.", longest=32, stays_if_empty=True
        ),
        **SCOPES,
        "redirect_uri": Field("Redirect URL", fields.url, "Empty: under this service's own address.", longest=500),
        "success_url": Field("After success", fields.url, "Empty: our own page.", longest=500),
        "failure_url": Field("After failure", fields.url, "Empty: our own page.", longest=500),
        "page_enabled": Field(
            "Install page", parse.switch, choices=(("on", "Shown"), ("off", "Off: straight to Slack"))
        ),
        "second_factor": Field(
            "Second factor",
            parse.switch,
            "Whether whoever works on the app must have turned one-time codes on.",
            choices=(("off", "Not required"), ("on", "Required")),
        ),
    },
    "brand": {
        "vendor": Field("Made by", fields.vendor, "The company's name, as customers know it.", longest=100),
        **TEXTS,
        "accent": Field("Accent", fields.accent, "The brand's colour, such as #0b57b0.", longest=7),
        "privacy_url": Field("Privacy", fields.url, longest=500),
        "terms_url": Field("Terms", fields.url, longest=500),
        "support": Field("Support", fields.support, "An e-mail address or a web address.", longest=500),
    },
    **dict.fromkeys(OTHER_LANGUAGES, TEXTS),
    "secret": {
        "client_secret": Field("Client secret", fields.secret, longest=fields.LONGEST_SECRET),
        "signing_secret": Field("Signing secret", fields.secret, longest=fields.LONGEST_SECRET),
    },
}
NEW = {
    "slug": Field("Slug", fields.slug, "Part of its addresses, such as acme-bot.", longest=40, is_required=True),
    "name": NAME,
    "client_id": Field("Client id", parse.client_id, "From Basic Information at Slack.", longest=32, is_required=True),
    "client_secret": Field("Client secret", fields.secret, longest=fields.LONGEST_SECRET, is_required=True),
    **SCOPES,
}
SECRETS = frozenset(registry.SECRETS)
OF_ENVIRONMENT = frozenset(
    ("client_id", "scopes", "user_scopes", "redirect_uri", *SECRETS)
)  # that it decides for its own app


class WrongFieldsError(ValueError):
    """Fields that are not what they should be: `wrong` says what of each is, by name."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__(", ".join(wrong))
        self.wrong = wrong


def form(name: str, slug: str) -> dict[str, Field]:
    """The fields of a form of an app: of the environment's without those that it decides."""
    decided = OF_ENVIRONMENT if slug == DEFAULT_SLUG else frozenset()
    return {key: field for key, field in FORMS[name].items() if key not in decided}


def parsed(offered: Mapping[str, Field], sent: Mapping[str, str]) -> dict[str, object]:
    """The columns that were sent; a secret that is left empty stays. Raises WrongFieldsError naming all that is
    wrong."""
    columns: dict[str, object] = {}
    wrong = {}
    for name, field in offered.items():
        given = sent.get(name, "").strip()
        if not given and not field.is_required and (name in SECRETS or field.choices or field.stays_if_empty):
            continue
        try:
            columns[name] = _value(field, given)
        except ValueError as mistake:
            wrong[name] = f"{field.label} {mistake}."
    if wrong:
        raise WrongFieldsError(wrong)
    return columns


def _value(field: Field, given: str) -> object:
    if not given and field.is_required:
        raise ValueError("must be given")
    if len(given) > field.longest:
        raise ValueError(f"must have at most {field.longest:,} characters, and has {len(given):,}")
    return field.parse(given)


def current(db: Connection, slug: str) -> App:
    """The app's row. Raises NotFoundError if there is none."""
    row = fetch_one(db, select(App).where(App.slug == slug), App)
    if row is None:
        raise NotFoundError
    return row


def values(row: App, name: str, offered: Mapping[str, Field]) -> dict[str, str]:
    """What the fields of a form hold: what is set."""
    if name in OTHER_LANGUAGES:
        said = translated_texts(row.translations).get(OTHER_LANGUAGES[name], {})
        return {field: said.get(field, "") for field in offered}
    return {field: shown(getattr(row, field)) for field in offered}


def columns_of(row: App, name: str, parsed: Mapping[str, object]) -> dict[str, object]:
    """The columns that a form sets, of what was parsed of it: texts in another language stand in one of their own."""
    if name in OTHER_LANGUAGES:
        return {"translations": with_texts(row.translations, OTHER_LANGUAGES[name], parsed)}
    return dict(parsed)


def brand_with(row: App, columns: Mapping[str, object]) -> Brand:
    """The brand as it would be with these columns."""
    of_brand = ("logo", "translations", *FORMS["brand"])
    return brand_of(App(**{name: columns.get(name, getattr(row, name)) for name in of_brand}))


def change(
    db: Connection, operator: Operator, settings: Settings, slug: str, columns: Mapping[str, object]
) -> list[str]:
    """Change an app's columns. The names of those that are other than before; the audit has from what to what, of a
    secret only that.

    Raises NotFoundError, NotAllowedError, WrongFieldsError or DashboardError.
    """
    row = current(db, slug)
    require(operator, "edit_app", row.client_id, "app", slug)
    changes = {name: value for name, value in columns.items() if name in SECRETS or getattr(row, name) != value}
    if not changes:
        return []
    if changes.get("second_factor") and not has_second_factor(db, operator.id):
        raise DashboardError(
            "You have no second factor yourself.", "Turn one-time codes on under My profile first; nothing was saved."
        )
    if "scopes" in changes:
        _require_scopes({"user_scopes": row.user_scopes, **columns})
    said = [_said(row, name, value) for name, value in changes.items()]
    registry.edit(db, settings, slug, changes)
    client_id = str(changes.get("client_id", row.client_id))
    audit.record(db, operator, "app.edit", "app", slug, client_id=client_id, details="; ".join(said))
    return [name.replace("_", " ") for name in changes]


def add(db: Connection, operator: Operator, settings: Settings, columns: Mapping[str, object]) -> str:
    """Register an app. Its slug. Raises NotAllowedError or DashboardError."""
    require_owner(operator, "app.add", "app", columns["slug"])
    slug = str(columns["slug"])
    _require_scopes(columns)
    given = {name: value for name, value in columns.items() if name != "slug"}
    registry.add(db, settings, slug, given)
    audit.record(db, operator, "app.add", "app", slug, client_id=str(columns["client_id"]))
    return slug


def _require_scopes(columns: Mapping[str, object]) -> None:
    if not columns.get("scopes") and not columns.get("user_scopes"):
        raise WrongFieldsError(
            {"scopes": "Bot scopes or user scopes must be given: Slack installs no app without any."}
        )


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change of the required scopes means: how many active installations would lack some that they do not lack
    now, of how many, and which scopes are new."""

    lacking: int
    lacking_now: int
    of: int
    added: tuple[str, ...]

    @property
    def is_harmful(self) -> bool:
        return self.lacking > self.lacking_now


def effect(db: Connection, row: App, columns: Mapping[str, object]) -> Effect:
    """What it would mean to set these columns."""
    kinds = ("scopes", "user_scopes", "optional_scopes")
    now = attention.required_by(row.scopes, row.user_scopes, row.optional_scopes)
    then = attention.required_by(*(_joined(columns.get(kind, getattr(row, kind))) for kind in kinds))
    there = Installation.client_id == row.client_id, Installation.status == ACTIVE
    of = db.scalar(select(func.count()).where(*there)) or 0
    before = {*now.bot, *now.user}
    added = tuple(scope for scope in (*then.bot, *then.user) if scope not in before)
    return Effect(_lacking(db, there, then), _lacking(db, there, now), of, added)


def _lacking(db: Connection, there: Sequence[ColumnElement[bool]], wanted: Required) -> int:
    if not wanted.bot and not wanted.user:
        return 0
    return db.scalar(select(func.count()).where(*there, attention.lacks(wanted))) or 0


def shown(value: object) -> str:
    """A column's value as its field holds it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value or "")


def _joined(value: object) -> str | None:
    return str(value) if value else None


def _said(row: App, name: str, value: object) -> str:
    label = name.replace("_", " ")
    if name in SECRETS:
        return f"{label} changed"
    if name == "translations":
        before, after = (translated_texts(each) for each in (row.translations, _joined(value)))
        others = sorted(code for code in {*before, *after} if before.get(code) != after.get(code))
        return f"texts in {', '.join(LANGUAGES[code] for code in others)} changed"
    if name == "logo":
        return "logo changed" if value else "logo taken out"
    return f"{label}: {_short(getattr(row, name))} → {_short(value)}"


def _short(value: object) -> str:
    text = " ".join(shown(value).split()) or "nothing"
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
