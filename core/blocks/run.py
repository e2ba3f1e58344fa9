"""The card of a run, what it says in its thread, and the lists of runs. Pure: data in, blocks out."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.blocks.parts import Blocks, actions, button, code, context, repo_link, section, sections
from core.figures import baselines, is_no_better, main_figure, read_figures
from core.store.releases import Release
from core.store.runs import Run
from core.words import bar, date, decimal, duration, escape, link, plural, shorten, size

Pictures = dict[str, tuple[str, str]]

STATE_WORDS = {
    "queued": "waiting",
    "starting": "starting",
    "running": "running",
    "succeeded": "finished",
    "failed": "failed",
    "cancelled": "cancelled",
    "lost": "lost",
}
MARKS = {
    "queued": ":hourglass_flowing_sand:",
    "starting": ":hourglass_flowing_sand:",
    "running": ":hourglass_flowing_sand:",
    "succeeded": ":white_check_mark:",
    "failed": ":x:",
    "cancelled": ":no_entry:",
    "lost": ":warning:",
}
RELEASE_WORDS = {
    "checking": "is being checked",
    "waiting": "waits for approval",
    "approved": "is approved",
    "publishing": "is being published",
    "published": "is published",
}
MOST_RELEASES = 3
# The chart that shows what came of the run; those drawn on the way are in it.
RESULTS = "results"
TOLD_IN_THREAD = ("started", "evaluated", "checkpoint", "warning")
BLAME = {
    "user": "The settings of this run are the reason.",
    "data": "The data is the reason.",
    "memory": "This machine's memory is the reason.",
    "hub": "The Hub is the reason.",
    "internal": "hugops itself is the reason; its log has the traceback.",
    "lost": "Nothing was started again by itself. Resume goes on from the last checkpoint.",
}

# From the last checkpoint the same settings and the same data would fail again.
FINAL = ("user", "data")


def build_card(run: Run, ahead: int, now: float, releases: Sequence[Release] = ()) -> tuple[str, Blocks, Pictures]:
    """The one message of a run as it stands: plain text, blocks, and the pictures they show.

    `releases` are what it was asked to become.
    """
    if run.state == "succeeded":
        lines = [*_finished(run), *_became(releases)]
    elif run.state in ("failed", "lost", "cancelled"):
        lines = _broken(run)
    else:
        lines = _at_work(run, ahead, now)
    pictures = _pictures(run)
    mark = ":warning:" if run.state == "succeeded" and is_no_better(run.metrics) else MARKS[run.state]
    blocks: Blocks = [section(f"{mark} *{run.id} · {_headline(run)}*"), *(section(line) for line in lines)]
    for name, (_path, alt) in pictures.items():
        blocks.append(
            {
                "type": "image",
                "block_id": f"{run.id}.{name}",
                "slack_file": {"id": f"@{name}"},
                "alt_text": alt[:2000],
            }
        )
    blocks.append(context(_small_print(run)))
    buttons = _buttons(run)
    if buttons:
        blocks.append(actions(f"{run.id}.actions", *buttons))
    return _plain(run), blocks, pictures


def build_shown(run: Run, now: float, card: str | None) -> tuple[str, Blocks]:
    """The run as it stands, without its pictures, and the way to its `card` where it has one."""
    text, blocks, _pictures = build_card(run, ahead=0, now=now)
    shown = [block for block in blocks if block["type"] != "image"]
    return text, [*shown, context(link(card, "its card"))] if card else shown


def build_note(event: dict[str, Any]) -> str:
    """What one event says in the run's thread."""
    if event["type"] == "started":
        step = event.get("resumed_from_step")
        return f"Attempt {event['attempt']} " + (f"goes on from step {step}." if step else "started.")
    if event["type"] == "evaluated":
        split = escape(str(event.get("split", "validation")))
        return f"Evaluated on {split}: {_metrics(event)}"
    if event["type"] == "checkpoint":
        return f"Checkpoint at step {event.get('step', '?')}."
    return f":warning: {escape(shorten(str(event.get('text', '')), 1000))}"


def build_ending(run: Run) -> str:
    """The last word in the thread; the only one that pings the person who asked."""
    person = f"<@{run.requested_by}>"
    if run.state == "succeeded":
        return (
            f"{person} {run.id} is done: {_metrics(run.metrics)}. Publish it with `/hf publish {run.id} to org/name`."
        )
    if run.state == "cancelled":
        return f"{run.id} was cancelled by <@{run.cancel_by}>." if run.cancel_by else f"{run.id} was cancelled."
    return f"{person} {run.id} {STATE_WORDS[run.state]}: {escape(shorten(_reason(run), 1500))}"


