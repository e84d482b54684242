"""Logs: JSON lines on standard output, ours and the libraries' alike. No level writes a secret."""

import contextlib
import datetime as dt
import json
import logging
import re
import sys
import threading
import time
from collections import deque
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor

WRITE_EVERY = 0.1  # seconds that lines below a warning wait, to be written together
MOST_WAITING = 1000  # lines; whoever logs the next one writes them

TOKEN = re.compile(r"xox[a-z](?:\.xox[a-z])?-[\w.-]+|xapp-[\w.-]+", re.IGNORECASE)  # Slack's, of any kind

# What could carry a secret. `code` and `state` alone: `reason_code` and the like are ours, and say what a reader needs.
_NAMES = (
    r"code|state|sig|cookie|set-cookie|authorization|slack-app-oauth-state"
    r"|[\w-]*(?:token|secret|password|session|secret_key|token_keys?)"
)

# Tokens, webhook addresses, and what could carry a code, a state or a secret.
_SECRET = re.compile(
    TOKEN.pattern + r"|hooks\.slack(?:-gov)?\.com/[\w/.-]+"
    r"|(?<=://)[^\s/@:]*:[^\s/]+(?=@)"  # the name and password of an address
    r"|\b(?:basic|bearer)\s+[\w+/=.~-]{16,}"
    # 32 random bytes, as our cookies hold them, whatever they are called
    r"|(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Z])[\w-]{43}(?![\w-])"
    # name=value, and 'name': 'value' as Python and JSON write it
    rf"|(?<![\w-])(?:{_NAMES})(?:=b?[\"']?|[\"']\s*[:=]\s*b?[\"'])[^\s&\"']+",
    re.IGNORECASE,
)
# A secret has one of these, or is as long as a cookie's. Few values of a log are: looking closely takes the most time.
_MARKS = ("=", "@", "'", '"', "xox", "xapp", "hooks", "basic", "bearer")
_COOKIE_LENGTH = 43  # of what our cookies hold
_SECRET_NAME = re.compile(_NAMES, re.IGNORECASE)
_QUIET = ("slack_sdk", "slack_bolt", "aiohttp", "asyncio", "aiosqlite", "sqlalchemy", "psycopg", "httpx", "alembic")


REQUESTS = "dashboard.request"


class Lines:
    """A stream for whole lines, written a little behind: many with one call, and a request waits for none of them.

    `flush` writes at once what waits. `docs/decisions/0013` has the measurement.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._waiting: deque[str] = deque()
        self._some = threading.Event()
        self._writing = threading.RLock()  # a finalizer may log while its thread writes
        threading.Thread(target=self._work, name="log", daemon=True).start()

    def write(self, line: str) -> None:
        self._waiting.append(line)
        if len(self._waiting) >= MOST_WAITING:
            self.flush()
        elif not self._some.is_set():
            self._some.set()

    def flush(self) -> None:
        with self._writing:
            lines = [self._waiting.popleft() for _ in range(len(self._waiting))]
            try:
                self._stream.write("".join(lines))
                self._stream.flush()
            except (OSError, ValueError) as error:  # a full disk, a closed pipe: no request fails by its log
                with contextlib.suppress(OSError, ValueError):
                    sys.stderr.write(f"The log cannot be written: {type(error).__name__}.\n")

    def _work(self) -> None:
        while True:
            self._some.wait()
            self._some.clear()
            time.sleep(WRITE_EVERY)
            self.flush()


class _Logger:
    """What structlog hands its finished lines to. From a warning on nothing waits: a crash may follow."""

    def __init__(self, name: str, lines: Lines) -> None:
        self.name = name
        self._lines = lines

    def info(self, line: str) -> None:
        self._lines.write(f"{line}\n")

    debug = info

    def error(self, line: str) -> None:
        self._lines.write(f"{line}\n")
        self._lines.flush()

    warning = critical = error


def configure(level: str, lines: Lines | None = None) -> None:
    """Send everything at or above a level to `lines`: standard output, unless others are given.

    The first call of a process decides. Libraries that print requests stay at warnings.
    """
    if structlog.is_configured():
        return
    lines = lines or Lines(sys.stdout)
    structlog.configure(
        processors=[*_shared(), _as_json],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda name: _Logger(name, lines),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(lines)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared(),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _as_json],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def flush() -> None:
    """Write the lines that wait. A process that a signal ends has no other moment for it."""
    for handler in logging.getLogger().handlers:
        handler.flush()


def _shared() -> list[Processor]:
    return [
        _without_tracebacks,
        redact,  # before our own words are added: looking through them is half the work
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def request_line(_logger: object, level: str, event: EventDict) -> str:
    """The line of a request in one step, which takes a third of what all of them do: it comes with every answer. Its
    values are names and numbers of ours, and methods that the parser knows; nothing that anybody wrote."""
    at = dt.datetime.now(dt.UTC).isoformat().removesuffix("+00:00")
    return _encode({**event, "level": level, "logger": REQUESTS, "timestamp": f"{at}Z"})


_encode = json.JSONEncoder(default=str).encode  # made once: `json.dumps` with a default makes one for every line


def _as_json(_logger: object, _name: str, event: EventDict) -> str:
    return _encode(event)


def _without_tracebacks(_logger: object, _name: str, event: EventDict) -> EventDict:
    """A library's exception is named, not quoted: its text can hold what it was working on."""
    record = event.pop("exc_info", None)
    if isinstance(record, tuple) and record[0] is not None:
        event["error_class"] = record[0].__name__
    return event


def redact(_logger: object, _name: str, event: EventDict) -> EventDict:
    """Blank anything that looks like a secret, wherever it stands."""
    return {key: _redacted(value) for key, value in event.items()}


def _is_secret(name: object, value: object) -> bool:
    return isinstance(value, str | bytes) and _SECRET_NAME.fullmatch(str(name)) is not None


def _redacted(value: object) -> object:
    if isinstance(value, str):
        suspicious = len(value) >= _COOKIE_LENGTH or any(map(value.lower().__contains__, _MARKS))
        return _SECRET.sub("[secret]", value) if suspicious else value
    if isinstance(value, list | tuple):
        return [_redacted(item) for item in value]
    if isinstance(value, dict):
        return {key: "[secret]" if _is_secret(key, item) else _redacted(item) for key, item in value.items()}
    return value
