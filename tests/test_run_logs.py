"""Logs of a run, as a person reads them: how it stands first, times on their clock, nothing that steers a terminal."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.blocks.run_logs import build_logs
from core.store.runs import Run
from jobs.executors.run_folder import LOG_FILE, log_tail
from world.core import Team, event

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    team = Team(tmp_path)
    return replace(team.start(), state="failed", failure={"reason": "The memory ran out.", "kind": "memory"})


def texts(run: Run, events: list[dict[str, Any]], tail: list[str]) -> list[str]:
    _, blocks = build_logs(run, events, tail, BERLIN)
    return [block.get("text", {}).get("text", "") or block["elements"][0]["text"] for block in blocks]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("\x1b[31mred\x1b[0m and \x1b[1;32mgreen\x1b[m", ["red and green"]),
        ("\x1b]0;title\x07text \x1b]8;;https://x.test\x1b\\link\x1b]8;;\x1b\\", ["text link"]),
        ("0%|  |\r50%|# |\r100%|##|\n", ["100%|##|"]),
        ("50%|# |\r100%|##|\r", ["100%|##|"]),
        ("one\r\ntwo\r\n", ["one", "two"]),
        ("\x1b[A\x1b[2K50%\x07\x08", ["50%"]),
        ("a\tb\n\n\n   \nc", ["a       b", "c"]),
        ("torn \xff\x1b[", ["torn \ufffd"]),
    ],
)
def test_a_log_reads_as_on_a_screen(tmp_path: Path, written: str, shown: list[str]) -> None:
    (tmp_path / LOG_FILE).write_bytes(written.encode("latin-1"))
    assert log_tail(tmp_path, 20) == shown


def test_a_progress_bar_takes_one_line_of_the_tail(tmp_path: Path) -> None:
    bar = "".join(f"\r{percent}%" for percent in range(101))
    (tmp_path / LOG_FILE).write_text(f"before\n{bar}\nafter\n")
    assert log_tail(tmp_path, 3) == ["before", "100%", "after"]


def test_what_happened_and_what_to_do_stand_before_everything_else(run: Run) -> None:
    first, *_, last = texts(run, [event(1, "started")], ["Traceback (most recent call last):", "MemoryError"])
    assert first.splitlines()[1] == "The memory ran out. This machine's memory is the reason."
    assert first.startswith(":x: *R1 · ")
    assert last == "*Last log lines*\n```Traceback (most recent call last):\nMemoryError```"


def test_milestones_are_told_in_sentences_on_the_readers_clock(run: Run) -> None:
    moments = [
        event(1, "started") | {"at": "2026-09-01T10:00:00+00:00"},
        event(2, "checkpoint", step=5) | {"at": "no time"},
        event(3, "failed", reason="a <b>") | {"at": "2026-09-01T10:00:05+00:00"},
    ]
    assert texts(run, moments, [])[1].splitlines() == [
        "*Milestones*",
        "<!date^1788256800^{date_short_pretty} {time_secs}|2026-09-01 10:00 UTC> Attempt 1 started.",
        "– Checkpoint at step 5.",
        "<!date^1788256805^{date_short_pretty} {time_secs}|2026-09-01 10:00 UTC> Failed: a &lt;b&gt;",
    ]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("2026-09-01T10:00:00+0000 ERROR x", "12:00:00 ERROR x"),
        ("2026-09-01T23:30:00-0500 ERROR x", "06:30:00 ERROR x"),
        ("ERROR 2026-09-01T10:00:00+0000", "ERROR 2026-09-01T10:00:00+0000"),
    ],
)
def test_moments_of_log_lines_are_on_the_readers_clock(run: Run, line: str, shown: str) -> None:
    assert texts(run, [], [line])[-1] == f"*Last log lines*\n```{shown}```"


def test_of_a_long_log_the_end_is_shown(run: Run) -> None:
    shown = texts(run, [], [f"{at} {'<' * 500}" for at in range(20)])[-1]
    assert "19 &lt;" in shown
    assert "\n0 &lt;" not in shown


def test_a_run_without_a_word_says_so(run: Run) -> None:
    assert texts(run, [], [])[1:] == ["*Milestones*\nIt has not begun yet.", "Its worker has logged nothing."]
