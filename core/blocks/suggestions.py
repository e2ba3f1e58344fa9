"""What was probably meant, as buttons under the sentence of a mistake."""

from collections.abc import Sequence

from core.blocks.parts import Blocks, actions, button
from core.errors import Suggestion
from core.words import shorten

LONGEST_LABEL, MOST = 75, 5


def build_suggestions(suggestions: Sequence[Suggestion]) -> Blocks:
    """A row for each, since the buttons of one row need different ids."""
    return [
        actions(f"suggestion:{place}", button("command.run", shorten(each.words, LONGEST_LABEL), each.line))
        for place, each in enumerate(suggestions[:MOST])
    ]
