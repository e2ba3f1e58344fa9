"""The form behind a run's Publish button."""

import re
from collections.abc import Mapping, Sequence

from core.blocks.fields import form, learnt, text_field
from core.blocks.parts import Block, Blocks, View, context, section
from core.blocks.run import metrics_line
from core.store.runs import Run
from core.words import escape, shorten

LONGEST_NAME = 60
MOST_OWNERS = 100  # options of a select
VISIBILITIES = ("private", "public")


def build_publish_form(run: Run, owners: Sequence[str], last: Mapping[str, str], problem: str = "") -> View:
    """Asks for owner, name and visibility; `owners` is empty, and the owner typed, until the Hub has named them.

    `last` is what this person chose before, or typed; `problem` why the Hub names nobody.
    """
    name = last.get("repo") or slug(str(run.recipe.get("publish_as") or run.title).rpartition("/")[2])
    owners = owners[:MOST_OWNERS]
    owner = last.get("owner") if last.get("owner") in owners else next(iter(owners), "")
    hint = f"a name under {owner}, or a whole org/name" if owner else "org/name on the Hub"
    repo = name if "/" in name else f"{owner or 'org'}/{name}"
    return form(
        "run.publish",
        f"Publish {run.id}",
        "Ask for approval",
        run.id,
        [
            section(f"*{escape(run.title)}* · {metrics_line(run.metrics)}"),
            *_owner_field(owners, str(owner), problem),
            text_field("repo", "to", hint=hint, value=name),
            {
                "type": "input",
                "block_id": "visibility",
                "label": {"type": "plain_text", "text": "visibility"},
                "element": {
                    "type": "radio_buttons",
                    "action_id": "visibility",
                    "options": [_option(each.capitalize(), each) for each in VISIBILITIES],
                    "initial_option": _option(_visibility(last).capitalize(), _visibility(last)),
                },
            },
            learnt(f"publish {run.id} to {repo} {_visibility(last)}"),
        ],
    )


def slug(title: str) -> str:
    """A title as the Hub takes a name: `all-minilm-l6-v2-rotten-tomatoes`."""
    words = re.sub(r"[^a-z0-9.]+", "-", title.lower().replace(" on ", " "))
    return re.sub(r"[-.]*\.[-.]*", ".", words)[:LONGEST_NAME].strip("-.") or "model"


def _owner_field(owners: Sequence[str], chosen: str, problem: str) -> Blocks:
    if not owners:
        told = escape(problem.replace("`", "")) or "The Hub is asked where I may write…"
        return [context(f"{told} Until then, write the whole name: org/name.")]
    options = [_option(owner, owner) for owner in owners]
    menu: Block = {
        "type": "static_select",
        "action_id": "owner",
        "options": options,
        "initial_option": _option(chosen, chosen),
    }
    return [
        {
            "type": "input",
            "block_id": "owner",
            "label": {"type": "plain_text", "text": "under"},
            "hint": {"type": "plain_text", "text": "where the token that I use may write"},
            "element": menu,
        }
    ]


def _option(label: str, value: str) -> Block:
    return {"text": {"type": "plain_text", "text": shorten(label, 75)}, "value": value}


def _visibility(last: Mapping[str, str]) -> str:
    return "public" if last.get("visibility") == "public" else "private"
