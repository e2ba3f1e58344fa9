"""The small checks that Block Kit's rules are made of.

A check is called with a report, a value and the JSON pointer of the value; it reports what is wrong.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sandbox.documents import Document

MARKDOWN_LIMIT = 12_000
Surface = Literal["message", "modal", "home"]


@dataclass
class Report:
    """What was found in one payload: the problems, and what is only known when all of it was seen."""

    surface: Surface
    known_file: Callable[[Mapping[str, str]], bool] = lambda _reference: True
    problems: list[str] = field(default_factory=list)
    block_ids: set[str] = field(default_factory=set)
    characters: int = 0
    markdown_characters: int = 0
    focused: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def fail(self, message: str, pointer: str) -> None:
        self.problems.append(f"{message} [json-pointer:{pointer}]")


Check = Callable[[Report, object, str], None]
# What is checked once the shape is known to be right.
Rule = Callable[[Report, Document, str], None]


def string(maximum: int, minimum: int = 0, pattern: str | None = None, counted: bool = False) -> Check:
    """A string of `minimum` to `maximum` characters; `counted` ones add to the size of the whole message."""

    def check(report: Report, value: object, pointer: str) -> None:
        if not isinstance(value, str):
            report.fail("must provide a string", pointer)
        elif len(value) > maximum:
            report.fail(f"must be less than {maximum + 1} characters", pointer)
        elif len(value) < minimum:
            report.fail(f"must be more than {minimum - 1} characters", pointer)
        elif pattern is not None and not re.fullmatch(pattern, value):
            report.fail("does not match required pattern", pointer)
        elif counted:
            report.characters += len(value)

    return check


def integer(low: int, high: int) -> Check:
    def check(report: Report, value: object, pointer: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            report.fail("must provide an integer", pointer)
        elif not low <= value <= high:
            report.fail(f"must be between {low} and {high}", pointer)

    return check


def number(report: Report, value: object, pointer: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        report.fail("must provide a number", pointer)


def boolean(report: Report, value: object, pointer: str) -> None:
    if not isinstance(value, bool):
        report.fail("must provide a boolean", pointer)


def one_of(*allowed: object) -> Check:
    def check(report: Report, value: object, pointer: str) -> None:
        if value not in allowed:
            report.fail("must be a valid enum value", pointer)

    return check


def array(item: Check, minimum: int = 1, maximum: int | None = None) -> Check:
    def check(report: Report, value: object, pointer: str) -> None:
        if not isinstance(value, list):
            report.fail("must provide an array", pointer)
            return
        if maximum is not None and len(value) > maximum:
            report.fail(f"no more than {maximum} items allowed", pointer)
        if len(value) < minimum:
            report.fail(f"no fewer than {minimum} items allowed", pointer)
        for index, element in enumerate(value[:maximum]):
            item(report, element, f"{pointer}/{index}")

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with exactly these fields; a field that is null counts as left out."""
    fields = {**required, **(optional or {})}

    def check(report: Report, value: object, pointer: str) -> None:
        if not isinstance(value, dict):
            report.fail("must provide an object", pointer)
            return
        for name in required:
            if value.get(name) is None:
                report.fail(f"missing required field: {name}", pointer)
        for name, inner in value.items():
            if name not in fields:
                report.fail(f"invalid additional property: {name}", f"{pointer}/{name}")
            elif inner is not None:
                fields[name](report, inner, f"{pointer}/{name}")

    return check


def matching(check: Check) -> Check:
    """A place where several schemas are possible: Slack then also says that none of them matched."""

    def checked(report: Report, value: object, pointer: str) -> None:
        before = len(report.problems)
        check(report, value, pointer)
        if len(report.problems) > before:
            report.problems.insert(before, f"failed to match all allowed schemas [json-pointer:{pointer}]")

    return checked


def by_type(checks: Mapping[str, Check], allowed: Sequence[str] | None = None) -> Check:
    """Picks the check by the value's `type`; a type not in `allowed` (all, when None) is unsupported."""

    def check(report: Report, value: object, pointer: str) -> None:
        if not isinstance(value, dict):
            report.fail("must provide an object", pointer)
            return
        kind = value.get("type")
        if kind is None:
            report.fail("missing required field: type", pointer)
        elif kind not in checks or (allowed is not None and kind not in allowed):
            report.fail(f"unsupported type: {kind}", f"{pointer}/type")
        else:
            checks[kind](report, value, pointer)

    return check


def both(first: Check, second: Rule) -> Check:
    """Runs the rule only where the check found nothing: it may rely on the shape."""

    def check(report: Report, value: object, pointer: str) -> None:
        before = len(report.problems)
        first(report, value, pointer)
        if len(report.problems) == before and isinstance(value, dict):
            second(report, value, pointer)

    return check


TYPE = string(100, 1)
URL = string(3000, 1, r"https?://\S+")
FLAG: Check = boolean


def text_object(maximum: int, kinds: Sequence[str] = ("plain_text", "mrkdwn"), minimum: int = 1) -> Check:
    """A text object of one of these kinds; `emoji` belongs to plain_text, `verbatim` to mrkdwn."""
    content = string(maximum, minimum, counted=True)
    checks = {
        "plain_text": record({"type": TYPE, "text": content}, {"emoji": boolean}),
        "mrkdwn": record({"type": TYPE, "text": content}, {"verbatim": boolean}),
    }
    return matching(by_type(checks, kinds))


def plain_text(maximum: int, minimum: int = 1) -> Check:
    return text_object(maximum, ("plain_text",), minimum)
