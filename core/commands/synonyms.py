"""Words of other tools and of newcomers, and what is meant by them here."""

import re

# Words of other tools and other people, each with ours.
MEANS = {
    "stop": "cancel",
    "abort": "cancel",
    "kill": "cancel",
    "find": "search",
    "try": "run",
    "finetune": "train",
    "fine-tune": "train",
    "tune": "train",
    "tokenise": "tokenize",
    "unpause": "resume",
    "delete": "remove",
    "release": "publish",
    "follow": "watch",
    "unfollow": "unwatch",
    "watches": "watching",
    "data": "dataset",
}
# What shows a thing whose id follows; alone it lists the runs.
SHOWS = ("status", "show")
# What is done with the buttons of a card, so that it is done to what was seen there.
BY_BUTTON = ("approve", "reject")
# What people say who do not know yet what can be said.
OPENERS = (
    *("hello", "hi", "hey", "hallo", "hello there", "hi there", "good morning", "?", "start", "commands", "menu"),
    *("what can you do", "what do you do", "what can i do", "who are you", "how does this work", "how do you work"),
    *("what is this", "help me", "i need help", "can you help", "can you help me"),
)


def is_opener(plain: str) -> bool:
    """Whether somebody says hello, or asks what can be said."""
    return re.sub(r"[\s!.,…]+$|(?<=\w)\s*\?+$", "", " ".join(plain.lower().split())) in OPENERS
