"""What a model answered, drawn for its kind; the last line says which model, how long, on what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.blocks.parts import Blocks, actions, button, code, context, picture, section, sections
from core.blocks.results import WRITTEN, asked_lines, draw, in_words, quoted
from core.blocks.tries import try_buttons
from core.ids import RUN
from core.results import Artefact, Cells, Ranked, Result, Written
from core.usability import learns_from_texts
from core.words import duration, escape, link, plural, shorten

# Slack takes about 13,000 characters in all blocks of a message, and 3,000 in a section.
MOST_CHARACTERS, MOST_PARTS = 11_000, 40
# Each is an upload of its own.
MOST_PICTURES = 10
PICTURES = (".png", ".jpg", ".jpeg", ".gif")
# What a message holds of a written text.
MOST_WRITTEN = 9000


@dataclass(frozen=True)
class Shown:
    """One answer of a model: what was asked, what came, how long it took in seconds."""

    model: str
    revision: str
    task: str
    inputs: list[str]
    results: Sequence[Result]
    seconds: float
    load_seconds: float
    device: str
    engine: str
    notes: tuple[str, ...] = ()

    @property
    def asked(self) -> list[str]:
        """The inputs that all results are about, such as the question of several texts or pictures."""
        return self.inputs[: len(self.inputs) - len(self.results)]

    @property
    def pictures(self) -> dict[int, Blocks]:
        """What was drawn, by the place of its result, under names that are filled in when they are uploaded."""
        return {
            at: [picture(f"@{result.file}", result.alt)]
            for at, result in enumerate(self.results)
            if isinstance(result, Artefact) and result.file.endswith(PICTURES)
        }


def build_answer(shown: Shown, url: str, try_id: str = "", *, again: bool = True, rest: str = "") -> tuple[str, Blocks]:
    """The input (shortened), the answer, one grey line of facts, and one row of buttons.

    An answer that is kept can be judged, and asked for `again` where its inputs are kept too. `rest` says where those
    are that do not fit.
    """
    blocks: Blocks = [section(f"*{link(url, shown.model)}* · {shown.task}")]
    blocks += fitting(*_parts(shown), rest)
    blocks += [context(note) for note in shown.notes[:3]]
    blocks.append(context(facts(shown)))
    changed = button("train.change", "Train again with changes", shown.model)
    tune = changed if RUN.number(shown.model) else button("model.tune", "Fine-tune", shown.model)
    about = (button("model.details", "Details", shown.model), *([tune] if learns_from_texts(shown.task) else []))
    kept = try_buttons(try_id, again=again) if try_id else []
    blocks.append(actions(f"try:{try_id}" if try_id else "answer.model", *kept, *about))
    return escape(f"{shown.model} · {in_words(shown.results)}"), blocks


def facts(shown: Shown) -> str:
    """Model, revision, time, device and engine in one line."""
    loaded = f" · loaded in {shown.load_seconds:.1f} s" if shown.load_seconds else ""
    parts = (shown.revision[:7], f"{time_taken(shown.seconds)}{loaded}", shown.device, shown.engine)
    return " · ".join([escape(shown.model), *parts])


def time_taken(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 10 else duration(seconds)


def overflows(shown: Shown) -> bool:
    """Whether there are answers that a message does not hold."""
    return len(shown.results) > 1 and fitted(*_parts(shown))[1] > 0


def fitting(parts: list[str], pictures: Mapping[int, Blocks], rest: str) -> Blocks:
    """As many parts as a message takes; says how many were left out, and where the `rest` is if that is known."""
    blocks, left = fitted(parts, pictures)
    if left:
        how = f": {rest}." if rest else ". Ask again with those alone."
        blocks.append(context(f"and {plural(left, 'more answer')} that did not fit{how}"))
    return blocks


def fitted(parts: list[str], pictures: Mapping[int, Blocks]) -> tuple[Blocks, int]:
    """As many parts, each with its pictures under it, as a message takes, and how many were left out."""
    blocks: Blocks = []
    room, drawn, taken = MOST_CHARACTERS, 0, 0
    for at, part in enumerate(parts):
        under = pictures.get(at, [])
        room -= min(len(part), 3000) + sum(len(each["alt_text"]) for each in under)
        drawn += len(under)
        if room < 0 or drawn > MOST_PICTURES or len(blocks) + 1 + len(under) > MOST_PARTS:
            break
        blocks += [section(part), *under]
        taken += 1
    return blocks, len(parts) - taken


def pieces(text: str) -> list[str]:
    """A long text in as many pieces as sections of code hold, cut at spaces; what no message takes is left out."""
    text, cut = shorten(text, MOST_WRITTEN), []
    while len(text) > WRITTEN:
        at = text.rfind(" ", WRITTEN // 2, WRITTEN) + 1 or WRITTEN
        cut.append(text[:at])
        text = text[at:]
    return [*cut, text]


def _parts(shown: Shown) -> tuple[list[str], dict[int, Blocks]]:
    """The texts of the answer, and the pictures by the place of the text that they stand under."""
    ranked = [result for result in shown.results if isinstance(result, Ranked)]
    if ranked:
        ranked.sort(key=lambda each: -each.score)
        lines = [line for each in ranked for line in draw(each.text, each)]
        return [block["text"]["text"] for block in sections([f"> {quoted(shown.inputs[0])}", *lines])], {}
    # Several questions may be about one table, or one about several.
    cells = [result for result in shown.results if isinstance(result, Cells)]
    if cells:
        return ["\n".join([f"> {quoted(each.question)}", *draw(each.question, each)]) for each in cells], {}
    parts, under = [f"*{quoted(text)}*" for text in shown.asked], {}
    for at, (text, result) in enumerate(zip(shown.inputs[len(shown.asked) :], shown.results, strict=True)):
        parts += _pieces(text, result)
        under[len(parts) - 1] = shown.pictures.get(at, [])
    return parts, under


def _pieces(text: str, result: Result) -> list[str]:
    """One result as the texts of one section or more: what one does not hold stands in those before the last one."""
    asked = asked_lines(text, result)
    if not isinstance(result, Written):
        return ["\n".join(asked + draw(text, result))]
    *full, last = pieces(result.text)
    texts = [[code([piece])] for piece in full] + [draw(text, replace(result, text=last))]
    texts[0] = asked + texts[0]
    return ["\n".join(lines) for lines in texts]
