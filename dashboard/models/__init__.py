"""Every table, in reading order: the apps, what Slack granted, what we know of it, and how it came about.

Ours carry a prefix, since the database may be a Bolt app's own. Times in our tables are whole milliseconds since 1970,
UTC, and end in `_at`.
"""

from dashboard.models.app import App
from dashboard.models.attempt import Attempt
from dashboard.models.base import Model
from dashboard.models.installation import Change, Installation, TokenKey
from dashboard.models.slack import SlackBot, SlackInstallation

__all__ = ["App", "Attempt", "Change", "Installation", "Model", "SlackBot", "SlackInstallation", "TokenKey"]
