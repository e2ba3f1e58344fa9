"""What stands around an answer of a model: its buttons, its votes, and what is seen while it is made."""

from collections.abc import Sequence
from typing import Any

from core.blocks.fields import MODEL, form, names_field
from core.blocks.parts import Blocks, actions, button, code, context, section
from core.store.tries import Tally
from core.words import escape, plural, quote, shorten, size

UP, DOWN = "👍", "👎"
# What is shown of a text while it grows: its end.
SEEN = 2300


def try_buttons(try_id: str, *, again: bool) -> list[dict[str, Any]]:
    """Ask again and compare, where what was asked is kept; say what one thinks of it."""
    repeat = [button("try.rerun", "Rerun", try_id), button("try.compare", "Compare", try_id)] if again else []
    return [*repeat, button("try.up", UP, try_id), button("try.down", DOWN, try_id)]


def not_kept(names: Sequence[str], most: int) -> tuple[str, ...]:
    """A note on files that have more than so many bytes, under an answer that cannot be asked for again."""
    if not names:
        return ()
    return (f"_Not kept for Rerun and Compare (files of up to {size(most)} are): {', '.join(map(quote, names))}._",)


def with_votes(blocks: Blocks, model: str, revision: str, tally: Tally) -> Blocks:
    """The answer with what people thought of this model at this revision."""
    votes = context(f"{escape(model)} @ {revision[:7]} · {in_words(tally)}")
    return [*blocks[:49], votes]


def in_words(tally: Tally) -> str:
    """`tried here 12 times: 👍 9 👎 1`, without the thumbs where there are none."""
    thumbs = f": {UP} {tally.up} {DOWN} {tally.down}" if tally.up or tally.down else ""
    return f"tried here {plural(tally.tried, 'time')}{thumbs}"


def build_compare_form(asked: str, model: str, other: str, metadata: str) -> dict[str, Any]:
    """Asks for the model to compare an answer's model with, on what was `asked`."""
    field = names_field("model", "Compare with", MODEL, other, hint="org/model on the Hub")
    return form(
        "try.compare",
        "Compare models",
        "Compare",
        metadata,
        [
            section(f"*{escape(model)}* on {quote(asked)}"),
            field,
            context(f'The same as a command: `/hf compare {escape(model)} org/model "text"`'),
        ],
    )


def status(model: str, stage: str, done: int, total: int) -> str:
    """What a model is busy with before its first words; plain text."""
    if stage == "downloading" and total:
        return f"Fetching {model}: {size(done)} of {size(total)}"
    if stage == "starting":
        return "Starting the process that runs models"
    return f"Fetching {model}" if stage == "downloading" else f"Loading {model}" if stage == "loading" else model


def headline(model: str, task: str) -> str:
    return f"*{escape(model)}* · {escape(task)}"


def stop_button(try_id: str) -> dict[str, Any]:
    return actions("try.live", button("try.stop", "Stop", try_id, "danger"))


def build_growing(model: str, task: str, try_id: str, busy: str, text: str) -> tuple[str, Blocks]:
    """A message or a note while the answer is made: what is done, or the words so far, and Stop."""
    shown = (
        code([f"…{text[-SEEN:]}" if len(text) > SEEN else text]) if text else f":hourglass_flowing_sand: {escape(busy)}"
    )
    plain = escape(shorten(" ".join(text.split()), 120)) if text else escape(busy)
    return f"{escape(model)} · {plain} …", [section(headline(model, task)), section(shown), stop_button(try_id)]


def build_interrupted(model: str, task: str, try_id: str, *, again: bool) -> tuple[str, Blocks]:
    """In place of an answer that a restart cut off."""
    how = "Press Rerun to ask again." if again else "Send the file again with the command."
    sentence = f":warning: I was restarted before the answer was complete. {how}"
    buttons = [actions(f"try:{try_id}", button("try.rerun", "Rerun", try_id))] if again else []
    return f"{escape(model)} · {sentence}", [section(headline(model, task)), section(sentence), *buttons]
