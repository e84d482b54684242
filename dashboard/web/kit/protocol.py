"""uvicorn waits for a request, and for somebody to read its answer, as long as it takes. This class sets limits."""

from asyncio import AbstractEventLoop, TimerHandle, Transport
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from dashboard.core.pace import Pace
from dashboard.core.text import subscriber
from dashboard.web.kit import security
from dashboard.web.kit.connections import Connections

LARGEST_HEAD = 65_536  # bytes; nginx takes half of it
LEAST_RATE = 2_000  # bytes a second, of a body
REFUSED_WAIT = 1.0  # seconds; who is answered before having asked sees a broken connection


class Protocol(HttpToolsProtocol):
    """One connection. A head that is too large is answered 400, one that is too slow is not; both end it. A body that
    is too slow is answered 408, a connection too many 503. What nobody reads is thrown away."""

    pace = Pace()
    connections_of_all = Connections()
    hops = 0  # proxies whose word on the visitor's address is taken

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._counted_for: str | None = None  # the subscriber, if this connection is counted
        self._in_head = False
        self._in_body = False
        self._requests = 0  # that have begun
        self._received = 0  # bytes of a head that is not complete, after those that came with its first; or of a body
        self._body_began = 0.0
        self._time_is_up: TimerHandle | None = None
        self._unread_look: TimerHandle | None = None
        self._running: RequestResponseCycle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # Behind proxies nobody knows yet whose it is.
        self._count_for("" if self.hops or not self.client else subscriber(self.client[0]))
        wait = REFUSED_WAIT if self._counted_for is None else self.pace.head_within
        self._start_the_clock(wait, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_the_clock()
        if self._unread_look:
            self._unread_look.cancel()
        self._give_back()
        if self._running and not self._running.response_complete:
            self._running.disconnected = True  # uvicorn tells the last of several requests on one connection alone
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._counted_for is None:
            self._refuse()
            return
        requests_before = self._requests
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._requests == requests_before and (self._in_head or self._in_body):
            self._received += len(data)
        if self._in_head and self._received > LARGEST_HEAD:
            self.send_400_response("The head of this request is too large.")
        elif self._time_is_up is not None:
            return
        elif self._in_body:
            self._start_the_clock(self.pace.body_within, self._look_at_the_body)
        elif self._in_head or self._is_idle:
            self._start_the_clock(self.pace.head_within, self.transport.close)

    @property
    def _is_idle(self) -> bool:
        """Whether nothing is asked: empty lines may come before a head, and end uvicorn's own wait."""
        return self.cycle is None or self.cycle.response_complete

    def on_message_begin(self) -> None:
        self._in_head, self._received = True, 0
        self._requests += 1
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_the_clock()
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > LARGEST_HEAD:
            raise ValueError("The head of this request is too large.")  # the parser stops, and uvicorn answers 400
        if self.hops:
            self._count_for_the_visitor()
        self._in_body, self._received, self._body_began = True, 0, self.loop.time()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        if self._in_body:
            self._stop_the_clock()
        self._in_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._look_at_what_is_unread(None)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._look_at_what_is_unread(None)

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._look_at_what_is_unread(None)

    def send_400_response(self, msg: str) -> None:
        if self._counted_for is None:
            self._refuse()
        else:
            self._answer(HTTPStatus.BAD_REQUEST, msg)

    def _refuse(self) -> None:
        sentence = "There are too many connections. Please try again in a moment."
        self._answer(HTTPStatus.SERVICE_UNAVAILABLE, sentence, b"retry-after: 10")

    def _unsupported_upgrade_warning(self) -> None:
        """Anybody can ask for another protocol, and is answered in this one; uvicorn would log advice each time."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _count_for_the_visitor(self) -> None:
        """A proxy's connection serves one visitor after another, and is counted for whoever asked last."""
        forwarded = [value.decode("latin-1") for name, value in self.headers if name == b"x-forwarded-for"]
        address = security.forwarded_address(forwarded, self.hops) or (self.client[0] if self.client else "")
        self._give_back()
        self._count_for(subscriber(address))
        if self._counted_for is None:
            raise ValueError("This visitor has too many connections.")  # the parser stops; see send_400_response

    def _count_for(self, whom: str) -> None:
        self._counted_for = whom if self.connections_of_all.take(whom) else None

    def _give_back(self) -> None:
        if self._counted_for is not None:
            self.connections_of_all.give_back(self._counted_for)
            self._counted_for = None

    def _look_at_the_body(self) -> None:
        """End a request whose body took too long: as long as it may begin, and a second for each `LEAST_RATE`."""
        allowed = min(self.pace.body_within + self._received / LEAST_RATE, self.pace.body_at_most)
        left = self._body_began + allowed - self.loop.time()
        if self.transport.is_closing():
            return
        if left > 0:
            self._start_the_clock(left, self._look_at_the_body)
        elif self.cycle.response_started:
            self.transport.close()
        else:
            self._answer(HTTPStatus.REQUEST_TIMEOUT, "This request took too long to arrive.")

    def _look_at_what_is_unread(self, before: int | None) -> None:
        """Throw away an answer of which nothing was read since the last look; until then look again."""
        if self._unread_look and before is None:
            return  # somebody looks already
        unread = self.transport.get_write_buffer_size()
        self._unread_look = None
        if not unread:
            return
        if before is not None and unread >= before:
            self.transport.abort()
            return
        self._unread_look = self.loop.call_later(self.pace.read_within, self._look_at_what_is_unread, unread)

    def _answer(self, status: HTTPStatus, sentence: str, *more: bytes) -> None:
        """Answer in place of the application, with the headers of every answer, and end the connection."""
        lines = [
            f"HTTP/1.1 {status.value} {status.phrase}".encode(),
            *(name + b": " + value for name, value in self.server_state.default_headers),
            *(name + b": " + value for name, value in security.HEADERS),
            b"content-type: text/plain; charset=utf-8",
            b"content-length: %d" % len(sentence),
            b"cache-control: no-store",
            b"referrer-policy: no-referrer",
            b"connection: close",
            *more,
        ]
        self.transport.write(b"\r\n".join([*lines, b"", sentence.encode("ascii")]))
        self.transport.close()

    def _start_the_clock(self, seconds: float, then: Callable[[], None]) -> None:
        self._time_is_up = self.loop.call_later(seconds, then)

    def _stop_the_clock(self) -> None:
        if self._time_is_up is not None:
            self._time_is_up.cancel()
            self._time_is_up = None


def protocol(pace: Pace, connections: Connections, hops: int) -> type[Protocol]:
    """The class of a service's connections: uvicorn makes them, and hands over nothing of ours."""
    return type("Protocol", (Protocol,), {"pace": pace, "connections_of_all": connections, "hops": hops})
