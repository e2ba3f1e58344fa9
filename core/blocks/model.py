"""What is known of one model or dataset: enough to decide whether to use it."""

import re
from collections.abc import Sequence
from dataclasses import replace

from core.blocks.parts import Block, Blocks, actions, button, context, link_button, section, table
from core.blocks.tries import in_words
from core.hub import Commit, Dataset, File, Metric, Model, Repo, memory_needed
from core.store.releases import Release
from core.store.tries import Tally
from core.usability import Usability, usability
from core.words import count, date, escape, link, plural, rough_size, shorten, size

FILES_SHOWN = 10
LANGUAGES_SHOWN = 8
METRICS_SHOWN = 12
COMMITS_SHOWN = 5
RELEASES_SHOWN = 5
REPO = re.compile(r"[\w.-]+(/[\w.-]+)?")


def build_model(
    model: Model, commits: Sequence[Commit], releases: Sequence[Release] = (), tally: Tally | None = None
) -> tuple[str, Blocks]:
    """Text and blocks of a model's page; `releases` are those of ours, `tally` is what came of trying it here."""
    # The history of a gated model is for those who were let in, and every repo has a first commit.
    can = usability(replace(model.traits, readable=bool(commits) or not model.gated))
    blocks = [
        section(_headline(model)),
        context(_facts(model)),
        *_summary(model),
        _fields(_model_fields(model)),
        *[section(warning) for warning in _warnings(model)],
        *_metrics(model.metrics),
        section(_files(model.files)),
        *_releases(releases),
        *([context(in_words(tally).capitalize())] if tally and tally.tried else []),
        *_commits(commits),
        *([context(why)] if (why := _why_not(model, can)) else []),
        actions(f"model:{model.id}", *_model_buttons(model, can)),
    ]
    return _text(model, f"{count(model.parameters_total)} parameters" if model.parameters_total else ""), blocks


def build_dataset(dataset: Dataset, commits: Sequence[Commit]) -> tuple[str, Blocks]:
    """Text and blocks of a dataset's page."""
    fields = {
        "Tasks": ", ".join(dataset.tasks),
        "Rows": _rows(dataset),
        "Columns": ", ".join(f"{name} ({kind})" if kind else name for name, kind in dataset.columns[:12]),
        "Formats": ", ".join(dataset.formats),
        "Languages": ", ".join(dataset.languages[:8]),
        "Size": f"{size(dataset.total_bytes)} in {plural(len(dataset.files), 'file')}",
    }
    buttons = [
        *([] if dataset.gated and not commits else [button("dataset.look", "Look inside", dataset.id)]),
        button("model.watch", "Watch", dataset.id),
        link_button("model.open", "View on the Hub", dataset.url),
    ]
    blocks = [
        section(_headline(dataset)),
        context(_facts(dataset)),
        *_summary(dataset),
        _fields({name: escape(value) for name, value in fields.items()} | {"Papers": _papers(dataset)}),
        *[section(warning) for warning in _gated(dataset)],
        section(_files(dataset.files)),
        *_commits(commits),
        actions(f"model:{dataset.id}", *buttons),
    ]
    return _text(dataset, size(dataset.total_bytes)), blocks


def _rows(dataset: Dataset) -> str:
    """Each split with its rows; the card's category where it does not tell them."""
    if dataset.splits:
        return ", ".join(f"{name} {rows:,}" for name, rows in dataset.splits[:8])
    return ", ".join(dataset.sizes)


def _papers(repo: Repo) -> str:
    numbers = [tag.removeprefix("arxiv:") for tag in repo.tags if tag.startswith("arxiv:")]
    return ", ".join(link(f"https://arxiv.org/abs/{number}", f"arXiv {number}") for number in numbers[:3])


def _repos(names: Sequence[str], page: str) -> str:
    """Names of repos as links, as long as what they are about is no folder or address of the author's own."""
    return ", ".join(link(f"{page}{name}", name) if REPO.fullmatch(name) else escape(name) for name in names)


def _headline(repo: Repo) -> str:
    parts = [repo.task or "", repo.library or "", repo.license or "no licence given"]
    return f"*{link(repo.url, repo.id)}* · " + " · ".join(escape(part) for part in parts if part)


def _text(repo: Repo, extent: str) -> str:
    parts = [repo.id, repo.task or "", extent, repo.license or "no licence given"]
    return escape(shorten(" · ".join(part for part in parts if part), 300))


def _facts(repo: Repo) -> str:
    parts = [
        "dataset" if isinstance(repo, Dataset) else "",
        "*private*" if repo.private else "",
        "*gated*" if repo.gated else "",
        plural(repo.downloads, "download"),
        plural(repo.likes, "like"),
        f"updated {date(repo.updated, '{date_short_pretty}')}" if repo.updated else "",
        f"commit `{escape(repo.sha[:7])}`",
    ]
    return " · ".join(part for part in parts if part)


def _summary(repo: Repo) -> Blocks:
    if repo.summary:
        return [{"type": "section", "text": {"type": "plain_text", "text": shorten(repo.summary, 400)}}]
    return [context("Its card has no description.")]


