"""Cards: every one, in every state, is one that Slack takes, and no text of anybody pings or links."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from core.blocks import compare_form, forms, home, plan, publish_form, push, release, run, run_logs, schedule, try_form
from core.hub import Change, Commit, Push, RemoteFile
from core.recipe import Splits
from core.store.releases import Finding, Release
from core.store.runs import Run
from core.store.schedules import Schedule
from core.store.watches import Watch
from core.tasks import TASKS
from sandbox.workspace.rules.messages import check_message_blocks
from sandbox.workspace.rules.views import check_view
from world.core import ANA, BO, DEE, EVE, PING, build_plan, event

NOW = 1_790_000_000.0
LONG = PING + " long" * 2000
METRICS = {"accuracy": 0.812, "accuracy_margin": 0.023, "f1": 0.8, "rows": 1066, "majority": 0.5, "model_bytes": 87e6}
PROGRESS = {"step": 310, "steps": 534, "epoch": 1.7, "loss": 0.412, "eta_seconds": 240, "samples_per_second": 46.2}
CHART = {"kind": "chart", "path": "/nowhere/curve.png", "alt": "loss by step, " * 200}


def a_run(state: str, **changes: Any) -> Run:
    recipe = build_plan().recipe().model_dump(mode="json")
    recipe["base"] = {"repo": PING, "revision": PING, "url": f"https://hub.test/{PING}|x"}
    recipe["dataset"] = {"repo": PING, "revision": PING, "url": None}
    given = Run(
        number=12,
        state=state,
        title=PING,
        recipe=recipe,
        requested_by=ANA,
        channel="C1",
        executor="local",
        attempt=1,
        created=NOW,
        started=NOW,
        ended=NOW + 720,
        read_to=0,
        last_seq=0,
        cancel_by=None,
        muted=False,
        schedule=None,
        data={},
        progress={},
        best={},
        metrics={},
        failure={},
        artifacts={},
    )
    return replace(given, **changes)


def a_release(state: str, **changes: Any) -> Release:
    given = Release(
        number=3,
        state=state,
        run=12,
        repo="acme/router",
        public=True,
        requested_by=ANA,
        requested_in="C1",
        created=NOW,
        decided=NOW + 60,
        reason=LONG,
        pull_request=4,
        head="a" * 40,
        files=tuple(RemoteFile(f"{PING}{at}.safetensors", 9_000_000, "b" * 40) for at in range(20)),
        commit_sha="c" * 40,
        version="v3",
        problem=None,
        votes={BO: "approve", DEE: "approve"},
    )
    return replace(given, **changes)


def a_push(**changes: Any) -> Push:
    commits = tuple(Commit("d" * 40, LONG, PING, datetime(2026, 9, 21, tzinfo=UTC)) for _ in range(20))
    files = tuple(Change(f"{PING}/{at}.safetensors", "changed", 5_000_000) for at in range(30))
    return replace(Push("model", "acme/foo", "e" * 40, "d" * 40, commits, files, True, False), **changes)


def a_schedule(state: str = "active", number: int = 4) -> Schedule:
    body = build_plan(title=PING).body()
    return Schedule(number, state, body, ANA, "C1", "Europe/Berlin", None, "0 8 * * *", PING, NOW, NOW)


RUNS = [
    *(a_run(state) for state in run.STATE_WORDS),
    *(a_run(state, cancel_by=BO, muted=True, schedule=4) for state in run.STATE_WORDS),
    a_run("running", progress=PROGRESS, best={"metrics": {"accuracy": 0.8}, "step": 267}),
    a_run("running", progress={"step": None, "steps": 0, "epoch": None, "loss": None, "eta_seconds": None}),
    a_run("succeeded", metrics=METRICS, artifacts={"curve": CHART, "confusion": {**CHART, "alt": ""}, "model": {}}),
    a_run("succeeded", metrics={"accuracy": None, "accuracy_margin": None}),
    a_run("failed", failure={"reason": LONG, "kind": "memory", "log": "```" + f"{LONG}\n" * 90}),
    a_run("lost", failure={"reason": "", "kind": "unheard of"}, started=None, ended=None),
]
FINDINGS = tuple(Finding(PING, outcome, LONG, PING) for outcome in ("passed", "warning", "blocking") for _ in range(5))
RELEASES = [
    *(a_release(state) for state in release.STATE_WORDS),
    *(a_release(state, problem=LONG, version=None, votes={}) for state in release.STATE_WORDS),
    a_release("checking", pull_request=None, head=None, files=(), votes={}, decided=None, reason=None),
    a_release("rejected", votes={BO: "approve", DEE: "reject"}),
    *(a_release(state, findings=FINDINGS, problem=LONG) for state in ("waiting", "blocked")),
]
PLANS = [
    replace(build_plan(), id="0123456789ab", title=PING),
    replace(
        build_plan(title=PING, command=LONG, words=LONG, cron="0 8 * * *"),
        id="0123456789ab",
        labels=[f"{PING} {at}" for at in range(200)],
        problems=[LONG[:400]] * 20,
        measured=True,
        splits=Splits(validation="dev", test="test"),
        columns={"text": PING, "label": LONG[:500]},
    ),
]
MANY = 300


WATCHES = [Watch(1, "C1", PING, "author", ANA, NOW, muted, ended) for muted in (True, False) for ended in (None, NOW)]


def watches(count: int) -> list[Watch]:
    return [Watch(at, "C1", f"acme/{'x' * 90}", "model", EVE, NOW) for at in range(count)]


MESSAGES: dict[str, Callable[[], list[tuple[str, list[dict[str, Any]]]]]] = {
    "runs": lambda: [run.build_card(each, ahead, NOW)[:2] for each in RUNS for ahead in (0, 1, 2)],
    "lists of runs": lambda: [run.build_runs(found) for found in ([], RUNS[:1], RUNS[:15])],
    "logs": lambda: [
        run_logs.build_logs(RUNS[0], [], [], UTC),
        run_logs.build_logs(RUNS[0], [event(at, "warning", text=LONG) for at in range(12)], [LONG, "```"] * 10, UTC),
    ],
    "plans": lambda: [plan.build_plan(each, times) for each in PLANS for times in ("", " · next: Mon 08:00")],
    "approvals": lambda: [
        release.build_approval(each, RUNS[0], 2, f"@ml-leads, {PING}", "https://hub.test/acme/router")
        for each in RELEASES
    ],
    "announcements": lambda: [
        release.build_announcement(each, done, "https://hub.test/acme/router")
        for each in RELEASES
        for done in (RUNS[0], a_run("succeeded", metrics=METRICS))
    ],
    "lists of releases": lambda: [
        release.build_releases(found, "https://hub.test") for found in ([], RELEASES[:1], RELEASES[:15])
    ],
    "schedules": lambda: [
        schedule.build_schedule(a_schedule(state), times) for state in schedule.MARKS for times in ([], [NOW] * 3)
    ],
    "lists of schedules": lambda: [
        schedule.build_schedules([(a_schedule(number=at), [NOW] * 3) for at in range(count)]) for count in (0, 1, MANY)
    ],
    "pushes": lambda: [
        push.build_push(each, "https://hub.test/acme/foo")
        for each in (a_push(), a_push(commits=(), kind="dataset"), a_push(card_only=True, files=a_push().files[:1]))
    ],
    "watches": lambda: [push.build_watch(each) for each in WATCHES],
    "lists of watches": lambda: [push.build_watching(watches(count)) for count in (0, 1, MANY)],
}
VIEWS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "try": lambda: [
        try_form.build_try_form(filled, "{}", known)
        for known in ("", *TASKS)
        for filled in (
            try_form.TryFields(),
            try_form.TryFields(PING, LONG, "fill-mask", {"labels": LONG, "dtype": PING}, try_form.along((LONG, PING))),
            try_form.TryFields(LONG, tasks=("image-classification",)),
        )
    ],
    "fine-tune": lambda: [
        forms.build_tune_form(filled, "{}", PING, PING)
        for filled in ({}, {"base": PING, "lr": LONG}, {"base": LONG, "dataset": PING, "text": LONG, "at": LONG})
    ],
    "compare": lambda: [
        compare_form.build_compare_form(filled, "{}")
        for filled in ({}, {"model": "a/b", "other": PING, "inputs": LONG, "dataset": "a/b", "rows": LONG})
    ],
    "watch": lambda: [forms.build_watch_form(filled, "{}") for filled in ({}, {"target": PING})],
    "tokenize": lambda: [
        forms.build_tokenize_form(filled, "{}") for filled in ({}, {"model": PING, "other": LONG, "text": LONG})
    ],
    "reject": lambda: [release.build_reject_form(each) for each in RELEASES],
    "publish": lambda: [
        publish_form.build_publish_form(each, owners, {"owner": owners[-1] if owners else ""}, problem)
        for each in RUNS
        for owners, problem in (
            ((), ""),
            ((), PING),
            (("acme", "bot"), ""),
            (tuple("x" * 96 + str(at) for at in range(MANY)), ""),
        )
    ],
    "home": lambda: [
        {"type": "home", "blocks": home.build_home(content)}
        for user in (ANA, BO)
        for content in (
            home.Overview(user, "https://hub.test", 2),
            home.Overview(
                user,
                "https://hub.test",
                2,
                [
                    home.Pending(a_release("waiting", number=at), RUNS[0], ("v1", RUNS[-4]), "https://slack.test/p1")
                    for at in range(MANY)
                ],
                RUNS,
                [(a_schedule(state, at), [NOW] * 3) for at in range(9) for state in ("active", "paused")],
                watches(MANY),
                RELEASES,
                {RUNS[0].id: "https://slack.test/p2"},
            ),
        )
    ],
}


def harmless(shown: object) -> bool:
    """Neither the ping of a channel nor that of a person who only stands in somebody's text."""
    text = json.dumps(shown, ensure_ascii=False)
    return "<!channel>" not in text and f"<@{EVE}> " not in text and "&lt;!channel&gt;" in text


