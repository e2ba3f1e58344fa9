"""Two models side by side: what one compares before choosing."""

from collections.abc import Callable
from datetime import UTC

from core.blocks.model import metric_value
from core.blocks.parts import Blocks, actions, button, context, section, table
from core.hub import Metric, Model, memory_needed
from core.words import count, escape, link, shorten, size

METRICS_SHOWN = 12
WIDTH = 30
SAFETY: dict[bool | None, str] = {True: " safetensors", False: " pickle only", None: ""}
ROWS: dict[str, Callable[[Model], str]] = {
    "task": lambda model: model.task or "–",
    "library": lambda model: model.library or "–",
    "licence": lambda model: model.license or "none given",
    "languages": lambda model: ", ".join(model.languages[:4]) or "–",
    "base model": lambda model: ", ".join(model.base_models[:1]) or "–",
    "parameters": lambda model: count(model.parameters_total) if model.parameters_total else "–",
    "weights": lambda model: f"{size(model.weight_bytes)}{SAFETY[model.safe]}" if model.weight_bytes else "none",
    "memory": lambda model: f"about {size(memory_needed(model.weight_bytes, None).inference)}",
    "downloads": lambda model: count(model.downloads),
    "likes": lambda model: count(model.likes),
    "updated": lambda model: f"{model.updated.astimezone(UTC):%Y-%m-%d}" if model.updated else "–",
    "gated": lambda model: "yes" if model.gated else "no",
}


def build_comparison(first: Model, second: Model, asked: str = "") -> tuple[str, Blocks]:
    """Text and blocks of two models in one table, with the metrics that both cards report on the same data.

    `asked` are their names with the revisions that were asked for, as the command has them.
    """
    rows = [("", shorten(first.id, WIDTH), shorten(second.id, WIDTH))]
    rows += [(name, shorten(say(first), WIDTH), shorten(say(second), WIDTH)) for name, say in ROWS.items()]
    blocks = [
        section(f"*{link(first.url, first.id)}* beside *{link(second.url, second.id)}*"),
        section(table(rows)),
        *_metrics(first, second),
        *(
            actions(f"hit:{place}:{model.id}", button("model.details", shorten(f"Details of {model.id}", 75), model.id))
            for place, model in enumerate((first, second))
        ),
        actions("comparison", button("compare.try", "Compare answers", asked or f"{first.id} {second.id}")),
    ]
    sizes = [f"{count(model.parameters_total)} parameters" for model in (first, second) if model.parameters_total]
    text = f"{first.id} beside {second.id}" + (f" · {' and '.join(sizes)}" if len(sizes) == 2 else "")
    return escape(shorten(text, 300)), blocks


def _metrics(first: Model, second: Model) -> Blocks:
    ours, theirs = _by_name(first), _by_name(second)
    shared = [name for name in ours if name in theirs]
    if not shared:
        return [context("Their cards report no metric on the same data.")]
    rows = [
        (
            shorten(f"{ours[name].name} on {ours[name].dataset}", 40),
            metric_value(ours[name].value),
            metric_value(theirs[name].value),
        )
        for name in shared[:METRICS_SHOWN]
    ]
    left = len(shared) - len(rows)
    more = f"\nand {left} more" if left else ""
    return [section(f"*Metrics in common, as their cards report them*\n{table(rows)}{more}")]


def _by_name(model: Model) -> dict[tuple[str, str, str], Metric]:
    return {(metric.task.lower(), metric.dataset.lower(), metric.name.lower()): metric for metric in model.metrics}
