"""The flags of `dashboard app add` and `app edit`, and how each becomes a column of the registry."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from dashboard.apps import fields
from dashboard.core import parse

F = TypeVar("F", bound=Callable[..., object])


def _checked(parse: Callable[[str], object]) -> Callable[..., object]:
    """A flag's callback from a parser of `core/parse.py` or `apps/fields.py`: its complaint becomes a usage error."""

    def callback(_context: click.Context, _parameter: click.Parameter, given: str | None) -> object:
        if given is None:
            return None
        try:
            return parse(given.strip())
        except ValueError as mistake:
            raise click.BadParameter(str(mistake)) from None

    return callback


def _text(given: str) -> str | None:
    return given.replace("\\n", "\n") or None


def _scope_reasons(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> str | None:
    lines = []
    for reason in given:
        scope, separator, words = reason.partition("=")
        if not separator or parse.scopes(scope) != (scope,) or not words.strip() or "\n" in words:
            raise click.BadParameter("write it as chat:write=to answer you")
        lines.append(f"{scope} {words.strip()}")
    return "\n".join(lines) if lines else None


_OPTIONS = [
    click.option("--name", callback=_checked(fields.name), help="What people call the app."),
    click.option("--client-secret-stdin", is_flag=True, help="Read the client secret from standard input."),
    click.option("--signing-secret-file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    click.option("--scopes", callback=_checked(fields.scopes), help="Bot scopes, comma-separated."),
    click.option("--optional-scopes", callback=_checked(fields.scopes), help="Bot or user scopes one may decline."),
    click.option("--user-scopes", callback=_checked(fields.scopes), help="User scopes, comma-separated."),
    click.option("--redirect-uri", callback=_checked(fields.url), help="As at Slack. [default: from PUBLIC_URL]"),
    click.option("--success-url", callback=_checked(fields.url), help="Send people there when the app is installed."),
    click.option("--failure-url", callback=_checked(fields.url), help="Send people there when it is not."),
    click.option("--page", type=click.Choice(["on", "off"]), help="Off: the install page goes straight to Slack."),
    click.option("--vendor", callback=_checked(fields.vendor), help="Who makes the app."),
    click.option("--sentence", callback=_checked(_text), help="What the app does, in one sentence."),
    click.option("--how-it-works", callback=_checked(_text), help=r"For the install page; \n breaks lines."),
    click.option("--next-steps", callback=_checked(_text), help=r"What to do once it is installed; \n breaks lines."),
    click.option("--scope-reason", multiple=True, callback=_scope_reasons, help="SCOPE=why it is needed; repeatable."),
    click.option("--accent", callback=_checked(fields.accent), help="The brand's colour, as #0b57b0."),
    click.option("--logo", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="PNG, JPEG or WebP."),
    click.option("--privacy-url", callback=_checked(fields.url)),
    click.option("--terms-url", callback=_checked(fields.url)),
    click.option("--support", callback=_checked(fields.support), help="An e-mail address or a web address."),
]
_RENAMED = {"scope_reason": "scope_reasons"}


def describing(command: F) -> F:
    """The flags that say what an app is and how it presents itself. An empty value takes a thing out again."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def columns(context: click.Context, flags: Mapping[str, Any]) -> dict[str, object]:
    """The columns that the given flags set; files and standard input are read here, never the command line."""
    given = {name for name in flags if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT}
    changes = {_RENAMED.get(name, name): flags[name] for name in given}
    if changes.pop("client_secret_stdin", False):
        changes["client_secret"] = _secret(sys.stdin.readline(), "--client-secret-stdin")
    if file := changes.pop("signing_secret_file", None):
        changes["signing_secret"] = _secret(file.read_text(errors="replace"), "--signing-secret-file")
    if "page" in changes:
        changes["page_enabled"] = changes.pop("page") == "on"
    if file := changes.pop("logo", None):
        from dashboard.apps import logo

        try:
            changes["logo"] = logo.made_of(file.read_bytes())
        except ValueError as mistake:
            raise click.BadParameter(f"{file} {mistake}.", param_hint="--logo") from None
    return changes


def _secret(read: str, flag: str) -> str:
    secret = read.strip()
    if not secret or not secret.isascii() or not secret.isprintable() or len(secret) > 200:
        raise click.BadParameter("no secret could be read", param_hint=flag)
    return secret
