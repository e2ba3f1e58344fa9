"""The card of a run, what it says in its thread, and the lists of runs. Pure: data in, blocks out."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.blocks.parts import Blocks, actions, button, code, context, repo_link, section, sections
from core.figures import main_figure, read_figures
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


def build_card(run: Run, ahead: int, now: float) -> tuple[str, Blocks, Pictures]:
    """The one message of a run as it stands: plain text, blocks, and the pictures they show."""
    if run.state == "succeeded":
        lines, pictures = _finished(run), _pictures(run)
    elif run.state in ("failed", "lost", "cancelled"):
        lines, pictures = _broken(run), {}
    else:
        lines, pictures = _at_work(run, ahead, now), {}
    blocks: Blocks = [
        section(f"{MARKS[run.state]} *{run.id} · {_headline(run)}*"),
        *(section(line) for line in lines),
    ]
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
        left = f"{duration(progress.get('eta_seconds') or 0)} left"
        return " · ".join(part for part in (steps, _best(run), left) if part)
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
    if not run.progress:
        return ["loading the model and the data"]
    progress = run.progress
    step, steps = int(progress.get("step") or 0), max(1, int(progress.get("steps") or 1))
    eta = float(progress.get("eta_seconds") or 0)
    facts = [f"loss {progress['loss']:.3f}"] if isinstance(progress.get("loss"), float) else []
    if best := _best(run):
        facts.append(f"{best} best, at step {run.best.get('step')}")
    if progress.get("samples_per_second"):
        facts.append(f"{progress['samples_per_second']:.0f} samples/s")
    if progress.get("memory_bytes"):
        facts.append(size(int(progress["memory_bytes"])))
    epoch = f"epoch {float(progress.get('epoch') or 0):.1f} of {run.recipe['parameters']['epochs']:g}"
    left = f"{duration(eta)} left (about {date(now + eta, '{time}')} your time)"
    return [
        f"{bar(step / steps)} {100 * step // steps} % · step {step} of {steps} · {epoch} · {left}",
        " · ".join(facts) or "first steps",
    ]


def _finished(run: Run) -> list[str]:
    shown = [figure.shown for figure in read_figures(run.metrics) if not figure.is_main and figure.value is not None]
    majority = run.metrics.get("majority")
    if isinstance(majority, float):
        shown.append(f"majority class {majority:.3f}")
    return [" · ".join(shown)] if shown else []


def _broken(run: Run) -> list[str]:
    if run.state == "cancelled":
        return [f"cancelled by <@{run.cancel_by}>" if run.cancel_by else "cancelled"]
    lines = [escape(shorten(_reason(run), 1500)), BLAME.get(run.failure.get("kind", ""), "")]
    if run.failure.get("log"):
        lines.append(code([shorten(line, 300) for line in str(run.failure["log"]).splitlines()[-6:]]))
    return [line for line in lines if line]


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
    return {
        name: (artifact["path"], str(artifact.get("alt") or f"{name} of {run.id}"))
        for name, artifact in run.artifacts.items()
        if artifact.get("kind") == "chart"
    }


def _buttons(run: Run) -> Blocks:
    logs = button("run.logs", "Logs", run.id)
    if run.is_open:
        cancel = [] if run.cancel_by else [button("run.cancel", "Cancel", run.id, "danger")]
        return [*cancel, logs, button("run.mute", "Unmute" if run.muted else "Mute", run.id)]
    if run.state == "succeeded":
        return [button("run.publish", "Publish", run.id, "primary"), logs]
    return [logs] if run.failure.get("kind") in FINAL else [button("run.resume", "Resume", run.id, "primary"), logs]


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
    return duration(run.ended - run.started) if run.ended and run.started else "no time"


def _brief(event: dict[str, Any]) -> str:
    left_out = {"seq", "at", "attempt", "type", "traceback", "figures"}
    return shorten(" ".join(f"{key}={value}" for key, value in event.items() if key not in left_out), 160)
