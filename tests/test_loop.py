"""The loop of a background thread: the next round comes, whatever the last one did, and none after the end."""

import threading
from collections.abc import Callable, Iterator

import pytest

from jobs.loop import Loop

SECONDS = 10
NEVER = 3600.0


class Rounds:
    """Does one thing after the other, a round each; `over` is set when all are done."""

    def __init__(self, *acts: Callable[[], float]) -> None:
        self.acts = list(acts)
        self.over = threading.Event()
        self.loop = Loop("test", self.act, pause=0.0)

    def act(self) -> float:
        act = self.acts.pop(0)
        if not self.acts:
            self.over.set()
        return act()


@pytest.fixture
def loops() -> Iterator[list[Loop]]:
    """Stops those that a test started."""
    started: list[Loop] = []
    yield started
    for loop in started:
        loop.stop()


def stumble() -> float:
    raise KeyError("whatever")


def test_a_round_that_raises_is_followed_by_another(loops: list[Loop]) -> None:
    rounds = Rounds(stumble, stumble, lambda: NEVER)
    loops.append(rounds.loop)
    rounds.loop.start()
    assert rounds.over.wait(SECONDS)


def test_the_next_round_comes_when_it_is_due(loops: list[Loop]) -> None:
    rounds = Rounds(lambda: 0.0, lambda: 0.01, lambda: NEVER)
    loops.append(rounds.loop)
    rounds.loop.start()
    assert rounds.over.wait(SECONDS)


def test_a_wake_during_a_round_is_not_lost(loops: list[Loop]) -> None:
    def wake() -> float:
        rounds.loop.wake()
        return NEVER

    rounds = Rounds(wake, lambda: NEVER)
    loops.append(rounds.loop)
    rounds.loop.start()
    assert rounds.over.wait(SECONDS)


def test_a_stop_ends_the_wait_for_the_first_round() -> None:
    calls: list[str] = []

    def go_round() -> float:
        calls.append("round")
        return NEVER

    loop = Loop("test", go_round, pause=0.0, first=NEVER)
    loop.start()
    loop.stop()
    assert (calls, loop._thread.is_alive()) == ([], False)


def test_a_round_can_see_that_it_should_come_to_its_end() -> None:
    begun, seen = threading.Event(), threading.Event()

    def act() -> float:
        begun.set()
        while not loop.is_stopping:
            seen.wait(0.001)
        seen.set()
        return NEVER

    loop = Loop("test", act, pause=0.0)
    loop.start()
    assert begun.wait(SECONDS)
    loop.stop(SECONDS)
    assert (seen.is_set(), loop._thread.is_alive()) == (True, False)


def test_one_that_never_started_can_be_stopped() -> None:
    Loop("test", stumble, pause=0.0).stop()
