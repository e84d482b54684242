"""What an app asks for, in words for people who install it: the vendor's reason for each scope, else what the scope
lets an app do (https://docs.slack.dev/reference/scopes)."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.apps.app import App
from dashboard.core.messages import text, translated

WORDS = {
    "admin": text("Administer the workspace"),
    "app_mentions:read": text("Read messages that mention it"),
    "assistant:write": text("Answer in Slack's panel for assistants"),
    "auditlogs:read": text("Read the audit log of the organization"),
    "bookmarks:read": text("See the bookmarks of channels"),
    "bookmarks:write": text("Add and change bookmarks in channels"),
    "calls:read": text("See calls and who is in them"),
    "calls:write": text("Start and manage calls"),
    "canvases:read": text("Read canvases it has access to"),
    "canvases:write": text("Create and change canvases"),
    "channels:history": text("Read messages in public channels it was added to"),
    "channels:join": text("Join public channels"),
    "channels:manage": text("Create public channels and manage those it is in"),
    "channels:read": text("See the list of public channels and what they are about"),
    "channels:write": text("Manage public channels and create new ones"),
    "channels:write.invites": text("Invite people to public channels"),
    "channels:write.topic": text("Set the topic of public channels"),
    "chat:write": text("Send messages"),
    "chat:write.customize": text("Send messages under another name and picture"),
    "chat:write.public": text("Send messages to public channels it was not added to"),
    "commands": text("Add slash commands and shortcuts"),
    "conversations.connect:manage": text("Manage invitations to shared channels"),
    "conversations.connect:read": text("See invitations to shared channels"),
    "conversations.connect:write": text("Invite other companies to shared channels"),
    "datastore:read": text("Read the data it keeps at Slack"),
    "datastore:write": text("Keep data at Slack"),
    "dnd:read": text("See when people do not want to be disturbed"),
    "dnd:write": text("Set when you do not want to be disturbed"),
    "email": text("See your e-mail address"),
    "emoji:read": text("See the workspace's own emoji"),
    "files:read": text("See files in conversations it was added to"),
    "files:write": text("Upload, change and delete files"),
    "groups:history": text("Read messages in private channels it was added to"),
    "groups:read": text("See what private channels it was added to are about"),
    "groups:write": text("Create private channels and manage those it is in"),
    "groups:write.invites": text("Invite people to private channels"),
    "groups:write.topic": text("Set the topic of private channels"),
    "identity.avatar": text("See your profile picture"),
    "identity.basic": text("See your name"),
    "identity.email": text("See your e-mail address"),
    "identity.team": text("See the name of your workspace"),
    "im:history": text("Read direct messages that people send it"),
    "im:read": text("See who has a direct conversation with it"),
    "im:write": text("Begin direct conversations with people"),
    "im:write.topic": text("Set the topic of direct conversations"),
    "incoming-webhook": text("Post to one channel that you choose"),
    "links.embed:write": text("Show videos in previews of links"),
    "links:read": text("See links to its own site in messages"),
    "links:write": text("Show previews of links to its own site"),
    "lists:read": text("Read lists it has access to"),
    "lists:write": text("Create and change lists"),
    "metadata.message:read": text("Read data that apps attach to messages"),
    "mpim:history": text("Read group messages it was added to"),
    "mpim:read": text("See what group messages it was added to are about"),
    "mpim:write": text("Begin group messages with people"),
    "mpim:write.topic": text("Set the topic of group messages"),
    "openid": text("Know who you are when you sign in with Slack"),
    "pins:read": text("See what is pinned in conversations it was added to"),
    "pins:write": text("Pin and unpin messages and files"),
    "profile": text("See your name and picture"),
    "reactions:read": text("See emoji reactions in conversations it was added to"),
    "reactions:write": text("Add and change emoji reactions"),
    "reminders:read": text("See reminders it has made"),
    "reminders:write": text("Make, change and delete reminders"),
    "remote_files:read": text("See files from other services that were added to Slack"),
    "remote_files:share": text("Share files from other services"),
    "remote_files:write": text("Add and change files from other services"),
    "search:read": text("Search the workspace as you"),
    "search:read.files": text("Search files"),
    "search:read.im": text("Search your direct messages"),
    "search:read.mpim": text("Search your group messages"),
    "search:read.private": text("Search private channels you are in"),
    "search:read.public": text("Search public channels"),
    "search:read.users": text("Search for people"),
    "stars:read": text("See what you have saved for later"),
    "stars:write": text("Save things for later, for you"),
    "team.billing:read": text("See which plan the workspace has"),
    "team.preferences:read": text("See settings of the workspace"),
    "team:read": text("See the workspace's name, address and icon"),
    "triggers:read": text("See what starts its workflows"),
    "triggers:write": text("Set what starts its workflows"),
    "usergroups:read": text("See groups of people and who is in them"),
    "usergroups:write": text("Create and change groups of people"),
    "users.profile:read": text("See people's profiles"),
    "users.profile:write": text("Change your profile and status"),
    "users:read": text("See who is in the workspace"),
    "users:read.email": text("See people's e-mail addresses"),
    "users:write": text("Set whether it shows as active"),
    "workflow.steps:execute": text("Add steps that people can use in workflows"),
}
AS_APP, AS_PERSON = text("What the app asks for"), text("What it asks to do as you")


@dataclass(frozen=True, slots=True)
class Asked:
    """A scope that an app asks for: why, and in which language that is. Nobody may have said why."""

    name: str
    reason: str
    language: str
    is_optional: bool


def asked(app: App, language: str) -> list[tuple[str, list[Asked]]]:
    """Every scope that an app asks for, under a heading each for the bot's and the person's."""
    parts = ((AS_APP, app.requested_scopes), (AS_PERSON, app.user_scopes))
    return [(translated(heading, language), _asked(app, scopes, language)) for heading, scopes in parts if scopes]


def _asked(app: App, scopes: Sequence[str], language: str) -> list[Asked]:
    reasons = dict(app.brand.scope_reasons)
    return [
        Asked(
            scope,
            reason=_sentence(reasons[scope]) if scope in reasons else _explained(scope, language),
            language=app.brand.language_of(f"reason {scope}") if scope in reasons else language,
            is_optional=scope in app.optional_scopes,
        )
        for scope in scopes
    ]


def _explained(scope: str, language: str) -> str:
    """A scope in our words; empty where we have none. Those of an organization's admin are some fifty."""
    words = WORDS.get("admin" if scope.startswith("admin.") else scope, "")
    return translated(words, language) if words else ""


def _sentence(reason: str) -> str:
    return reason[:1].upper() + reason[1:]
