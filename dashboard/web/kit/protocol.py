"""uvicorn reads the head of a request however long it is and however long it takes. This class sets both a limit."""

from asyncio import AbstractEventLoop, TimerHandle, Transport
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from dashboard.core.pace import Pace

LARGEST_HEAD = 65_536  # bytes; nginx takes half of it


class Protocol(HttpToolsProtocol):
    """One connection. A head that is too large is answered 400, one that is too slow is not; both end it."""

    head_within = Pace.head_within  # seconds

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._in_head = False
        self._received = 0  # bytes of a head that is not complete, after those that came with its first
        self._time_is_up: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._time_is_up = self.loop.call_later(self.head_within, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_the_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        was_in_head = self._in_head
        super().data_received(data)
        if self.transport.is_closing():
            return
        self._received += len(data) if was_in_head and self._in_head else 0
        if self._received > LARGEST_HEAD:
            self.send_400_response("The head of this request is too large.")
        elif self._time_is_up is None and (self._in_head or self._is_idle):
            self._time_is_up = self.loop.call_later(self.head_within, self.transport.close)

    @property
    def _is_idle(self) -> bool:
        """Whether nothing is asked: empty lines may come before a head, and end uvicorn's own wait."""
        return self.cycle is None or self.cycle.response_complete

    def on_message_begin(self) -> None:
        self._in_head, self._received = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_the_clock()
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > LARGEST_HEAD:
            raise ValueError("The head of this request is too large.")  # the parser stops, and uvicorn answers 400
        super().on_headers_complete()

    def _stop_the_clock(self) -> None:
        if self._time_is_up is not None:
            self._time_is_up.cancel()
            self._time_is_up = None


def protocol(pace: Pace) -> type[Protocol]:
    """The class of a service's connections: uvicorn makes them, and hands over nothing of ours."""
    return type("Protocol", (Protocol,), {"head_within": pace.head_within})
