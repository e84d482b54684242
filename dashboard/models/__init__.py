"""Every table, in reading order: the apps, what Slack granted, what we know of it, how it came about, and who looks.

Ours carry a prefix, since the database may be a Bolt app's own. Times in our tables are whole milliseconds since 1970,
UTC, and end in `_at`.
"""

from dashboard.models.app import App
from dashboard.models.attempt import Attempt
from dashboard.models.audit import AuditEntry
from dashboard.models.base import Model
from dashboard.models.failure import FailureGroup
from dashboard.models.installation import Change, Installation, TokenKey
from dashboard.models.operator import Membership, OneTimeLink, OperatorAccount, RecoveryCode, Session, Throttle
from dashboard.models.slack import SlackBot, SlackInstallation

__all__ = [
    "App",
    "Attempt",
    "AuditEntry",
    "Change",
    "FailureGroup",
    "Installation",
    "Membership",
    "Model",
    "OneTimeLink",
    "OperatorAccount",
    "RecoveryCode",
    "Session",
    "SlackBot",
    "SlackInstallation",
    "Throttle",
    "TokenKey",
]
