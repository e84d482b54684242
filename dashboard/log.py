"""Logs: JSON lines on standard output, ours and the libraries' alike. No level writes a secret."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# Slack's tokens and webhook addresses, and what could carry a code, a state or a secret.
_SECRET = re.compile(
    r"xox[a-z](?:\.xox[a-z])?-[\w.-]+|hooks\.slack\.com/[\w/.-]+"
    r"|(?<![\w-])(?:code|state|client_secret|token|refresh_token|sig|password)=[^\s&\"']+",
    re.IGNORECASE,
)
_QUIET = ("slack_sdk", "slack_bolt", "aiohttp", "asyncio", "aiosqlite", "sqlalchemy", "psycopg", "httpx", "alembic")


def configure(level: str) -> None:
    """Send everything at or above a level through one handler. Libraries that print requests stay at warnings."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared(),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_tracebacks,
                redact,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _shared() -> list[Any]:
    return [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _without_tracebacks(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A library's exception is named, not quoted: its text can hold what it was working on."""
    record = event.pop("exc_info", None)
    if isinstance(record, tuple) and record[0] is not None:
        event["error_class"] = record[0].__name__
    return event


def redact(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank anything that looks like a secret, wherever it stands."""
    return {key: _redacted(value) for key, value in event.items()}


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return _SECRET.sub("[secret]", value)
    if isinstance(value, list | tuple):
        return [_redacted(item) for item in value]
    if isinstance(value, dict):
        return {key: _redacted(item) for key, item in value.items()}
    return value
