"""Whether a SQLite file was written to: what decides whether there can be anything new in it, without reading it."""

import sqlite3
import urllib.parse


class Watch:
    """A connection that only looks. Safe to use from one thread at a time."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._connection: sqlite3.Connection | None = None

    def version(self) -> int | None:
        """A number that is another one after each commit of any other connection, of whichever process
        (https://www.sqlite.org/pragma.html#pragma_data_version). None where it cannot be told just now."""
        try:
            return int(self._open().execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:
            self.close()
            return None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            uri = f"file:{urllib.parse.quote(self._file)}?mode=rw"
            # It takes some microseconds and never waits: whoever asks does so between two answers.
            self._connection = sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None, check_same_thread=False)
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
