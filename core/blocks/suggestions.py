"""Lines that can be run by a press: what was probably meant under a mistake, what a restart cut off."""

from collections.abc import Sequence

from core.blocks.parts import Blocks, actions, button, section
from core.errors import Suggestion
from core.words import quote, shorten

LONGEST_LABEL, LONGEST_VALUE, MOST = 75, 2000, 5


def build_suggestions(suggestions: Sequence[Suggestion]) -> Blocks:
    """A row for each, since the buttons of one row need different ids."""
    return [
        actions(f"suggestion:{place}", button("command.run", shorten(each.words, LONGEST_LABEL), each.line))
        for place, each in enumerate(suggestions[:MOST])
    ]


def build_way_back(line: str) -> Blocks:
    """The form that stood for the line, filled as it was; none for a line that no button holds."""
    return [actions("form.back", button("form.again", "Back to the form", line))] if len(line) <= LONGEST_VALUE else []


def build_interrupted(line: str, *, has_files: bool) -> tuple[str, Blocks]:
    """In place of an answer that a restart cut off; files have to be sent again."""
    can_press = not has_files and len(line) <= LONGEST_VALUE
    again = (
        "Press Ask again." if can_press else "Send the files again with the command." if has_files else "Type it again."
    )
    sentence = f":warning: I was restarted before {quote(line)} was answered. {again}"
    buttons = [actions("suggestion:again", button("command.run", "Ask again", line))] if can_press else []
    return sentence, [section(sentence), *buttons]
