"""What the install flow works with."""

from dataclasses import dataclass

from dashboard.core.db import Database
from dashboard.core.pace import Pace
from dashboard.install.recorder import Recorder
from dashboard.install.state import Process, StateSigner
from dashboard.install.unfinished import Unfinished
from dashboard.slack.api import Slack


@dataclass(frozen=True)
class InstallContext:
    """What the flow works with, made once in `create_app`."""

    database: Database
    slack: Slack
    recorder: Recorder
    unfinished: Unfinished
    signer: StateSigner
    process: Process
    authorize_url: str
    state_ttl: int  # seconds
    hash_key: str  # for visitors' addresses
    pace: Pace
