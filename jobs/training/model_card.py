"""The README.md of a trained model: what it is, how good, and how to make it again."""

import json

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from jobs.training.facts import Facts, versions

_CURVE_ROWS = 20
_LABELS_NAMED = 8


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
        "accuracy": ("Accuracy", facts.accuracy),
        "f1": ("Macro F1", facts.f1),
        "loss": ("Loss", facts.measured.loss),
    }
    return ModelCardData(
        license=license_id,
        library_name="transformers",
        pipeline_tag=recipe.task,
        base_model=recipe.base.repo,
        datasets=[recipe.dataset.repo],
        tags=["generated_from_trainer", "hugops"],
        model_name=_name(facts),
        eval_results=[
            EvalResult(
                task_type=recipe.task,
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
    labels = facts.data.labels
    named = ", ".join(f"`{label}`" for label in labels[:_LABELS_NAMED])
    more = f" and {len(labels) - _LABELS_NAMED} more" if len(labels) > _LABELS_NAMED else ""
    recipe = facts.recipe
    return (
        f"# {_name(facts)}\n\n"
        f"`{recipe.base.repo}` fine-tuned on `{recipe.dataset.repo}` to sort a text into one of "
        f"{len(labels)} classes: {named}{more}."
    )


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


def _results(facts: Facts) -> str:
    overall = [
        ["accuracy", f"{facts.accuracy:.4f} ± {facts.margin:.4f} (95 %, Wilson)"],
        ["always answering the commonest class", f"{facts.data.majority:.4f}"],
        ["macro F1", f"{facts.f1:.4f}"],
        ["loss", f"{facts.measured.loss:.4f}"],
    ]
    classes = [
        [
            figures.label,
            f"{figures.precision:.3f}",
            f"{figures.recall:.3f}",
            f"{figures.f1:.3f}",
            f"{figures.rows:,}",
        ]
        for figures in facts.classes
    ]
    return (
        f"## Results\n\nOn {len(facts.data.test):,} rows of the split {facts.test_split}, "
        f"with the weights of step {facts.measured.best_step} (the best on the validation rows):\n\n"
        f"{_table(['', 'test'], overall)}\n\n"
        f"{_table(['class', 'precision', 'recall', 'F1', 'rows'], classes)}"
    )


def _curve(facts: Facts) -> str:
    points = facts.measured.curve.validation
    training = facts.measured.curve.training
    every = -(-len(points) // _CURVE_ROWS) or 1
    rows = []
    for step, loss, share in points[::every]:
        before = [value for at, value in training if at <= step]
        rows.append([str(step), f"{before[-1]:.4f}" if before else "", f"{loss:.4f}", f"{share:.4f}"])
    return "## Training\n\n" + _table(["step", "training loss", "validation loss", "validation accuracy"], rows)


def _data(facts: Facts) -> str:
    data, columns = facts.data, facts.recipe.columns
    read = f"`{columns.text}`" + (f" and `{columns.text_pair}`" if columns.text_pair else "")
    rows = f"{len(data.train):,} to train, {len(data.validation):,} to validate, {len(data.test):,} to test"
    length, seed = facts.recipe.parameters.max_length, facts.recipe.parameters.seed
    lines = [
        f"- rows: {rows}; text from {read}, class from `{columns.label}`",
        f"- {facts.measured.truncated:.1%} of the training rows were cut to {length} tokens",
    ]
    if data.made:
        lines.append(f"- held back from the training rows, with seed {seed}: {', '.join(data.made)}")
    if data.leaking:
        lines.append(f"- {data.leaking:,} rows left out because a split held back has them too")
    return "## Data\n\n" + "\n".join(lines)


def _use(facts: Facts) -> str:
    name = facts.recipe.publish_as or _name(facts)
    return (
        "## Use\n\n```python\nfrom transformers import pipeline\n\n"
        f'classify = pipeline("{facts.recipe.task}", model="{name}")\nprint(classify("A text to sort."))\n```'
    )


def _recipe(facts: Facts) -> str:
    recipe = facts.recipe
    given = " ".join(f"{key}={value}" for key, value in recipe.parameters.model_dump(exclude_none=True).items())
    libraries = ", ".join(f"{name} {number}" for name, number in versions().items())
    return (
        "## Make it again\n\n"
        f"```\n/hf train {recipe.base.repo} on {recipe.dataset.repo} {given}\n```\n\n"
        f"Made with {libraries}. The whole recipe:\n\n"
        f"```json\n{json.dumps(recipe.model_dump(mode='json'), indent=2, ensure_ascii=False)}\n```"
    )
