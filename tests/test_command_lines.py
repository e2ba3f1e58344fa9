"""Any line at all: it is a command or a mistake, and what is written for a command means that command."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.commands import (
    CATALOGUE,
    Command,
    Compare,
    RepoRef,
    RunModel,
    RunOptions,
    Sample,
    Search,
    Train,
    TypedParameters,
    parse,
    to_text,
)
from core.commands.find import Info
from core.commands.tries import Tokenize
from core.errors import Mistake
from core.slots import next_times

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=BERLIN)  # a Tuesday


def read(text: str) -> Command:
    return parse(text, lambda: NOW)


def outcome(text: str) -> Command | str:
    """The command, or the sentence of the mistake."""
    try:
        return read(text)
    except Mistake as mistake:
        return mistake.sentence


WORDS = st.sampled_from(
    [
        *(form.name.split()[0] for form in CATALOGUE),
        *(key.name + "=" for entry in CATALOGUE for key in entry.keys),
        "on",
        "to",
        "at",
        "every",
        "=",
        '"',
        "'",
        "“",
        "mon",
        "9:00",
        "tomorrow",
        "a/b",
        "a/b@v1",
        "2k",
        "1e-5",
        "R1",
        "S2",
        "P3",
        "W4",
        "public",
        "mine",
        "datasets",
        "size<=",
        "&lt;",
        "<@U1>",
        "<http://a/b|b>",
        "\n",
        "0 9 * * 1",
        "`",
        "*",
    ]
)
PIECES = st.lists(st.one_of(WORDS, st.text(max_size=12)), max_size=9)
HEADS = st.sampled_from(
    ["train a/b on c/d at ", "train a/b on c/d every ", 'train a/b on c/d every "0 ', "info ", "run m "]
)
TAILS = st.text("0123456789:-/*, amponthurwdeyi\"'.@", max_size=30)
LINES = st.one_of(
    st.text(max_size=200),
    st.builds(lambda glue, parts: glue.join(parts), st.sampled_from([" ", ""]), PIECES),
    st.builds(lambda head, tail: head + tail, HEADS, TAILS),
)


@settings(max_examples=400, deadline=None)
@given(LINES)
@example("train a/b on c/d at in 99999999999999999999 years")
@example("train a/b on c/d epochs=1e999")
@example("run gpt2 " + "'a “b \\" * 12_000)
@example("search " + "\\" * 40_000)
@example("train a/b on c/d epochs=" + "9" * 5000)
@example("info http://[::1")
@example("search a size<=x size=0 lang<=&lt;")
@example("search a size=0")
@example("\ud800")
def test_any_text_is_a_command_or_a_mistake_that_can_be_shown(text: str) -> None:
    answer = outcome(text)
    if not isinstance(answer, str):
        assert read(to_text(answer)) == answer
        return
    assert len(answer) <= 300
    assert not re.search(r"\n|[<>]|&(?!amp;|lt;|gt;)", answer)
    assert answer.count("`") % 2 == 0


NAMES = st.from_regex(r"[a-z][a-z0-9]{0,8}/[A-Z][a-z0-9_]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60).filter(str.strip)
REPOS = st.builds(RepoRef, id=NAMES | st.just("gpt2"), revision=st.sampled_from([None, "v1"]))
COMMANDS = st.one_of(
    st.builds(
        RunModel,
        model=NAMES,
        inputs=st.lists(TEXTS, max_size=4).map(tuple),
        column=st.sampled_from([None, "my text"]),
        options=st.builds(RunOptions, temperature=st.floats(0, 2), seed=st.integers(0, 2**32 - 1)),
    ),
    st.builds(
        Compare,
        models=st.tuples(REPOS, REPOS),
        inputs=st.lists(TEXTS, max_size=4).map(tuple),
        options=st.builds(RunOptions, labels=TEXTS, target=st.sampled_from(["de", "deu_Latn", "zh-CN"])),
    ),
    st.builds(
        Compare,
        models=st.tuples(REPOS, REPOS),
        dataset=REPOS,
        sample=st.builds(
            Sample,
            rows=st.integers(1, 1000),
            text=st.none() | st.just("a b"),
            split=st.sampled_from([None, "test"]),
            config=st.sampled_from([None, "default"]),
        ),
    ),
    st.builds(
        Tokenize,
        models=st.lists(REPOS, min_size=1, max_size=2).map(tuple),
        inputs=st.lists(TEXTS, min_size=1, max_size=4).map(tuple),
    ),
    st.builds(
        Search, words=st.lists(TEXTS, max_size=3).map(" ".join), kind=st.sampled_from(["model", "dataset", "space"])
    ),
    st.builds(
        Search,
        dataset=st.none() | NAMES,
        base=st.none() | NAMES,
        gated=st.sampled_from([None, "no", "yes"]),
        inference=st.sampled_from([None, "yes"]),
    ),
    st.builds(Info, repo=NAMES, kind=st.just("model"), other=NAMES, other_revision=st.none() | st.just("v1")),
    st.builds(
        Train,
        base=NAMES,
        dataset=NAMES,
        at=st.datetimes(datetime(2027, 1, 1), datetime(2090, 1, 1)).map(  # noqa: DTZ001  # the zone follows
            lambda at: at.replace(microsecond=0, tzinfo=UTC)
        ),
        parameters=st.builds(TypedParameters, lr=st.floats(1e-7, 1), max_samples=st.integers(1, 10**7)),
    ),
)


@settings(max_examples=200, deadline=None)
@given(COMMANDS)
@example(RunModel(model="a/b", inputs=('&lt; <@U1> \\" \\', "<http://<@U1>>", "“”")))
@example(Compare(models=(RepoRef(id="a"), RepoRef(id="b")), inputs=("x",), options=RunOptions(labels=" a, b ")))
@example(Search(words="datasets of models"))
@example(Search(words="a=b  c"))
@example(Search(words="spaces between"))
def test_the_line_that_is_written_for_a_command_means_that_command(command: Command) -> None:
    assert read(to_text(command)) == command


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.from_regex(r"(\*|[0-9a-z]{1,3}(-[0-9a-z]{1,3})?)(/[0-9]{1,2})?", fullmatch=True), min_size=5, max_size=5
    )
)
@example(["0", "*/23", "29", "feb", "*"])
def test_every_recurrence_that_is_taken_has_a_next_time(fields: list[str]) -> None:
    try:
        command = read(f'train a/b on c/d every "{" ".join(fields)}"')
    except Mistake:
        return
    assert isinstance(command, Train)
    assert command.every
    assert len(next_times(None, command.every.cron, "Europe/Berlin", NOW.timestamp(), 1)) == 1
