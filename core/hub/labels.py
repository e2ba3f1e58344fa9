"""What a classifier's labels are called: from its config, else from its card, else from the data it was trained on."""

import json
import logging
import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TypeVar

from core.comparing import GENERIC, is_generic
from core.errors import HubError
from core.hub.declared import class_names
from core.hub.facts import Model
from core.hub.find import RepoReader
from core.hub.gateway import Gateway, Side
from core.results import Area, Areas, Box, Boxes, Entities, Entity, Result, Score, Scores

log = logging.getLogger(__name__)
KEPT = 500
MOST_LABELS = 1000
Names = tuple[str, ...]
Labelled = TypeVar("Labelled", Score, Entity, Box, Area)

# A number, or LABEL_ and a number, then what it stands for: `LABEL_0: negative`, `0 -> Negative;`, `| 1 | neutral |`.
_AHEAD = re.compile(
    r"(?:^|(?<=[\s(,;|{\[*-]))[`'\"*]{0,6}(?:label[_ ]?)?(\d{1,3})[`'\"*]{0,6}"
    r"\s*(?:->|→|=>|:|=|\||–|is\b|means\b|stands for\b)\s*"
    r"[`'\"*]{0,6}([^\W\d_][\w /&+.-]{0,60}?)[`'\"*]{0,6}"
    r"\s*(?=$|[,;|)\]}\n(]|\.(?:\s|$)|\s+(?:and\s+)?(?:label[_ ]?)?\d)",
    re.IGNORECASE | re.MULTILINE,
)
# The other way round: `negative: 0`, `| negative | LABEL_0 |`, `negative (0)`.
_BEHIND = re.compile(
    r"(?:^|(?<=[\s(,;|{\[*-]))[`'\"*]{0,6}([^\W\d_][\w &+.-]{0,60}?)[`'\"*]{0,6}\s*(?:->|→|=>|:|=|\||\()\s*"
    r"[`'\"*]{0,6}(?:label[_ ]?)?(\d{1,3})[`'\"*]{0,6}\s*(?=$|[,;|)\]}\n]|\.(?:\s|$))",
    re.IGNORECASE | re.MULTILINE,
)


class Labelling(Side):
    """What labels are called; what it found is kept by commit."""

    def __init__(self, gateway: Gateway, reader: RepoReader) -> None:
        super().__init__(gateway)
        self._reader = reader
        self._found: OrderedDict[tuple[str, str], tuple[Names, Names]] = OrderedDict()
        self._found_lock = Lock()

    def labels(self, model: Model) -> tuple[Names, Names]:
        """A model's labels in id order as its config has them, and what they are called where those are numbers.

        The second is empty where the first says it, or nobody does; both are where the config names no labels.
        """
        if model.folder:
            return names_in_config((Path(model.folder) / "config.json").read_text(encoding="utf-8")), ()
        key = (model.id, model.sha)
        with self._found_lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        try:
            ours = names_in_config(self._reader.text("model", model.id, model.sha, "config.json"))
            found = ours, self._called(model, len(ours)) if is_generic(ours) else ()
        except HubError as error:  # an answer without names is better than none; the next one asks again
            log.info("no names for the labels of %s: %s", model.id, error.sentence)
            return (), ()
        with self._found_lock:
            self._found[key] = found
            if len(self._found) > KEPT:
                self._found.popitem(last=False)
        return found

    def named(self, model: Model, results: Sequence[Result]) -> Sequence[Result]:
        """The results with `negative (LABEL_0)` for labels that are numbers, where their names can be found."""
        if not any(_is_numbered(result) for result in results):
            return results
        ours, called = self.labels(model)
        names = {label: f"{name} ({label})" for label, name in zip(ours, called, strict=False)}
        return [with_names(result, names) for result in results] if names else results

    def _called(self, model: Model, number: int) -> Names:
        card = self._reader.text("model", model.id, model.sha, "README.md")
        if found := names_in_card(card, number):
            return found
        for dataset in model.datasets[:3]:
            try:
                with self.asking(dataset):
                    info = self._api.dataset_info(dataset, expand=["cardData", "private"])
            except HubError as error:
                log.info("no classes of %s: %s", dataset, error.sentence)
                continue
            declared = vars(info.card_data).get("dataset_info") if info.card_data else None
            if not info.private and (found := names_in_features(declared, number)):
                return found
        return ()


def names_in_config(config: str) -> Names:
    """The labels of a `config.json` in id order; LABEL_0 and LABEL_1 where it names none, as transformers has it."""
    try:
        read = json.loads(config) if config else {}
        given = read.get("id2label") or {at: f"LABEL_{at}" for at in range(int(read.get("num_labels") or 2))}
        named = {int(number): str(label) for number, label in given.items()}
    except (ValueError, AttributeError, TypeError):
        return ()
    whole = sorted(named) == list(range(len(named)))
    return tuple(named[at] for at in range(len(named))) if whole and len(named) <= MOST_LABELS else ()


def names_in_card(card: str, number: int) -> Names:
    """What a card says that labels 0 to `number` - 1 stand for, in order; empty unless it names each of them once."""
    body = re.sub(r"\A\ufeff?---\s*\n.*?\n---\s*(?:\n|\Z)", "", card.replace("\r\n", "\n"), flags=re.DOTALL)
    ahead = [(int(found[1]), found[2]) for found in _AHEAD.finditer(body)]
    behind = [(int(found[2]), found[1]) for found in _BEHIND.finditer(body)]
    return _complete(ahead, number) or _complete(behind, number)


def names_in_features(declared: object, number: int) -> Names:
    """The names of the one class column with `number` classes in a dataset card's `dataset_info`; empty without."""
    found = {names for names in class_names(declared) if len(names) == number}
    return found.pop() if len(found) == 1 else ()


def with_names(result: Result, names: Mapping[str, str]) -> Result:
    """A result of the worker with other names for its labels."""

    def named(labelled: Sequence[Labelled]) -> tuple[Labelled, ...]:
        return tuple(replace(each, label=names.get(each.label, each.label)) for each in labelled)

    match result:
        case Scores():
            return replace(result, scores=named(result.scores))
        case Entities():
            return replace(result, entities=named(result.entities))
        case Boxes():
            return replace(result, boxes=named(result.boxes))
        case Areas():
            return replace(result, segments=named(result.segments))
        case _:
            return result


def _is_numbered(result: Result) -> bool:
    match result:
        case Scores(labelled) | Entities(labelled) | Boxes(labelled) | Areas(labelled):
            return is_generic([each.label for each in labelled])
        case _:
            return False


def _complete(pairs: Iterable[tuple[int, str]], number: int) -> Names:
    """The names in order, if the numbers from 0 on come one after the other with names that differ."""
    run: list[str] = []
    for at, name in pairs:
        said = name.strip(" .-")
        if at == len(run) and said and not GENERIC.fullmatch(said):
            run.append(said)
        elif at == 0:
            run = [said]
        if len(run) == number:
            break
    whole = len(run) == number and len({name.casefold() for name in run}) == number
    return tuple(run) if whole else ()