@pytest.mark.parametrize("kind", MESSAGES)
def test_slack_takes_every_message_in_every_state(kind: str) -> None:
    for text, blocks in MESSAGES[kind]():
        check_message_blocks(blocks, lambda _file: True)
        assert 0 < len(text) <= 4000
        assert "\n" not in text


@pytest.mark.parametrize("kind", VIEWS)
def test_slack_takes_every_form_and_the_home(kind: str) -> None:
    for view in VIEWS[kind]():
        check_view(view, view["type"], lambda _file: True)


TEXTS: dict[str, list[object]] = {
    "run": [run.build_card(each, 0, NOW)[:2] for each in RUNS],
    "runs": [run.build_runs(RUNS[:3])],
    "logs": [run_logs.build_logs(RUNS[0], [event(1, "warning", text=PING)], [PING], UTC)],
    "plan": [plan.build_plan(each) for each in PLANS],
    "rejection": [release.build_approval(a_release("rejected"), RUNS[0], 1, "@ml", "https://hub.test/a/b")],
    "announcement": [release.build_announcement(RELEASES[0], RUNS[0], "https://hub.test/a/b")],
    "schedule": [schedule.build_schedule(a_schedule(), [NOW])],
    "push": [push.build_push(a_push(), "https://hub.test/a/b")],
    "watch": [push.build_watch(each) for each in WATCHES],
    "thread": [
        run.build_note(event(1, "warning", text=PING)),
        run.build_note(event(1, "evaluated", split=PING)),
        run.build_ending(a_run("failed", failure={"reason": PING})),
        release.build_told(a_release("rejected", reason=PING), "https://hub.test/a/b"),
        release.build_told(a_release("blocked", problem=PING), "https://hub.test/a/b"),
        release.build_told(a_release("void", problem=PING), "https://hub.test/a/b"),
        release.build_told(a_release("blocked", findings=FINDINGS, problem=PING), "https://hub.test/a/b"),
    ],
    "forms": [
        try_form.build_try_form(try_form.TryFields(along=try_form.along((PING,))), "{}"),
        forms.build_tune_form({}, "{}", PING),
        publish_form.build_publish_form(RUNS[0], (), {}, PING),
    ],
}


