"""What is said to the bot in a message that mentions it: wherever the mention stands, and who else is named."""

import re

from core import ids
from core.commands.grammar import Grammar
from core.commands.synonyms import BY_BUTTON, MEANS, SHOWS, is_opener

# Before a command these are said to be polite, or to others.
COURTESY = re.compile(
    r"(?:\s|[,:;.!…-](?=\s|$)|<@[A-Z0-9]+(?:\|[^<>]*)?>|(?:hey|hi|hello|hallo|ok|okay|please|pls|dear|yo|and|now|then|"
    r"thanks|thank you|(?:can|could|would) you(?: please)?)(?=[\s,:;.!…<]|$))+",
    re.IGNORECASE,
)


def said_to(bot: str, text: str, grammar: Grammar) -> str:
    """The words that are meant for the bot with this id: from the command on, or all of them where there is none.

    Mentions of the bot go, except within a command that follows one: there they belong to the text.
    """
    mention = re.compile(rf"<@{re.escape(bot)}(?:\|[^<>]*)?>[:,;.!]*")
    ends = [match.end() for match in mention.finditer(text)]
    starts = [0, *ends]
    for place, start in enumerate(starts):
        rest = text[start:] if place else mention.sub("", text, count=1)
        words = _without_courtesy(rest)
        if _begins_command(words, grammar) and not mention.match(words):
            return _without_last(mention, words)
    spaced = re.compile(rf"(?:\s*{mention.pattern})+\s*")
    return _without_last(mention, spaced.sub(" ", text, count=1)) if ends else text.strip()


def _begins_command(text: str, grammar: Grammar) -> bool:
    if is_opener(text):
        return True
    first = text.split(maxsplit=1)[0].lower().strip("`") if text else ""
    known = (*grammar.words(), *MEANS, *SHOWS, *BY_BUTTON, "/hf")
    return first in known or bool(ids.ANY.fullmatch(first))


def _without_courtesy(text: str) -> str:
    match = COURTESY.match(text)
    rest = text[match.end() :] if match else text
    return rest.strip() or text.strip()


def _without_last(mention: re.Pattern[str], text: str) -> str:
    """Without mentions at the end."""
    return re.sub(rf"(?:\s*{mention.pattern})+\s*$", "", text).strip()
