"""What the catalogue holds of a code."""

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.core.messages import text
from dashboard.install.catalogue.evidence import Finding

# Whose it is to fix.
INSTALLER, WORKSPACE_ADMIN, ORG_ADMIN = "installer", "workspace_admin", "org_admin"
APP_OWNER, OPERATOR, SLACK, NOBODY = "app_owner", "operator", "slack", "nobody"
OWNERS = {
    INSTALLER: "the person who installs",
    WORKSPACE_ADMIN: "an admin of their workspace",
    ORG_ADMIN: "an admin of their organization",
    APP_OWNER: "who configures the app at Slack",
    OPERATOR: "who runs this dashboard",
    SLACK: "Slack",
    NOBODY: "nobody",
}

# Whether trying again helps.
YES, NO, AFTER_FIX = "yes", "no", "after_fix"
RETRIES = {YES: "trying again can help", NO: "trying again does not help", AFTER_FIX: "trying again helps afterwards"}

# How bad it is: nobody can install; several cannot; one cannot; nothing is wrong.
CRITICAL, MAJOR, MINOR, NONE = "critical", "major", "minor", "none"
SEVERITIES = (CRITICAL, MAJOR, MINOR, NONE)


@dataclass(frozen=True, slots=True)
class Visitor:
    """What the failure page says to the person who was installing: a heading, what to know, and the button that
    begins anew, only if that can help. The text may name {age} and {limit}, durations in words. They are keys of the
    message catalogues."""

    title: str
    text: str
    button: str | None


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that can be behind a code, and the check that decides by evidence: an `Evidence`, of an installation an
    `Installed`. What it does not say, its code's support half does."""

    check: Callable[..., Finding]
    owner: str = ""
    severity: str = ""
    retry: str = ""
    us: str = ""
    customer: str = ""
    reply: str = ""

    @property
    def name(self) -> str:
        return self.check.__name__


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What the desk says of a code: whose it is, what a support person would not guess, what we do about it, what the
    customer does, and what to answer. `reply` has no codes and no internals: it is sent."""

    owner: str
    severity: str
    retry: str
    explanation: str
    us: str
    customer: str
    reply: str
    causes: tuple[Cause, ...]
    at_app: bool = False  # whether what we do is done in the app's settings


@dataclass(frozen=True, slots=True)
class Entry:
    """One code. An alias says the same to the visitor as the code it names, and not to support."""

    code: str
    visitor: Visitor
    support: Support
    alias_of: str | None = None


START_AGAIN = text("Start again")


def entry(code: str, title: str, text: str, support: Support, *, start_again: bool, button: str = START_AGAIN) -> Entry:
    return Entry(code, Visitor(title, text, button if start_again else None), support)


def alias(original: Entry, code: str, support: Support) -> Entry:
    return Entry(code, original.visitor, support, alias_of=original.code)