@pytest.mark.parametrize("kind", TEXTS)
def test_what_people_and_files_say_is_shown_and_never_obeyed(kind: str) -> None:
    assert [shown for shown in TEXTS[kind] if not harmless(shown)] == []


def test_the_headline_says_what_a_phone_needs() -> None:
    working = a_run("running", title="minilm on reviews", progress=PROGRESS, best={"metrics": {"accuracy": 0.803}})
    done = a_run("succeeded", title="minilm on reviews", metrics=METRICS)
    assert [run.build_card(each, 0, NOW)[0] for each in (working, done)] == [
        "R12 · minilm on reviews · step 310 of 534 · accuracy 0.803 · 4 min left",
        "R12 · minilm on reviews · accuracy 0.812 ± 0.023 (test, 1,066 rows)",
    ]


def test_figures_are_shown_as_the_worker_tells_them() -> None:
    f1 = {"name": "f1", "words": "F1", "value": 0.873, "margin": 0.012, "is_main": True, "higher_is_better": True}
    recall = {"name": "recall", "words": "recall", "value": 0.9}
    best = {"figures": [{**f1, "margin": None}], "metrics": {"accuracy": 0.99}, "step": 267}
    working = a_run("running", title="orders", progress=PROGRESS, best=best)
    done = a_run("succeeded", title="orders", metrics={"accuracy": 0.99, "rows": 400, "figures": [f1, recall]})
    text, blocks, _ = run.build_card(done, 0, NOW)
    assert text == "R12 · orders · F1 0.873 ± 0.012 (test, 400 rows)"
    assert blocks[1]["text"]["text"] == "recall 0.900"
    assert "F1 0.873 best, at step 267" in str(run.build_card(working, 0, NOW)[1])
    noted = event(1, "evaluated", split="validation", metrics={"accuracy": 0.99, "loss": 0.4}, figures=[f1, recall, {}])
    assert run.build_note(noted) == "Evaluated on validation: F1 0.873, recall 0.900, loss 0.400"


