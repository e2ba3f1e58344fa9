"""The README.md of a trained model: what it is, how good, and how to make it again."""

import json

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from core.commands.writing import word
from core.recipe import column_keys, pipeline_of
from jobs.training.columns import left_out
from jobs.training.facts import Facts, versions
from jobs.training.tasks import CardTable

_CURVE_ROWS = 20


def base_license(card: str | None) -> str | None:
    """The license that the base's card declares, if it has a card and says so."""
    declared = ModelCard(card, ignore_metadata_errors=True).data.get("license") if card else None
    return declared if isinstance(declared, str) else None


def build_card(facts: Facts, license_id: str | None) -> str:
    """The whole card, front matter included."""
    parts = [_introduction(facts), _results(facts), _curve(facts), _data(facts), _use(facts), _recipe(facts)]
    return f"---\n{_front_matter(facts, license_id).to_yaml()}\n---\n\n" + "\n\n".join(parts) + "\n"


def _front_matter(facts: Facts, license_id: str | None) -> ModelCardData:
    recipe = facts.recipe
    figures = {
        figure.name: (facts.task.index_names.get(figure.name, figure.words), figure.value)
        for figure in facts.figures
        if figure.value is not None
    } | {"loss": ("Loss", facts.training.loss)}
    return ModelCardData(
        license=license_id,
        library_name="transformers",
        pipeline_tag=pipeline_of(facts.task.name),
        base_model=recipe.base.repo,
        # A file that somebody gave is no repo that the Hub could link to.
        datasets=None if recipe.dataset.folder else [recipe.dataset.repo],
        tags=["generated_from_trainer", "hugops"],
        model_name=_name(facts),
        eval_results=[
            EvalResult(
                task_type=pipeline_of(facts.task.name),
                dataset_type=recipe.dataset.repo,
                dataset_name=recipe.dataset.repo,
                dataset_config=recipe.dataset.config,
                dataset_split=facts.test_split,
                dataset_revision=recipe.dataset.revision,
                metric_type=kind,
                metric_name=name,
                metric_value=round(value, 5),
            )
            for kind, (name, value) in figures.items()
        ],
    )


def _name(facts: Facts) -> str:
    return (facts.recipe.publish_as or facts.recipe.title or facts.recipe.run).split("/")[-1]


def _introduction(facts: Facts) -> str:
    recipe = facts.recipe
    return (
        f"# {_name(facts)}\n\n`{recipe.base.repo}` fine-tuned on `{recipe.dataset.repo}` "
        f"to {facts.task.purpose(facts.data.labels)}."
    )


def _shown(table: CardTable) -> str:
    lines = [table.head, ["---"] + ["---:"] * (len(table.head) - 1), *table.rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


def _results(facts: Facts) -> str:
    overall = facts.assessment.overall()
    overall.rows.append(["loss", f"{facts.training.loss:.3f}"])
    return (
        f"## Results\n\nOn {len(facts.data.test):,} rows of the split {facts.test_split}, "
        f"with the weights of step {facts.training.best_step} (the best on the validation rows):\n\n"
        f"{_shown(overall)}\n\n{_shown(facts.assessment.by_label())}"
    )


def _curve(facts: Facts) -> str:
    curve = facts.training.curve
    points, training = curve.validation, curve.training
    every = -(-len(points) // _CURVE_ROWS) or 1
    rows = []
    for step, loss, share in points[::every]:
        before = [value for at, value in training if at <= step]
        rows.append([str(step), f"{before[-1]:.3f}" if before else "", f"{loss:.3f}", f"{share:.3f}"])
    return "## Training\n\n" + _shown(
        CardTable(["step", "training loss", "validation loss", f"validation {curve.words}"], rows)
    )


def _data(facts: Facts) -> str:
    data = facts.data
    rows = f"{len(data.train):,} to train, {len(data.validation):,} to validate, {len(data.test):,} to test"
    limit, seed = facts.task.limit(facts.recipe.parameters.max_length), facts.recipe.parameters.seed
    lines = [f"- rows: {rows}; {facts.task.sources(facts.recipe.columns)}"]
    if limit:
        lines.append(f"- {facts.training.truncated:.1%} of the training rows were cut to {limit}")
    if data.made:
        lines.append(f"- held back from the training rows, with seed {seed}: {', '.join(data.made)}")
    lines += [f"- {sentence.rstrip('.')}" for sentence in left_out(facts.task.content, data.unreadable)]
    if data.leaking:
        lines.append(f"- {data.leaking:,} rows left out because a split held back has them too")
    return "## Data\n\n" + "\n".join(lines)


def _use(facts: Facts) -> str:
    name = facts.recipe.publish_as or _name(facts)
    return f"## Use\n\n```python\nfrom transformers import pipeline\n\n{facts.task.usage(name)}\n```"


def _recipe(facts: Facts) -> str:
    recipe = facts.recipe
    columns = {key: word(name) for key, name in column_keys(recipe.columns).items()}
    typed = {"task": recipe.task, **columns, **recipe.parameters.shown()}
    given = " ".join(f"{key}={value}" for key, value in typed.items())
    libraries = ", ".join(f"{name} {number}" for name, number in versions().items())
    whole = recipe.model_dump(mode="json", exclude={"dataset": {"folder"}})
    return (
        "## Make it again\n\n"
        f"```\n/hf train {recipe.base.repo} on {recipe.dataset.repo} {given}\n```\n\n"
        f"Made with {libraries}. The whole recipe:\n\n"
        f"```json\n{json.dumps(whole, indent=2, ensure_ascii=False)}\n```"
    )
