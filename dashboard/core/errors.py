"""Domain errors. No HTTP in them: `web/kit/errors.py` and the command line say each in their own way."""

import traceback
from collections.abc import Mapping


class DashboardError(Exception):
    """Something a person can mend: one sentence that says what is wrong, and the next step where there is one."""

    def __init__(self, sentence: str, next_step: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.next_step = next_step


class ConfigurationError(DashboardError):
    """One or more environment variables are wrong; the sentence names each, one to a line."""


class DatabaseNotReadyError(DashboardError):
    """The database cannot be reached, or is older than this release needs."""


class SealError(DashboardError):
    """A sealed value cannot be opened: its key is missing, or it was moved from another row or column."""


class LinkRefusedError(DashboardError):
    """The install link itself is wrong (its metadata or signature): a plain 400 page, no attempt. Its sentence is a key
    of the message catalogues."""


class AppPausedError(Exception):
    """An app that does not take installations for now: a plain 503 page, with the reference of a return."""

    def __init__(self, reference: str = "") -> None:
        super().__init__()
        self.reference = reference


class AppUnavailableError(Exception):
    """An app that cannot be served until somebody mends its settings: a plain 503 page, with the reference of a
    return."""

    def __init__(self, reference: str = "") -> None:
        super().__init__()
        self.reference = reference


class NotFoundError(Exception):
    """There is nothing there, or nothing that whoever asks may know of: both read the same."""


class LinkGoneError(Exception):
    """A one-time link that was used, replaced or has expired, or never was: a plain 404 page."""


class NotAllowedError(Exception):
    """The operator sees the thing, but the role does not reach as far as the act."""

    def __init__(
        self,
        act: str,
        client_id: str | None = None,
        object_type: str | None = None,
        object_id: str | None = None,
    ) -> None:
        super().__init__(act)
        self.act = act
        self.client_id = client_id
        self.object_type = object_type
        self.object_id = object_id


class FilterError(Exception):
    """A list was asked for something it does not know. `without` is the address that leaves it out."""

    def __init__(self, key: str, value: str, without: str) -> None:
        super().__init__(key)
        self.key = key
        self.value = value
        self.without = without


class ConfirmationNeededError(Exception):
    """A dangerous act was asked for without a recent password or code. `back` is the page it was asked on,
    `fields` what was sent."""

    def __init__(self, back: str, fields: Mapping[str, str]) -> None:
        super().__init__(back)
        self.back = back
        self.fields = fields


def frames(error: BaseException) -> list[str]:
    """Where an exception arose, as `file:line function`, outermost first, with the class of each cause.

    Messages are left out on purpose: a driver's message can quote the row it was writing, and a row holds tokens.
    """
    lines = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    lines.append(type(error).__name__)
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return [*frames(cause), *lines] if cause else lines
