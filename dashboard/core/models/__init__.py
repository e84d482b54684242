"""Every table, in reading order: the apps, what Slack granted, what we know of it, how it came about, and who looks.

Ours carry a prefix, since the database may be a Bolt app's own. Times in our tables are whole milliseconds since 1970,
UTC, and end in `_at`.
"""

from dashboard.core.models.app import App
from dashboard.core.models.attempt import Attempt, AttemptChange, AttemptCount
from dashboard.core.models.audit import AuditEntry
from dashboard.core.models.base import Model
from dashboard.core.models.failure import FailureGroup
from dashboard.core.models.installation import (
    Change,
    Installation,
    InstallationDay,
    InstallationDayChange,
    InstallationKind,
    InstallationKindChange,
    InstallationNote,
    InstallationOrganization,
    InstallationOrganizationChange,
    Lookup,
    OrganizationWorkspace,
    TokenKey,
)
from dashboard.core.models.job import Job, JobRow
from dashboard.core.models.operator import (
    Membership,
    OneTimeLink,
    OperatorAccount,
    RecoveryCode,
    SavedView,
    Session,
    Throttle,
)
from dashboard.core.models.slack import ArchivedBot, ArchivedInstallation, SlackBot, SlackInstallation
from dashboard.core.models.support import AttemptEntry, CodeNote, Invitation

__all__ = [
    "App",
    "ArchivedBot",
    "ArchivedInstallation",
    "Attempt",
    "AttemptChange",
    "AttemptCount",
    "AttemptEntry",
    "AuditEntry",
    "Change",
    "CodeNote",
    "FailureGroup",
    "Installation",
    "InstallationDay",
    "InstallationDayChange",
    "InstallationKind",
    "InstallationKindChange",
    "InstallationNote",
    "InstallationOrganization",
    "InstallationOrganizationChange",
    "Invitation",
    "Job",
    "JobRow",
    "Lookup",
    "Membership",
    "Model",
    "OneTimeLink",
    "OperatorAccount",
    "OrganizationWorkspace",
    "RecoveryCode",
    "SavedView",
    "Session",
    "SlackBot",
    "SlackInstallation",
    "Throttle",
    "TokenKey",
]
