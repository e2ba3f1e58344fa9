"""The plan of a fine-tune, as it is shown before anybody presses Start."""

from core.blocks.parts import Blocks, actions, button, context, repo_link, section
from core.plans import Plan
from core.words import count, decimal, duration, escape, rough_size

SHOWN_LABELS, SHOWN_PROBLEMS = 12, 8


def build_plan(plan: Plan, next_times: str = "") -> tuple[str, Blocks]:
    """What on what, rows, steps, time, memory, problems; Start and Cancel carry the plan's id."""
    extent = f"{plan.steps:,} {'step' if plan.steps == 1 else 'steps'}"
    text = f"Plan · Fine-tune {escape(plan.title)} · {extent} · about {duration(plan.seconds)}"
    base, data = repo_link(plan.base.model_dump()), repo_link(plan.dataset.model_dump())
    rows = ", ".join(f"{part} {rows:,}" for part, rows in plan.rows.items())
    made = plan.splits.missing
    share = f"{plan.parameters.test_size:.0%}{' each' if len(made) > 1 else ''}"
    split = f" ({' and '.join(made)} split off from train, {share})" if made else ""
    # A picture has no length in tokens.
    hidden = set() if plan.is_text else {"max_length"}
    chosen = {key: value for key, value in plan.parameters.shown().items() if key not in hidden}
    parameters = " · ".join(f"{key} {_value(value)}" for key, value in chosen.items())
    source = "measured on an earlier run" if plan.measured else "estimated"
    memory = f"about {rough_size(plan.memory)} of memory"
    cost = f"about {duration(plan.seconds)} on this machine ({source}) · {memory} · no cost"
    read = ", ".join(f"{role.removeprefix('text_')} from `{escape(name)}`" for role, name in plan.columns.items())
    aim = f", to {plan.aim}" if plan.aim else ""
    lines = [
        f"*Fine-tune* {base} *on* {data} for {plan.task}{aim}",
        f"rows: {rows}{split}",
        f"{read}: {escape(plan.spread) or f'{_labels(plan)} to train on'}",
        f"{extent} · {cost}",
    ]
    instead = f" · in place of what {plan.request.changes} does now" if plan.request.changes else ""
    if plan.request.words:
        lines.append(f":hourglass_flowing_sand: {escape(plan.request.words)}{next_times}{instead}")
    blocks: Blocks = [section("\n".join(lines))]
    if plan.problems:
        blocks.append(section("\n".join(f":warning: {escape(problem)}" for problem in plan.problems[:SHOWN_PROBLEMS])))
    blocks.append(context(f"{parameters}{f' · chosen: {plan.fitted}' if plan.fitted else ''}"))
    start = button("run.start", "Schedule" if plan.request.is_scheduled else "Start", plan.id, "primary")
    change = button("train.change", "Change", plan.id)
    blocks.append(actions("plan.actions", start, change, button("plan.cancel", "Cancel", plan.id)))
    blocks.append(context(f"`/hf {escape(plan.request.command)}`"))
    return text, blocks


def _labels(plan: Plan) -> str:
    labels = ", ".join(f"{escape(label)} {count(plan.counts.get(label, 0))}" for label in plan.labels[:SHOWN_LABELS])
    return labels + (f" and {len(plan.labels) - SHOWN_LABELS} more" if len(plan.labels) > SHOWN_LABELS else "")


def _value(value: object) -> str:
    return decimal(value) if isinstance(value, float) else str(value)
