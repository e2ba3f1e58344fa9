"""What several commands are made of: keys, repos, and the options of a model that is tried."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from core.frozen import Frozen, key

Labels = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000, pattern=r"^[^\r\n\t]*$")
]
Label = Annotated[str, StringConstraints(pattern=r"^\S([^\r\n\t]{0,98}\S)?$")]
# The name of an account, a config or a split.
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}$")]
# An inference provider as the Hub calls it, or `auto`.
Provider = Annotated[str, StringConstraints(to_lower=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,39}$")]
# A word of the Hub's own vocabulary: `text-classification`, `apache-2.0`, `en`.
Tag = Annotated[str, StringConstraints(to_lower=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,95}$")]
# A repo as the Hub's tags write it: `org/name`, or the bare name of an old one.
RepoName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,95})?$")
]
Kind = Literal["model", "dataset"]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{1,19}$")]


# What a model reads, as long as it may be.
Text = Annotated[str, StringConstraints(min_length=1)]


class RepoRef(Frozen):
    """A repo of the Hub by name; without a revision its newest commit is meant."""

    id: str
    revision: str | None = None


class Recurrence(Frozen):
    """When something is repeated: `text` is what follows the word `every`, `cron` has five fields and named days.

    `zone` is where its clock hangs; the person's own where none was named.
    """

    cron: str
    text: str
    zone: str | None = None


class RunOptions(Frozen):
    """What some tasks take beside the text; what is not given is the model's own."""

    labels: Labels | None = key(None, "labels of your own to choose from, with commas between", '"sport, politics"')
    source: Language | None = key(None, "the language that the text is in, to translate it", "en")
    target: Language | None = key(None, "the language to translate it into", "de")
    max_new_tokens: int | None = key(None, "how much text to generate, in tokens", "50", ge=1, le=4096)
    temperature: float | None = key(None, "how freely to choose words; 0 always takes the likeliest", "0.7", ge=0, le=2)
    top_p: float | None = key(None, "share of the likeliest words to choose from", "0.9", ge=0.01, le=1)
    dtype: Literal["int8"] | None = key(
        None, "int8: rounded weights, about twice as fast on a CPU; answers differ a little", "int8"
    )
    seed: int | None = key(None, "the same seed chooses the same words", "42", ge=0, le=2**32 - 1)


class Columns(Frozen):
    """Which columns of the data to read; found by themselves where they are not named."""

    text: Label | None = key(None, "column with the text", "sentence")
    label: Label | None = key(None, "column with the label", "label")


class LearnedColumns(Columns):
    """The same, and a second text where rows are pairs."""

    pair: Label | None = key(None, "column with the second text, where rows are pairs", "hypothesis")


class Sample(Columns):
    """Rows of a dataset, drawn so that the same are drawn again."""

    rows: int = key(100, "rows of the dataset to compare on", "200", ge=1, le=1000)
    split: Name | None = key(None, "split to take them from; a labelled test split without it", "test")
    config: Name | None = key(None, "configuration of the dataset", "default")
