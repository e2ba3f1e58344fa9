"""Two classifiers on rows of a dataset: asked in turns, so that what is measured until a time limit is about both."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from core import commands
from core.answers import Answer, Caller, say
from core.blocks.compared_rows import Compared, Contender, build_compared_rows
from core.comparing import Matched, match_labels
from core.errors import Mistake
from core.examination import RowSample
from core.hub import Model
from core.results import Scores
from core.store.tries import Options
from core.tasks import TASKS
from core.words import duration, plural, quote
from jobs.inference.asking.local import failure
from jobs.inference.asking.models import find_pair
from jobs.inference.asking.workbench import Workbench
from jobs.inference.client import InferenceFailed
from jobs.inference.protocol import Request

ROWS_AT_ONCE = 50
REQUEST_SECONDS, ALL_SECONDS = 120.0, 600.0
# Who waits longer than this is told how long it will take.
WORD_SECONDS = 20.0
# Seconds after which it is said again.
BETWEEN_WORDS = 60.0
MOST_OWN_LABELS = 20

# Task and options.
How = tuple[str, Options]


@dataclass
class Turns:
    """One model's answers so far: the likeliest label of each row, and seconds a batch."""

    model: Model
    decided: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    device: str = ""
    engine: str = ""

    @property
    def rate(self) -> float:
        """Rows a second; the first batch, which finds a cold model, counts only where there is no other."""
        rows = [len(self.decided[at : at + ROWS_AT_ONCE]) for at in range(0, len(self.decided), ROWS_AT_ONCE)]
        first = 1 if len(rows) > 1 else 0
        return sum(rows[first:]) / max(sum(self.seconds[first:]), 1e-6)


def compare(bench: Workbench, caller: Caller, command: commands.Compare, dataset: commands.RepoRef) -> Answer:
    """Agreement, accuracies with their intervals and significance, speed, and rows on which both differ.

    Mistake where models or data cannot be compared; after ten minutes it tells what was measured until then.
    """
    first, second, task = find_pair(bench, caller.user, command)
    _ensure_countable(task)
    data, drawn = bench.planner.sample(dataset.id, dataset.revision, command.sample)
    options: Options = command.options.model_dump(exclude_none=True)
    if TASKS[task].labelled and not options.get("labels"):
        options["labels"] = ", ".join(_own_labels(drawn["names"]))
    turns = (Turns(first), Turns(second))
    ask_in_turns(bench, caller, turns, drawn["texts"], (task, options))
    both = len(turns[1].decided)
    compared = Compared(
        task=task,
        dataset=data.id,
        url=data.url,
        revision=data.sha,
        split=drawn["split"],
        total=drawn["total"],
        empty=drawn["empty"],
        wanted=len(drawn["texts"]),
        texts=drawn["texts"][:both],
        labels=drawn["labels"][:both],
        sides=tuple(_side(bench, each, drawn, both) for each in turns),
        asked=written_names(command),
    )
    text, blocks = build_compared_rows(compared)
    return Answer(text, blocks)


def _ensure_countable(task: str) -> None:
    if not TASKS[task].comparable:
        comparable = " and ".join(name for name, about in TASKS.items() if about.comparable)
        raise Mistake(
            f"On a dataset I compare models that choose a label for a text ({comparable}); these "
            f"are for `{task}`. Compare them on texts of your own, in quotes."
        )


def _own_labels(names: Sequence[str]) -> Sequence[str]:
    """The data's classes as labels for a model that takes any."""
    if 2 <= len(names) <= MOST_OWN_LABELS and not any("," in name for name in names):
        return names
    raise Mistake('Say between which labels these models choose: `labels="sport, politics, music"`.')


def ask_in_turns(bench: Workbench, caller: Caller, turns: tuple[Turns, Turns], texts: list[str], how: How) -> None:
    """Asks both models about the same rows, batch by batch. WorkerError only when there is nothing to tell yet."""
    ends = time.monotonic() + ALL_SECONDS
    told = time.monotonic() - BETWEEN_WORDS
    for at in range(0, len(texts), ROWS_AT_ONCE):
        batch = texts[at : at + ROWS_AT_ONCE]
        for each in turns:
            left = ends - time.monotonic()
            try:
                if left <= 0:
                    raise InferenceFailed("timeout", "This took too long. Try fewer rows.")
                _ask(bench, each, batch, how, min(left, REQUEST_SECONDS))
            except InferenceFailed as error:
                if error.kind in ("timeout", "busy") and at:
                    return
                raise failure(error, each.model.id) from error
        if time.monotonic() - told >= BETWEEN_WORDS and _tell(bench, caller, turns, texts):
            told = time.monotonic()


def _ask(bench: Workbench, turns: Turns, batch: list[str], how: How, seconds: float) -> None:
    model, (task, options) = turns.model, how
    request = Request(uuid.uuid4().hex, model.id, model.sha, task, batch, options, place=model.folder)
    answer = bench.inference.ask(request, seconds)
    scores = [result.scores for result in answer.results if isinstance(result, Scores)]
    turns.labels = sorted({score.label for score in scores[0]})
    if len(turns.labels) < 2:
        raise Mistake(f"{quote(model.id)} gives one number for a text, no class, so its answers cannot be counted.")
    turns.decided += [each[0].label for each in scores]
    turns.seconds.append(answer.seconds)
    turns.device, turns.engine = answer.device, answer.engine


def _tell(bench: Workbench, caller: Caller, turns: tuple[Turns, Turns], texts: Sequence[str]) -> bool:
    """Says how far it is and how long it will take, where that is long; whether it did."""
    there = len(turns[1].decided)
    more = sum(sum(each.seconds) for each in turns) / there * (len(texts) - there)
    if more <= WORD_SECONDS:
        return False
    far = f"{there:,} of {plural(len(texts), 'row')} are done; about {duration(more)} more."
    bench.replies.send(caller, say(f":hourglass_flowing_sand: {far}"))
    return True


def written_names(command: commands.Compare) -> str:
    """Both models as the command has them."""
    return " ".join(commands.repo_at(each.id, each.revision) for each in command.models)


def _side(bench: Workbench, turns: Turns, drawn: RowSample, both: int) -> Contender:
    ours, called = bench.hub.labels(turns.model)
    # Labels of one's own have no numbers, and a config may say something else than the worker found.
    ours = ours if sorted(ours) == turns.labels else tuple(turns.labels)
    called = called if len(called) == len(ours) else ()
    return Contender(
        model=turns.model.id,
        revision=turns.model.sha,
        url=turns.model.url,
        labels=ours,
        called=dict(zip(ours, called, strict=False)),
        decided=turns.decided[:both],
        matched=_matched(ours, called, drawn),
        rate=turns.rate,
        device=turns.device,
        engine=turns.engine,
    )


def _matched(ours: Sequence[str], called: Sequence[str], drawn: RowSample) -> Matched | None:
    """The model's labels under the data's names; by what its card calls them where they are numbers."""
    names, declared = drawn["names"], drawn["declared"]
    if called and (by_card := match_labels(called, names, declared=False)):
        return Matched(
            {label: by_card.names[name] for label, name in zip(ours, called, strict=True) if name in by_card.names},
            "name",
        )
    return match_labels(ours, names, declared=declared)