def test_the_buttons_of_a_run_are_those_that_its_state_allows() -> None:
    shown = {
        each.state + (" stopping" if each.cancel_by and each.is_open else ""): [
            element["action_id"] for element in run.build_card(each, 0, NOW)[1][-1].get("elements", [])
        ]
        for each in [*(a_run(state) for state in run.STATE_WORDS), a_run("running", cancel_by=BO)]
    }
    steer, again = ["run.logs", "run.mute", "run.cancel"], ["run.resume", "train.change", "run.logs"]
    assert shown == {
        "queued": steer,
        "starting": steer,
        "running": steer,
        "running stopping": ["run.logs", "run.mute"],
        "succeeded": ["run.publish", "model.try", "train.change", "run.compare", "run.logs"],
        "failed": again,
        "cancelled": again,
        "lost": again,
    }


@pytest.mark.parametrize(
    ("kind", "offered"),
    [("user", False), ("data", False), ("memory", True), ("hub", True), ("internal", True), ("lost", True)],
)
def test_resume_is_offered_where_it_can_help(kind: str, offered: bool) -> None:
    failed = a_run("failed", failure={"reason": "why", "kind": kind})
    shown = [element["action_id"] for element in run.build_card(failed, 0, NOW)[1][-1]["elements"]]
    assert shown == [*(["run.resume"] if offered else []), "train.change", "run.logs"]


def test_pictures_have_their_figures_as_text() -> None:
    done = a_run("succeeded", metrics=METRICS, artifacts={"curve": {**CHART, "alt": "loss fell from 0.69 to 0.41"}})
    _, blocks, pictures = run.build_card(done, 0, NOW)
    assert pictures == {"curve": ("/nowhere/curve.png", "loss fell from 0.69 to 0.41")}
    assert [block["alt_text"] for block in blocks if block["type"] == "image"] == ["loss fell from 0.69 to 0.41"]


def test_a_long_list_says_how_much_more_there_is() -> None:
    listed = schedule.build_schedules([(a_schedule(number=at), []) for at in range(MANY)])[1][-1]
    watched = push.build_watching(watches(MANY))[1][-1]
    assert listed["text"]["text"] == "and 280 more, later than these"
    assert watched["elements"][0]["text"].startswith("and 277 more: ")


def test_the_time_of_a_schedule_is_said_in_its_zone_by_name() -> None:
    times = [datetime(2026, month, 30, 8, tzinfo=UTC).timestamp() for month in (9, 11)]
    assert schedule.say_times(times, "Europe/Berlin") == "Wed 30 Sep 2026 10:00, Mon 30 Nov 2026 09:00 (Europe/Berlin)"


@pytest.mark.parametrize(
    ("splits", "told"),
    [
        (Splits(), " (validation and test split off from train, 10% each)"),
        (Splits(validation="dev"), " (test split off from train, 10%)"),
        (Splits(test="test"), " (validation split off from train, 10%)"),
        (Splits(validation="dev", test="test"), ""),
    ],
    ids=["both", "test", "validation", "none"],
)
def test_a_plan_says_once_which_parts_are_held_back(splits: Splits, told: str) -> None:
    shown = build_plan()
    rows = ", ".join(f"{part} {count:,}" for part, count in shown.rows.items())
    _, blocks = plan.build_plan(replace(shown, splits=splits))
    assert blocks[0]["text"]["text"].splitlines()[1] == f"rows: {rows}{told}"
