"""A Slack app manifest (https://docs.slack.dev/reference/app-manifest), pasted as YAML or JSON: what of it an app here
takes over, and what of it does not fit this service."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import yaml  # type: ignore[import-untyped] # PyYAML has no types of its own

from dashboard.apps import fields

LONGEST = 60_000  # characters
_NOT_IN_A_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says: the fields of the form for a new app that it fills, and what in it does not fit."""

    values: Mapping[str, str]
    findings: tuple[str, ...]


def read(text: str, public_url: str) -> Manifest:
    """Read a manifest for a service at that address. Raises ValueError with what is wrong, fit to follow its name."""
    if len(text) > LONGEST:
        raise ValueError(f"must have at most {LONGEST:,} characters, and has {len(text):,}")
    manifest = _mapping(_loaded(text))
    if "display_information" not in manifest and "oauth_config" not in manifest:
        raise ValueError("holds neither display_information nor oauth_config: copy it from App Manifest at Slack")
    oauth, settings = _mapping(manifest.get("oauth_config")), _mapping(manifest.get("settings"))
    scopes = _mapping(oauth.get("scopes"))
    bot, optional = _words(scopes.get("bot")), _words(scopes.get("bot_optional"))
    user, user_optional = _words(scopes.get("user")), _words(scopes.get("user_optional"))
    name = str(_mapping(manifest.get("display_information")).get("name") or "")[: fields.LONGEST_NAME]
    slug = _NOT_IN_A_SLUG.sub("-", name.lower()).strip("-")[:40].strip("-")
    values = {
        "name": name,
        "slug": slug,
        "scopes": ",".join(dict.fromkeys((*bot, *optional))),
        "optional_scopes": ",".join(dict.fromkeys((*optional, *user_optional))),
        "user_scopes": ",".join(dict.fromkeys((*user, *user_optional))),
    }
    redirect_uri = f"{public_url}/apps/{slug or 'SLUG'}/oauth_redirect"
    return Manifest(values, tuple(_findings(values, _words(oauth.get("redirect_urls")), settings, redirect_uri)))


def _findings(
    values: Mapping[str, str], redirect_urls: tuple[str, ...], settings: Mapping[object, object], redirect_uri: str
) -> Iterable[str]:
    # Slack takes an address that begins with one of those that are entered: docs.slack.dev/authentication.
    if not any(redirect_uri == url or redirect_uri.startswith(f"{url.rstrip('/')}/") for url in redirect_urls):
        there = f"it has {', '.join(redirect_urls)}" if redirect_urls else "it has none"
        yield f"Redirect URL: {redirect_uri} is missing, {there}. Add it at Slack, or nobody can install the app here."
    if not values["scopes"] and not values["user_scopes"]:
        yield "Scopes: it asks for none, and Slack installs no app without any."
    if settings.get("token_rotation_enabled") is True:
        yield (
            "Token rotation is on: tokens live for twelve hours, and the Bolt app must renew them. It cannot be turned "
            "off at Slack."
        )
    if settings.get("org_deploy_enabled") is not True:
        yield "org_deploy_enabled is off: organizations can install the app in single workspaces only."
    if settings.get("is_hosted") is True or settings.get("function_runtime") == "slack":
        yield "The app runs on Slack's own platform: such an app is not installed by this flow."
    yield (
        "Distribution stands in no manifest: until it is activated under Manage Distribution, only the workspace that "
        "the app belongs to can install it."
    )


class _Loader(yaml.SafeLoader):  # type: ignore[misc] # it has no types
    """Takes no aliases: a few lines of them can mean a billion words, and no manifest has any."""

    def compose_node(self, parent: object, index: object) -> object:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="it has an alias", problem_mark=self.peek_event().start_mark)
        return super().compose_node(parent, index)


def _loaded(text: str) -> object:
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - a safe one. JSON is YAML
    except yaml.MarkedYAMLError as error:
        where = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ValueError(f"is neither YAML nor JSON{where}: {error.problem or 'it ends too early'}") from None
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError):
        raise ValueError("is neither YAML nor JSON") from None


def _mapping(value: object) -> Mapping[object, object]:
    return value if isinstance(value, Mapping) else {}


def _words(value: object) -> tuple[str, ...]:
    return tuple(word for word in value if isinstance(word, str)) if isinstance(value, list) else ()
