"""What the install flow works with."""

from dataclasses import dataclass

from dashboard.core.db import Database
from dashboard.core.pace import Pace
from dashboard.recorder import Recorder
from dashboard.slack.api import Slack
from dashboard.state import StateSigner
from dashboard.watch import Watch


@dataclass(frozen=True)
class Flow:
    """What the flow works with, made once in `create_app`."""

    database: Database
    slack: Slack
    recorder: Recorder
    watch: Watch
    signer: StateSigner
    authorize_url: str
    state_ttl: int  # seconds
    hash_key: str  # for visitors' addresses
    pace: Pace
