"""The form behind Compare answers; what is filled in becomes the command that does the same."""

from collections.abc import Callable
from typing import Any

from core import commands as grammar
from core.answers import Caller
from core.blocks.compare_form import DATASET, build_compare_form
from core.errors import Mistake
from core.store.remembered import keep, last
from handlers.answering import later, recall, remember
from handlers.parts import Parts

from . import commands

Ack = Callable[..., Any]
FORM = "compare.try"


def open_form(parts: Parts, caller: Caller, models: str) -> None:
    """Compare answers under two models: asks for texts or data. `models` are two names with a space between."""
    if len(models.split()) != 2:
        raise Mistake('I no longer know which two models this button belongs to. Type `compare model model "text"`.')
    before = last(parts.database, caller.user, FORM) or {}
    view = build_compare_form(models, remember(caller, models), before)
    parts.client.views_open(trigger_id=caller.trigger_id, view=view)


def submitted(parts: Parts, ack: Ack, body: dict[str, Any]) -> None:
    caller, models = recall(body)
    given = _given(body)
    try:
        text = _line(models, given)
        command = grammar.parse(text, commands.now_for(parts, caller.user))
    except Mistake as error:
        field = next((key for key in ("rows", "dataset") if key in error.sentence and key in given), "text")
        ack(response_action="errors", errors={field: error.sentence.replace("`", "")})
        return
    ack()
    keep(parts.database, caller.user, FORM, given)
    later(
        parts,
        caller,
        lambda: commands.shareable(parts, caller, commands.answer(parts, caller, command), command, text),
    )


def _given(body: dict[str, Any]) -> dict[str, str]:
    """What was filled in, by field."""
    state = body["view"]["state"]["values"]
    given = {key: str(state[key][key].get("value") or "").strip() for key in ("text", "rows")}
    given["dataset"] = (state["dataset"][DATASET].get("selected_option") or {}).get("value") or ""
    return {key: value for key, value in given.items() if value}


def _line(models: str, given: dict[str, str]) -> str:
    """The command as text. Mistake when there is neither a text nor a dataset, or both."""
    if ("text" in given) == ("dataset" in given):
        raise Mistake("Give either texts or a dataset to compare on.")
    if "text" in given:
        lines = [line.strip() for line in given["text"].splitlines() if line.strip()][:100]
        first, second = (grammar.read_repo(name, example="org/model") for name in models.split())
        pair = tuple(grammar.Repo(id=each.id, revision=each.revision) for each in (first, second))
        return grammar.to_text(grammar.Compare(models=pair, inputs=tuple(lines)))
    rows = f' rows="{given["rows"]}"' if "rows" in given else ""
    return f"compare {models} on {given['dataset']}{rows}"
