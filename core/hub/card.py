"""Two model cards as one: what people wrote stays, what hugops writes is as new as the model."""

import re
from dataclasses import dataclass

import yaml
from huggingface_hub import ModelCard, ModelCardData

# What is said of the model itself is ours; everything else that is there was somebody's decision.
OURS = ("base_model", "datasets", "library_name", "model-index", "pipeline_tag")
SIGN = "hugops"  # the tag of every card that we wrote
HEADING = re.compile(r"^(#{1,2}) +(.+?)\s*$")
INTRODUCTION = re.compile(r"^`[^`\n]+` fine-tuned on `[^`\n]+` to .*$", re.MULTILINE)
ABOUT = "About this version"


@dataclass(frozen=True)
class Section:
    """A heading of the first or second level with its text up to the next one; the beginning has none."""

    level: int
    title: str
    text: str

    def __str__(self) -> str:
        head = f"{'#' * self.level} {self.title}\n\n" if self.level else ""
        return (head + self.text.strip()).strip()


def license_of(card: str) -> str:
    """The licence that a card names; empty where it names none."""
    declared = read_data(card).get("license")
    return declared if isinstance(declared, str) else ""


def is_readable(card: str) -> bool:
    """Whether the metadata of a card can be read."""
    try:
        ModelCard(card, ignore_metadata_errors=True)
    except (ValueError, yaml.YAMLError):
        return False
    return True


def read_data(card: str) -> dict[str, object]:
    """The metadata of a card; empty where it cannot be read."""
    if not is_readable(card):
        return {}
    data: dict[str, object] = ModelCard(card, ignore_metadata_errors=True).data.to_dict()  # type: ignore[no-untyped-call]
    return data


def merge_cards(ours: str, theirs: str) -> str:
    """Our new card, and of the one that is there all that we did not write."""
    data = _merge_data(read_data(ours), read_data(theirs))
    known = read_data(theirs)
    if SIGN in _strings(known.get("tags")):
        sections = _renew(split(ours), split(theirs), _name_in(known))
    else:
        introduction, *rest = split(ours) or [Section(0, "", "")]
        sections = [*split(theirs), Section(2, ABOUT, introduction.text), *rest]
    front = ModelCardData(ignore_metadata_errors=True, **data).to_yaml()  # type: ignore[arg-type]
    return f"---\n{front}\n---\n\n" + "\n\n".join(str(section) for section in sections if str(section)) + "\n"


def split(card: str) -> list[Section]:
    """The sections of a card without its metadata; a `#` inside a block of code is no heading."""
    lines = re.sub(r"\A\s*---\s*\n.*?\n---\s*(\n|\Z)", "", card, count=1, flags=re.DOTALL).splitlines()
    sections, level, title, text, fence = [], 0, "", list[str](), ""
    for line in lines:
        mark = line.lstrip()[:3]
        if mark in ("```", "~~~") and fence in ("", mark):
            fence = "" if fence else mark
        heading = None if fence else HEADING.match(line)
        if heading:
            sections.append(Section(level, title, "\n".join(text)))
            level, title, text = len(heading[1]), heading[2], []
        else:
            text.append(line)
    return [section for section in [*sections, Section(level, title, "\n".join(text))] if str(section)]


def _merge_data(ours: dict[str, object], theirs: dict[str, object]) -> dict[str, object]:
    kept = {key: value for key, value in theirs.items() if value not in (None, "", [])}
    tags = list(dict.fromkeys([*_strings(theirs.get("tags")), *_strings(ours.get("tags"))]))
    ours_alone = {key: ours[key] for key in OURS if key in ours}
    kept.pop("model-index", None)  # the figures of another model
    return ours | kept | ours_alone | ({"tags": tags} if tags else {})


def _renew(ours: list[Section], theirs: list[Section], name: str) -> list[Section]:
    """Our sections in place of those that we wrote before, as the model called `name`; all others stay."""
    introduction, *rest = ours or [Section(0, "", "")]
    kept = list(theirs)
    for written in (ABOUT, *(section.title for section in rest)):
        # Ours stand behind theirs, so of two with one name the last is ours.
        last = next((at for at in reversed(range(len(kept))) if kept[at].level and kept[at].title == written), None)
        if last is not None:
            del kept[last]
    at = next((place for place, section in enumerate(kept) if INTRODUCTION.search(section.text)), None)
    if at is None:
        return [*kept, Section(2, ABOUT, introduction.text), *rest]
    first = kept[at]
    added = INTRODUCTION.sub("", first.text).strip()
    text = "\n\n".join(part for part in (introduction.text.strip(), added) if part)
    title = introduction.title if first.title == name else first.title
    return [*kept[:at], Section(first.level or introduction.level, title, text), *kept[at + 1 :], *rest]


def _name_in(data: dict[str, object]) -> str:
    """What a card's figures call their model."""
    index = data.get("model-index")
    first = index[0] if isinstance(index, list) and index else {}
    return str(first.get("name", "")) if isinstance(first, dict) else ""


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(each) for each in value] if isinstance(value, list) else []
