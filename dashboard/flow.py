"""What the install flow works with."""

from dataclasses import dataclass

from dashboard.db import Database
from dashboard.recorder import Recorder
from dashboard.slack import Slack
from dashboard.state import StateSigner


@dataclass(frozen=True)
class Flow:
    """What the flow works with, made once in `create_app`."""

    database: Database
    slack: Slack
    recorder: Recorder
    signer: StateSigner
    authorize_url: str
    state_ttl: int  # seconds
    hash_key: str  # for visitors' addresses