def _model_fields(model: Model) -> dict[str, str]:
    memory = memory_needed(model.weight_bytes, model.parameters_total)
    tune = f"\nabout {rough_size(memory.full_fine_tune)} for a full fine-tune" if memory.full_fine_tune else ""
    tune += f"\nabout {rough_size(memory.lora_fine_tune)} for a LoRA fine-tune" if memory.lora_fine_tune else ""
    endpoint = model.url.removesuffix(model.id)
    weights = {True: " (safetensors)", False: " (pickle only)", None: ""}[model.safe]
    languages = ", ".join(model.languages[:LANGUAGES_SHOWN]) + (" …" if len(model.languages) > LANGUAGES_SHOWN else "")
    return {
        "Parameters": _parameters(model),
        "Memory": f"about {size(memory.inference)} to answer{tune}" if memory.inference else "",
        "Weights": f"{size(model.weight_bytes)}{weights}" if model.weight_bytes else "none in this repo",
        "Architecture": escape(", ".join(model.architectures[:2]) or model.model_type or ""),
        "Base model": _repos(model.base_models[:3], endpoint),
        "Trained on": _repos(model.datasets[:4], f"{endpoint}datasets/"),
        "Languages": escape(languages),
        "Security": _security(model),
        "Papers": _papers(model),
    }


def _security(model: Model) -> str:
    if model.flagged:
        named = [f"{escape(shorten(path, 60))} ({escape(level)})" for path, level in model.flagged[:3]]
        left = len(model.flagged) - len(named)
        return ", ".join(named) + (f" and {left} more" if left else "")
    return {True: "scanned by the Hub, nothing found", False: "not scanned by the Hub yet", None: ""}[model.scanned]


def _parameters(model: Model) -> str:
    if not model.parameters_total:
        return ""
    kinds = sorted((model.parameters or {}).items(), key=lambda kind: -kind[1])
    if not kinds:
        return count(model.parameters_total)
    by_type = ", ".join(f"{escape(dtype)} {count(number)}" for dtype, number in kinds[:4])
    return f"{count(model.parameters_total)} ({by_type})"


def _warnings(model: Model) -> list[str]:
    warnings = _gated(model)
    if model.safe is False:
        warnings.append(
            "Its weights are pickle files, which can run code when they are opened, so I do not load them. "
            "Ask its owners for safetensors."
        )
    if any(level == "unsafe" for _, level in model.flagged):
        warnings.append("The Hub found files in it that can do harm when they are opened; see Security above.")
    if model.needs_code:
        warnings.append("It needs Python code from its own repo, which I never run. Look for a model without.")
    return [f":warning: {warning}" for warning in warnings[:1]] + warnings[1:]


def _gated(repo: Repo) -> list[str]:
    if not repo.gated:
        return []
    return [f"Its terms have to be accepted before its files can be read: {link(repo.url, 'ask for access')}."]


def _why_not(model: Model, can: Usability) -> str:
    """What cannot be done with it, where no warning above says so already."""
    return "" if model.safe is False or model.needs_code else can.reason


def _model_buttons(model: Model, can: Usability) -> Blocks:
    return [
        *([] if can.no_try else [button("model.try", "Try", model.id)]),
        *([] if can.no_tune else [button("model.tune", "Fine-tune", model.id)]),
        button("model.watch", "Watch", model.id),
        button("model.compare", "Compare", model.id),
        link_button("model.open", "View on the Hub", model.url),
    ]


def _files(files: Sequence[File]) -> str:
    if not files:
        return "*Files* none"
    largest = sorted(files, key=lambda file: (-file.size, file.path))[:FILES_SHOWN]
    rows = [(size(file.size), shorten(file.path, 80)) for file in largest]
    left = len(files) - len(largest)
    more = f"\nand {left} smaller" if left else ""
    return f"*Files* {len(files)}, {size(sum(file.size for file in files))}\n{table(rows)}{more}"


def _metrics(metrics: Sequence[Metric]) -> Blocks:
    if not metrics:
        return []
    rows = [
        (
            shorten(metric.name, 24),
            metric_value(metric.value),
            shorten(metric.dataset, 30),
            shorten(metric.task, 30),
        )
        for metric in metrics[:METRICS_SHOWN]
    ]
    left = len(metrics) - len(rows)
    more = f"\nand {left} more" if left else ""
    return [section(f"*Metrics, as its card reports them*\n{table(rows)}{more}")]


def metric_value(value: float | str) -> str:
    """A metric in a table's cell."""
    if isinstance(value, str):
        return shorten(value, 16)
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _releases(releases: Sequence[Release]) -> Blocks:
    if not releases:
        return []
    lines = [
        f"`{release.id}` {escape(release.version or '')} from `R{release.run}` · asked by <@{release.requested_by}>"
        + (f" · approved by {', '.join(f'<@{user}>' for user in release.approved_by)}" if release.approved_by else "")
        + (f" · {date(release.decided)}" if release.decided else "")
        for release in releases[:RELEASES_SHOWN]
    ]
    return [section("*Our releases of it*\n" + "\n".join(lines))]


def _commits(commits: Sequence[Commit]) -> Blocks:
    if not commits:
        return []
    lines = [
        f"`{escape(commit.sha[:7])}` {escape(shorten(commit.title, 80))} · {escape(commit.author)}, {date(commit.date)}"
        for commit in commits[:COMMITS_SHOWN]
    ]
    return [section("*Last commits*\n" + "\n".join(lines))]


def _fields(named: dict[str, str]) -> Block:
    fields = [{"type": "mrkdwn", "text": f"*{name}*\n{value}"[:2000]} for name, value in named.items() if value]
    return {"type": "section", "fields": fields[:10]}
