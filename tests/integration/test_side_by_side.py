"""Steps that several processes do at once: results in order, errors as they are, and processes that are ended."""

import multiprocessing
import os
import signal
import threading
import time
from functools import partial

import pytest
import sqlalchemy as sa

from dashboard.core import side_by_side
from dashboard.core.errors import DashboardError

LARGE = 64 * 1024 * 1024  # bytes: more than a pipe takes before somebody reads it


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a query of this module in two processes, with each of some values."""
    monkeypatch.setattr(side_by_side, "MOST", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    return partial(_run, f"sqlite:///{tmp_path / 'some.db'}")


def _run(database_url: str, query, every) -> list:
    engine = sa.create_engine(database_url)
    with side_by_side.spread(database_url, step=None) as spread, engine.connect() as connection:
        return list(spread.read(connection, query, [(value,) for value in every]))


def _later_first(db, number: int) -> tuple[int, int]:
    time.sleep(0.2 if number == 0 else 0)
    return db.scalar(sa.select(number * 10)), os.getpid()


def test_results_come_in_the_order_of_the_arguments_from_several_processes(run):
    results = run(_later_first, range(6))
    assert [number for number, _ in results] == [0, 10, 20, 30, 40, 50]
    processes = {process for _, process in results}
    assert len(processes) == 2
    assert os.getpid() not in processes


def _raise(db, error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    "error", [DashboardError("What is wrong.", "What to do."), KeyError("id"), sa.exc.NoResultFound("none")]
)
def test_an_error_comes_as_it_is_and_says_where_it_was_raised(run, error):
    with pytest.raises(type(error)) as raised:
        run(_raise, [error])
    assert (raised.value.args, vars(raised.value) | {"__notes__": None}) == (
        error.args,
        vars(error) | {"__notes__": None},
    )
    assert "in _raise" in raised.value.__notes__[0]


class _OfTwoError(Exception):
    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} {other}")


def _raise_of_two(db, _number: int) -> None:
    raise _OfTwoError("this", "that")


def _raise_with_a_lock(db, _number: int) -> None:
    raise ValueError("this that", threading.Lock())


@pytest.mark.parametrize("query", [_raise_of_two, _raise_with_a_lock])
def test_an_error_that_cannot_be_given_back_is_told_by_its_words(run, query):
    with pytest.raises(RuntimeError, match=r"(?s)in _raise_.*this that"):
        run(query, [0])


def _not_to_be_given(db, _number: int) -> object:
    return threading.Lock()


def test_what_cannot_be_given_back_is_an_error_that_says_so(run):
    with pytest.raises(TypeError, match="lock"):
        run(_not_to_be_given, [0])


def _end(db, number: int) -> int:
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_a_process_that_is_ended_at_work_is_told(run):
    with pytest.raises(DashboardError, match=r"^One of the processes that were at it was ended from outside"):
        run(_end, range(5))


def _end_within_the_result(db, _number: int) -> bytes:
    """A large result whose process is killed when a part of it is written: the rest is not read meanwhile, since who
    reads it is halted."""
    threading.Thread(target=_let_go_on_and_end, daemon=True).start()
    os.kill(os.getppid(), signal.SIGSTOP)
    return b"x" * LARGE


def _let_go_on_and_end() -> None:
    time.sleep(1)
    os.kill(os.getppid(), signal.SIGCONT)
    os.kill(os.getpid(), signal.SIGKILL)


def _expect_to_be_told(database_url: str) -> None:
    with pytest.raises(DashboardError, match="was ended from outside"):
        _run(database_url, _end_within_the_result, [0])


def test_a_process_that_is_ended_within_a_large_result_is_told(tmp_path):
    url = f"sqlite:///{tmp_path / 'some.db'}"
    command = multiprocessing.get_context("spawn").Process(target=_expect_to_be_told, args=(url,))
    command.start()
    command.join(30)
    if command.is_alive():
        command.kill()
    command.join()
    assert command.exitcode == 0


def _wait(db, seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def _interrupted(database_url: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        _run(database_url, _wait, [1.0] * 40)


def test_an_interrupt_ends_it_after_the_steps_that_are_at_work(tmp_path):
    url = f"sqlite:///{tmp_path / 'some.db'}"
    command = multiprocessing.get_context("spawn").Process(target=_interrupted, args=(url,))
    command.start()
    time.sleep(2)
    os.kill(command.pid, signal.SIGINT)
    command.join(10)
    assert command.exitcode == 0
