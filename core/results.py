"""What a model answers: one frozen class for each kind of result, and how they go over a wire.

Whoever makes a result (the tasks of the inference process, the providers) and whoever shows it know these classes and
nothing of each other.
"""

from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Ending = Literal["", "cut", "late", "stopped"]
Unit = Literal["tokens", "seconds", "rows", "pages", "frames", "windows", "stills"]


@dataclass(frozen=True)
class Reading:
    """How an input was read that was not simply read whole: `read` of its `whole` tokens, seconds, rows, pages, frames.

    All of it was read where it was cut into so many overlapping `windows`; `stills` are spread over a video.
    """

    unit: Unit
    read: int | float
    whole: int | float = 0


@dataclass(frozen=True, kw_only=True)
class BaseResult:
    """What all results have: a `note` on how the input was read, where there is something to say."""

    note: Reading | None = None


@dataclass(frozen=True, kw_only=True)
class Artefact(BaseResult):
    """A result with a picture or a sound: the name of a `file` in the request's folder, and what it shows in words."""

    file: str = ""
    alt: str = ""


@dataclass(frozen=True)
class Score:
    label: str
    score: float


@dataclass(frozen=True)
class Scores(BaseResult):
    """Labels, the likeliest first; or `plain` numbers of the model's own scale, the largest first."""

    scores: tuple[Score, ...]
    plain: bool = False


@dataclass(frozen=True)
class Word:
    """A word for a gap, and the `text` with it."""

    word: str
    score: float
    text: str


@dataclass(frozen=True)
class Words(BaseResult):
    """Words for a gap, the likeliest first."""

    words: tuple[Word, ...]


@dataclass(frozen=True)
class Entity:
    """A stretch of the text by its characters, `end` exclusive."""

    label: str
    score: float
    start: int
    end: int


@dataclass(frozen=True)
class Entities(BaseResult):
    """Names and the like, in the order of the text."""

    entities: tuple[Entity, ...]


@dataclass(frozen=True)
class Span(BaseResult):
    """The stretch of a `text` that answers the question; `unanswerable` where it is likelier that there is none."""

    text: str
    answer: str
    score: float
    start: int
    end: int
    unanswerable: bool = False


@dataclass(frozen=True)
class Ranked(BaseResult):
    """How well a text goes with the first one."""

    text: str
    score: float


@dataclass(frozen=True)
class Written(BaseResult):
    """Text that a model wrote, `new_tokens` long; `talks` where it was trained to talk.

    `clamped` are the tokens that it was cut to where more were asked for. `ended` says what ended it before its own
    end: the number of tokens (cut), the time (late), or a person (stopped), who is `stopped_by`.
    """

    text: str
    new_tokens: int = 0
    clamped: int = 0
    ended: Ending = ""
    talks: bool = False
    stopped_by: str = ""


@dataclass(frozen=True)
class Chunk:
    """What was said from `start` to `end`, in seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Transcript(BaseResult):
    """What was said in a sound, with times where the model knows them; heard in so many `stretches`."""

    text: str
    chunks: tuple[Chunk, ...] = ()
    stretches: int = 1
    ended: Ending = ""


@dataclass(frozen=True)
class Audio(Artefact):
    """A sound that was made, with `rate` samples a second."""

    seconds: float
    rate: int
    ended: Ending = ""


@dataclass(frozen=True)
class Box:
    """A thing in a picture; `box` is left, top, right, bottom in the picture's own pixels."""

    label: str
    score: float
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Boxes(Artefact):
    """What was found in a picture, the most certain first."""

    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Area:
    """A part of a picture, and its `share` of it; no score where the model only says which class fits best."""

    label: str
    score: float | None
    share: float


@dataclass(frozen=True)
class Areas(Artefact):
    """The parts of a picture, as they are numbered in it."""

    segments: tuple[Area, ...]


@dataclass(frozen=True)
class Depth(Artefact):
    """The smallest, largest and middle distance, by the model's own measure."""

    least: float
    most: float
    middle: float


@dataclass(frozen=True)
class Match:
    """The same point in two pictures, in the pixels of each."""

    first: tuple[float, float]
    second: tuple[float, float]
    score: float


@dataclass(frozen=True)
class Matches(Artefact):
    """The surest of `count` points that two pictures share, the surest first."""

    matches: tuple[Match, ...]
    count: int


@dataclass(frozen=True)
class Vector(BaseResult):
    """The first numbers of a picture's vector, its size and length; after the first picture the cosine to that."""

    size: int
    norm: float
    vector: tuple[float, ...]
    score: float | None = None


@dataclass(frozen=True)
class PageAnswer(Artefact):
    """The answer out of a document; found on `page` of `pages` with a score, or written, then without them."""

    answer: str
    score: float | None = None
    page: int = 0
    pages: int = 0


@dataclass(frozen=True)
class Cells(BaseResult):
    """The cells of a `table` that answer the question, by row (without the row of names) and column.

    `value` is what the `aggregator` gives of them, where it gives one.
    """

    question: str
    answer: str
    cells: tuple[str, ...]
    coordinates: tuple[tuple[int, int], ...]
    table: list[list[str]]
    aggregator: str = ""
    value: int | float | None = None


@dataclass(frozen=True)
class Piece:
    """A token: its number and the characters it stands for, None where the tokenizer does not know."""

    piece: str
    id: int
    start: int | None
    end: int | None
    special: bool


@dataclass(frozen=True)
class Tokenizer:
    """What kind of tokenizer it is, in its makers' own words; how many tokens it knows, and which special ones."""

    algorithm: str
    normalizer: str
    vocabulary: int
    special_tokens: tuple[str, ...]


@dataclass(frozen=True)
class Tokens(BaseResult):
    """The first pieces of a text of so many `characters`; `count` of them in all, `special` of those special ones."""

    pieces: tuple[Piece, ...]
    count: int
    special: int
    characters: int
    tokenizer: Tokenizer


Result = (
    Scores
    | Words
    | Entities
    | Span
    | Ranked
    | Written
    | Transcript
    | Audio
    | Boxes
    | Areas
    | Depth
    | Matches
    | Vector
    | PageAnswer
    | Cells
    | Tokens
)
KINDS: dict[str, type[Result]] = {each.__name__: each for each in get_args(Result)}


def to_json(result: Result) -> dict[str, Any]:
    """What `from_json` reads: the fields, and the class's name as `kind`."""
    return {"kind": type(result).__name__, **asdict(result)}


def from_json(fields: dict[str, Any]) -> Result:
    """The result that `to_json` wrote. ValueError for anything else."""
    kind = str(fields.get("kind"))
    if kind not in KINDS:
        raise ValueError(f"there is no result of the kind {kind!r}")
    try:
        return _reader(kind).validate_python({name: value for name, value in fields.items() if name != "kind"})
    except ValueError as error:
        raise ValueError(f"no result: these are not the fields of {kind}") from error


@cache
def _reader(kind: str) -> "TypeAdapter[Result]":
    # Only whoever reads results needs it; the inference process, which writes them, is up sooner without.
    from pydantic import TypeAdapter

    return TypeAdapter(KINDS[kind])
