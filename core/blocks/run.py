"""The card of a run, what it says in its thread, and the lists of runs. Pure: data in, blocks out."""

from collections.abc import Mapping, Sequence

from core.blocks.help import LISTED_STEPS, first_steps
from core.blocks.parts import Blocks, actions, button, code, context, repo_link, section, sections
from core.figures import baselines, is_no_better, main_figure, read_figures
from core.store.releases import OPEN, Release
from core.store.runs import Run
from core.words import bar, count, date, decimal, duration, escape, link, plural, shorten, size

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
# What is left to do after the last step.
MEASURING = "all steps done, being measured"
# The chart that shows what came of the run; those drawn on the way are in it.
RESULTS = "results"
TOLD_IN_THREAD = ("started", "evaluated", "checkpoint", "warning")
BLAME = {
    "user": "The settings of this run are the reason.",
    "data": "The data is the reason.",
    "memory": "This machine's memory is the reason.",
    "hub": "The Hub is the reason.",
    "internal": "hugops itself is the reason. Try Resume; if it fails again, an admin finds the traceback in Logs.",
    "lost": "Nothing was started again by itself; Resume does it.",
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
    blocks: Blocks = [section(f"{mark(run)} *{run.id} · {headline(run)}*"), *(section(line) for line in lines)]
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
    buttons = _buttons(run, releases)
    if buttons:
        blocks.append(actions(f"{run.id}.actions", *buttons))
    return _plain(run), blocks, pictures


def build_shown(run: Run, now: float, card: str | None, releases: Sequence[Release] = ()) -> tuple[str, Blocks]:
    """The run as it stands, without its pictures, and the way to its `card` where it has one."""
    text, blocks, _pictures = build_card(run, ahead=0, now=now, releases=releases)
    shown = [block for block in blocks if block["type"] != "image"]
    return text, [*shown, context(link(card, "its card"))] if card else shown


def resumption(run: Run) -> str:
    """What another attempt does."""
    step = run.progress.get("checkpoint")
    return "begins again: there is no checkpoint yet" if step is None else f"goes on from step {step}"


def build_note(event: Mapping[str, object]) -> str:
    """What one event says in the run's thread."""
    step = event.get("step")
    if event["type"] == "started":
        resumed = event.get("resumed_from_step")
        return f"Attempt {event['attempt']} " + (f"goes on from step {resumed}." if resumed else "started.")
    if event["type"] == "evaluated":
        split = escape(str(event.get("split", "validation")))
        at = f" at step {step}" if isinstance(step, int) else ""
        return f"Evaluated on {split}{at}: {_metrics(event)}" + (", the best so far" if event.get("best") else "")
    if event["type"] == "checkpoint":
        return f"Checkpoint at step {step if isinstance(step, int) else '?'}."
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
    return f"{person} {run.id} {STATE_WORDS[run.state]}: {escape(shorten(reason(run), 1500))}"


def build_runs(runs: Sequence[Run]) -> tuple[str, Blocks]:
    """A list of runs, newest first; an empty one teaches what to type."""
    if not runs:
        text = "No runs yet."
        return text, [
            section(f"*{text}* Find a base model, then fine-tune it on your data: you see a plan before it starts."),
            first_steps(LISTED_STEPS),
        ]
    lines = [
        f"{mark(run)} *{run.id}* {escape(run.title)} · {_state_line(run)} · <@{run.requested_by}> · {date(run.created)}"
        for run in runs
    ]
    text = f"{plural(len(runs), 'run')}, newest first"
    return text, [
        section(f"*{text}*"),
        *sections(lines),
    ]


def mark(run: Run) -> str:
    """Its state as a sign; a model that learned nothing gets no tick."""
    return ":warning:" if run.state == "succeeded" and is_no_better(run.metrics) else MARKS[run.state]


def metrics_line(metrics: Mapping[str, object]) -> str:
    """The main figure with its margin, and on how many rows it was measured."""
    main = main_figure(read_figures(metrics))
    if main is None or main.value is None:
        return "no metrics"
    rows = metrics.get("rows")
    return main.text() + (f" (test, {rows:,.0f} rows)" if isinstance(rows, int | float) and rows else "")


def headline(run: Run) -> str:
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
    facts = [*_losses(progress), *_measured(run)]
    if progress.get("samples_per_second"):
        facts.append(f"{count(progress['samples_per_second'])} samples/s")
    if facts and progress.get("memory_bytes"):
        facts.append(f"{size(int(progress['memory_bytes']))} of memory (measured)")
    parameters = run.recipe["parameters"]
    of = "" if parameters.get("steps") else f" of {parameters['epochs']:g}"
    epoch = f"epoch {float(progress.get('epoch') or 0):.1f}{of}"
    left = _left(run)
    when = f" (about {date(now + float(progress['eta_seconds']), '{time}')} your time)" if left else ""
    place = [f"{bar(step / steps)} {100 * step // steps} %", f"step {step} of {steps}", epoch]
    place += [MEASURING] if step >= steps else []
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


def _measured(run: Run) -> list[str]:
    """What the model reached when it was last measured, and at its best where that was earlier."""
    last, best = run.progress.get("measured") or {}, _best(run)
    figure = main_figure(read_figures(last)) if last.get("step") != run.best.get("step") else None
    shown = [f"{figure.shown} at step {last.get('step')}"] if figure else []
    return [*shown, *([f"{best} best, at step {run.best.get('step')}"] if best else [])]


def _finished(run: Run) -> list[str]:
    shown = [figure.shown for figure in read_figures(run.metrics) if not figure.is_main and figure.value is not None]
    shown += baselines(run.metrics)
    lines = [" · ".join(shown)] if shown else []
    if is_no_better(run.metrics):
        lines.append(
            "It is not clearly better than always the same answer. Train longer, on more rows, or with another lr."
        )
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
    lines = [" · ".join(_reached(run)), escape(shorten(reason(run), 1500)), BLAME.get(run.failure.get("kind", ""), "")]
    if run.failure.get("log"):
        lines.append(code([shorten(line, 300) for line in str(run.failure["log"]).splitlines()[-6:]]))
    return [line for line in lines if line]


def _reached(run: Run) -> list[str]:
    """How far an attempt came that ended early."""
    progress = run.progress
    parts = [f"at step {progress['step']} of {progress.get('steps')}"] if progress.get("step") else []
    if best := _best(run):
        parts.append(f"{best} best, at step {run.best.get('step')}")
    if progress and _may_resume(run):
        parts.append(f"Resume {resumption(run)}")
    return parts


def reason(run: Run) -> str:
    return str(run.failure.get("reason") or "no reason was given")


def _small_print(run: Run) -> str:
    recipe, parameters = run.recipe, run.recipe["parameters"]
    parts = [
        f"<@{run.requested_by}>",
        run.executor,
        f"attempt {run.attempt}",
        f"lr {decimal(parameters['lr'])}",
        plural(parameters["steps"], "step") if parameters.get("steps") else plural(parameters["epochs"], "epoch"),
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


def _buttons(run: Run, releases: Sequence[Release]) -> Blocks:
    logs = button("run.logs", "Logs", run.id)
    if run.is_open:
        ask = f"{run.id} stops. If you press Resume later, it {resumption(run)}."
        cancel = [] if run.cancel_by else [button("run.cancel", "Cancel", run.id, "danger", ask)]
        return [logs, button("run.mute", "Unmute" if run.muted else "Mute", run.id), *cancel]
    change = button("train.change", "Train again with changes", run.id)
    if run.state != "succeeded":
        return [*([button("run.resume", "Resume", run.id, "primary")] if _may_resume(run) else []), change, logs]
    tried, compared = button("model.try", "Try", run.id), button("run.compare", "Compare", run.id)
    return [*_publishing(run, releases), tried, change, compared, logs]


def _publishing(run: Run, releases: Sequence[Release]) -> Blocks:
    """Publish, by what was asked for already; and the way to the newest request."""
    if not releases:
        return [button("run.publish", "Publish", run.id, "primary")]
    newest = releases[0]
    label = "Publish under another name" if newest.state in OPEN else "Publish again"
    return [button("model.details", f"Show {newest.id}", newest.id), button("run.publish", label, run.id)]


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