def build_runs(runs: Sequence[Run]) -> tuple[str, Blocks]:
    """A list of runs, newest first; an empty one teaches what to type."""
    if not runs:
        text = "No runs yet."
        return text, [
            section(
                "*No runs yet.* Three commands to begin with:\n"
                "• `/hf search sentiment` finds a base model\n"
                "• `/hf train org/base on org/dataset` shows a plan before it starts\n"
                "• `/hf help train` explains the rest"
            )
        ]
    lines = [
        f"{MARKS[run.state]} *{run.id}* {escape(run.title)} · {_state_line(run)} · <@{run.requested_by}> · "
        f"{date(run.created)}"
        for run in runs
    ]
    text = f"{plural(len(runs), 'run')}, newest first"
    return text, [
        section(f"*{text}*"),
        *sections(lines),
    ]


def build_logs(run: Run, events: Sequence[dict[str, Any]], tail: Sequence[str]) -> tuple[str, Blocks]:
    """The last events and log lines of a run."""
    told = [f"{event['at'][11:19]} {event['type']} {_brief(event)}" for event in events]
    blocks = [section(f"*{run.id} · last events* (times in UTC)\n" + code(told or ["none yet"]))]
    blocks.append(section("*last log lines*\n" + code(list(tail) or ["nothing was logged"])))
    return f"Logs of {run.id}", blocks


def metrics_line(metrics: Mapping[str, object]) -> str:
    """The main figure with its margin, and on how many rows it was measured."""
    main = main_figure(read_figures(metrics))
    if main is None or main.value is None:
        return "no metrics"
    rows = metrics.get("rows")
    return main.text() + (f" (test, {rows:,.0f} rows)" if isinstance(rows, int | float) and rows else "")


def _headline(run: Run) -> str:
    name = escape(run.title)
    if run.state == "succeeded":
        return f"{name} · {metrics_line(run.metrics)} · {_took(run)}"
    if run.state in ("failed", "lost", "cancelled"):
        return f"{name} · {STATE_WORDS[run.state]} after {_took(run)}"
    return f"Fine-tune {name}"


def _plain(run: Run) -> str:
    return f"{run.id} · {escape(run.title)} · {_state_line(run)}"


def _state_line(run: Run) -> str:
    if run.state == "succeeded":
        return metrics_line(run.metrics)
    if run.state == "running" and run.progress:
        progress = run.progress
        steps = f"step {progress.get('step')} of {progress.get('steps')}"
        return " · ".join(part for part in (steps, _best(run), _left(run)) if part)
    return STATE_WORDS[run.state]


def _at_work(run: Run, ahead: int, now: float) -> list[str]:
    if run.cancel_by:
        return [f"<@{run.cancel_by}> asked it to stop; waiting for the worker to say so."]
    if run.state == "queued":
        return [
            f"waits for a free slot; {ahead} {'run is' if ahead == 1 else 'runs are'} ahead of it"
            if ahead
            else "starts in a moment"
        ]
    progress = run.progress
    if "step" not in progress:
        return ["loading the model and the data"]
    step, steps = int(progress.get("step") or 0), max(1, int(progress.get("steps") or 1))
    facts = _losses(progress)
    if best := _best(run):
        facts.append(f"{best} best, at step {run.best.get('step')}")
    if progress.get("samples_per_second"):
        facts.append(f"{progress['samples_per_second']:.0f} samples/s")
    if progress.get("memory_bytes"):
        facts.append(size(int(progress["memory_bytes"])))
    epoch = f"epoch {float(progress.get('epoch') or 0):.1f} of {run.recipe['parameters']['epochs']:g}"
    left = _left(run)
    when = f" (about {date(now + float(progress['eta_seconds']), '{time}')} your time)" if left else ""
    place = [f"{bar(step / steps)} {100 * step // steps} %", f"step {step} of {steps}", epoch]
    return [" · ".join(place) + (f" · {left}{when}" if left else ""), " · ".join(facts) or "first steps"]


def _left(run: Run) -> str:
    """`4 min left`; empty before the first step tells anything."""
    seconds, step = run.progress.get("eta_seconds"), run.progress.get("step")
    return f"{duration(max(1, seconds))} left" if seconds is not None and step else ""


def _losses(progress: Mapping[str, object]) -> list[str]:
    """`loss 0.412 (was 0.447)`: now, and when it was last measured; nothing where there is no number."""
    loss, before = progress.get("loss"), progress.get("was")
    if not isinstance(loss, float):
        return []
    return [f"loss {loss:.3f}" + (f" (was {before:.3f})" if isinstance(before, float) else "")]


def _finished(run: Run) -> list[str]:
    shown = [figure.shown for figure in read_figures(run.metrics) if not figure.is_main and figure.value is not None]
    shown += baselines(run.metrics)
    lines = [" · ".join(shown)] if shown else []
    if is_no_better(run.metrics):
        lines.append("It is no better than always the same answer. Train longer, on more rows, or with another lr.")
    return lines


