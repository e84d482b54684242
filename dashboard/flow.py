"""What the install flow works with."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.db import Database
from dashboard.recorder import Recorder
from dashboard.slack import Slack
from dashboard.state import StateSigner
from dashboard.store import Vault


@dataclass(frozen=True)
class Flow:
    """What the flow works with, made once in `create_app`."""

    database: Database
    slack: Slack
    recorder: Recorder
    signer: StateSigner
    vaults: Mapping[str, Vault]  # by client id
    authorize_url: str
    state_ttl: int  # seconds
    hash_key: str  # for visitors' addresses
