"""The templates, and the filters they share."""

import hashlib
import re
from functools import lru_cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.ext import Extension
from jinja2.runtime import Context
from markupsafe import Markup, escape

from dashboard.core import reference
from dashboard.core.clock import now
from dashboard.core.messages import translated
from dashboard.core.models import Attempt
from dashboard.core.resources import resource_dir
from dashboard.core.words import duration, isotime, moment, share
from dashboard.desk.attempts import ListedAttempt
from dashboard.desk.rows import AttemptRow, outcome_of
from dashboard.install import attempts, catalogue
from dashboard.web.kit.charts import bars


class _Unindented(Extension):
    """Leaves the indentation of templates out of pages: a twentieth of their size."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002 - Jinja calls it so
        return _INDENTATION.sub("", source)


_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates: escaped by default, and a name nobody passed is an error."""
    made = Environment(
        loader=FileSystemLoader(resource_dir("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        finalize=with_marks_shown,
        trim_blocks=True,
        extensions=[_Unindented],
    )
    made.globals["static"] = static_path
    made.globals["t"] = text
    made.filters |= {
        "ago": ago,
        "bars": bars,
        "bdi": bdi,
        "code_title": catalogue.title,
        "duration": duration,
        "failed_at": attempts.FAILED_AT.get,
        "isotime": isotime,
        "moment": moment,
        "outcome": outcome,
        "reference": reference.display,
        "share": share,
        "whose": catalogue.whose,
        "zip": zip,
    }
    # A macro imported by a page is undefined in a block that is rendered alone; a global is not.
    made.globals["charts"] = made.get_template("_charts.html").module
    made.globals["ui"] = made.get_template("_ui.html").module
    return made


# What changes the direction of the text after it, and has no form of its own
# (https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters).
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def with_marks_shown(value: object) -> object:
    """A text as a page shows it: a mark by which it could be read in another order than it has is spelled out. `|e`
    leaves a text as it is, where it is sent back by a form."""
    if type(value) is not str or value.isascii():
        return value
    return _DIRECTION.sub(lambda mark: f"[U+{ord(mark[0]):04X}]", value)


@pass_context
def text(context: Context, english: str, **values: object) -> Markup:
    """A text of the message catalogues in the page's `language`, with what stands for its names put in."""
    language = context["language"]
    if not values:
        return _whole(english, language)
    shown = {name: with_marks_shown(value) for name, value in values.items()}
    return escape(translated(english, language)).format(**shown)


@lru_cache(maxsize=4096)
def _whole(english: str, language: str) -> Markup:
    """A text with nothing to put in: a page has ten of them, and they are a tenth of what it takes."""
    return escape(translated(english, language)).format()


def bdi(value: str) -> Markup:
    """A name from outside, which may be written from right to left, apart from the text around it."""
    return Markup(f"<bdi>{escape(with_marks_shown(value))}</bdi>")  # noqa: S704 - escaped


@lru_cache(maxsize=64)
def static_path(name: str) -> str:
    """The address of a static file, with its content's digest in it: it may be kept for ever."""
    digest = hashlib.sha256((resource_dir("static") / name).read_bytes()).hexdigest()[:12]
    return f"/static/{digest}/{name}"


def outcome(attempt: AttemptRow | ListedAttempt | Attempt) -> str:
    """The outcome of an attempt as of now."""
    return outcome_of(attempt.outcome, attempt.step, attempt.seen_at, now())


def ago(milliseconds: int) -> str:
    """How long ago a moment was, as lists show it: `3 d ago`."""
    seconds = max(0, (now() - milliseconds) // 1000)
    for unit, length in (("y", 31_557_600), ("mo", 2_629_800), ("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit} ago"
    return "just now"