def _became(releases: Sequence[Release]) -> list[str]:
    """What people made of the model, one line a release, the newest first."""
    return [
        " ".join(
            part for part in (f"{release.id}:", escape(release.repo), release.version or "", _fate(release)) if part
        )
        for release in releases[:MOST_RELEASES]
    ]


def _fate(release: Release) -> str:
    why = f" · {escape(shorten(release.reason, 200))}" if release.reason else ""
    return RELEASE_WORDS.get(release.state, f"is {release.state}") + why


def _broken(run: Run) -> list[str]:
    if run.state == "cancelled":
        by = f"cancelled by <@{run.cancel_by}>" if run.cancel_by else "cancelled"
        return [" · ".join([by, *_reached(run)])]
    lines = [" · ".join(_reached(run)), escape(shorten(_reason(run), 1500)), BLAME.get(run.failure.get("kind", ""), "")]
    if run.failure.get("log"):
        lines.append(code([shorten(line, 300) for line in str(run.failure["log"]).splitlines()[-6:]]))
    return [line for line in lines if line]


def _reached(run: Run) -> list[str]:
    """How far an attempt came that ended early."""
    progress = run.progress
    parts = [f"at step {progress['step']} of {progress.get('steps')}"] if progress.get("step") else []
    if best := _best(run):
        parts.append(f"{best} best, at step {run.best.get('step')}")
    if "checkpoint" in progress and _may_resume(run):
        parts.append(f"Resume goes on from step {progress['checkpoint']}")
    return parts


def _reason(run: Run) -> str:
    return str(run.failure.get("reason") or "no reason was given")


def _small_print(run: Run) -> str:
    recipe, parameters = run.recipe, run.recipe["parameters"]
    parts = [
        f"<@{run.requested_by}>",
        run.executor,
        f"attempt {run.attempt}",
        f"lr {decimal(parameters['lr'])}",
        plural(parameters["epochs"], "epoch"),
        f"batch {parameters['batch']}",
        f"seed {parameters['seed']}",
        f"base {repo_link(recipe['base'])}",
        f"data {repo_link(recipe['dataset'])}",
    ]
    if run.metrics.get("model_bytes"):
        parts.append(f"model {size(int(run.metrics['model_bytes']))}")
    if run.schedule:
        parts.append(f"from S{run.schedule}")
    if run.muted:
        parts.append("muted")
    return " · ".join(parts)


def _pictures(run: Run) -> Pictures:
    """The charts; when it is done one holds all."""
    charts = {name: artifact for name, artifact in run.artifacts.items() if artifact.get("kind") == "chart"}
    shown = {RESULTS: charts[RESULTS]} if RESULTS in charts else charts
    return {name: (chart["path"], str(chart.get("alt") or f"{name} of {run.id}")) for name, chart in shown.items()}


def _buttons(run: Run) -> Blocks:
    logs = button("run.logs", "Logs", run.id)
    if run.is_open:
        ask = f"{run.id} stops. What it learned until its last checkpoint stays, and Resume goes on from there."
        cancel = [] if run.cancel_by else [button("run.cancel", "Cancel", run.id, "danger", ask)]
        return [logs, button("run.mute", "Unmute" if run.muted else "Mute", run.id), *cancel]
    change = button("train.change", "Train again with changes", run.id)
    if run.state != "succeeded":
        return [*([button("run.resume", "Resume", run.id, "primary")] if _may_resume(run) else []), change, logs]
    tried, compared = button("model.try", "Try", run.id), button("run.compare", "Compare", run.id)
    return [button("run.publish", "Publish", run.id, "primary"), tried, change, compared, logs]


def _may_resume(run: Run) -> bool:
    """Whether the same again may end otherwise."""
    return run.failure.get("kind") not in FINAL


def _metrics(source: Mapping[str, object]) -> str:
    """All figures in a sentence, and the loss, which every training has."""
    shown = [figure.shown for figure in read_figures(source) if figure.value is not None]
    metrics = source.get("metrics", source)
    loss = metrics.get("loss") if isinstance(metrics, Mapping) else None
    if isinstance(loss, float | int):
        shown.append(f"loss {loss:.3f}")
    return ", ".join(shown) or "no metrics"


def _best(run: Run) -> str:
    main = main_figure(read_figures(run.best))
    return main.shown if main and main.value is not None else ""


def _took(run: Run) -> str:
    """Of all attempts together."""
    seconds = run.spent + (run.ended - run.started if run.ended and run.started else 0.0)
    return duration(seconds) if seconds else "no time"


def _brief(event: dict[str, Any]) -> str:
    left_out = {"seq", "at", "attempt", "type", "traceback", "figures"}
    return shorten(" ".join(f"{key}={value}" for key, value in event.items() if key not in left_out), 160)
