"""The grammar: what people type becomes a command, and what cannot be one is answered with what can."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core import commands
from core.commands import (
    CATALOGUE,
    CancelRun,
    Columns,
    Command,
    Compare,
    Help,
    Info,
    Publish,
    Recurrence,
    Repo,
    ResumeRun,
    ResumeSchedule,
    Run,
    RunOptions,
    Runs,
    RunSchedule,
    Sample,
    Search,
    ShowRelease,
    ShowRun,
    Tokenize,
    Train,
    TrainParameters,
    Unwatch,
    Watch,
    parse,
    to_text,
)
from core.errors import Mistake
from core.slots import next_times

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=BERLIN)  # a Tuesday


def read(text: str) -> Command:
    return parse(text, NOW)


def sentence(text: str) -> str:
    with pytest.raises(Mistake) as caught:
        read(text)
    return caught.value.sentence


def outcome(text: str) -> Command | str:
    """The command, or the sentence of the mistake."""
    try:
        return read(text)
    except Mistake as mistake:
        return mistake.sentence


def trained(**fields: object) -> Train:
    return Train.model_validate({"base": "a/b", "dataset": "c/d", **fields})


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", Help()),
        ("help Train", Help(topic="train")),
        ("help s9 run", Help(topic="S4 run")),
        ("search sentiment", Search(words="sentiment")),
        ("Search bert size&lt;=500M Sort=likes", Search(words="bert", size_max=500_000_000, sort="likes")),
        ("search datasets movie reviews language=en", Search(kind="dataset", words="movie reviews", language="en")),
        (
            "search dataset=imdb base=a/b gated=NO inference=yes",
            Search(dataset="imdb", base="a/b", gated="no", inference="yes"),
        ),
        ("search Spaces leaderboard license=mit", Search(kind="space", words="leaderboard", license="mit")),
        ("info gpt2", Info(repo="gpt2")),
        ("info a/b@v1 c/d", Info(repo="a/b", revision="v1", kind="model", other="c/d")),
        ("info org/name@refs/pr/4", Info(repo="org/name", revision="refs/pr/4")),
        (
            "info <https://huggingface.co/datasets/org/name/tree/v1>",
            Info(repo="org/name", revision="v1", kind="dataset"),
        ),
        ("r12", ShowRun(run="R12")),
        ("P3", ShowRelease(release="P3")),
        ("s4 run", RunSchedule(schedule="S4")),
        ("cancel r12", CancelRun(run="R12")),
        ("resume R12", ResumeRun(run="R12")),
        ("resume S4", ResumeSchedule(schedule="S4")),
        ("runs mine status=finished", Runs(scope="mine", status="succeeded")),
        ("publish r1 to org/name", Publish(run="R1", repo="org/name")),
        ("publish R1 to org/name public", Publish(run="R1", repo="org/name", public=True)),
        ("watch mistralai", Watch(target="mistralai")),
        ("unwatch w5", Unwatch(target="W5")),
        ("tokenize gpt2 hello there", Tokenize(models=(Repo(id="gpt2"),), inputs=("hello there",))),
        ('tokenize gpt2 "hello" there', Tokenize(models=(Repo(id="gpt2"),), inputs=("hello", "there"))),
        ("tokenize a b/c@v1 hello", Tokenize(models=(Repo(id="a"), Repo(id="b/c", revision="v1")), inputs=("hello",))),
        ('tokenize a b "hello"', Tokenize(models=(Repo(id="a"), Repo(id="b")), inputs=("hello",))),
        (
            "compare a b/c@v1 on imdb rows=200 label=stars",
            Compare(
                models=(Repo(id="a"), Repo(id="b/c", revision="v1")),
                dataset=Repo(id="imdb"),
                sample=Sample(rows=200, label="stars"),
            ),
        ),
        ("compare a b on the road", Compare(models=(Repo(id="a"), Repo(id="b")), inputs=("on the road",))),
        ('compare a b on "the road"', Compare(models=(Repo(id="a"), Repo(id="b")), inputs=("on", "the road"))),
        ("compare a b/c good film", Compare(models=(Repo(id="a"), Repo(id="b/c")), inputs=("good film",))),
    ],
)
def test_what_is_typed_becomes_the_command(text: str, command: Command) -> None:
    assert read(text) == command


@pytest.mark.parametrize(
    ("typed", "inputs"),
    [
        ("don't  do it", ("don't  do it",)),
        ("“a warm film” 'it's fine' and the rest", ("a warm film", "it's fine", "and the rest")),
        ("„deutsch“ «français» ‘single’", ("deutsch", "français", "single")),
        ('"a \\"b\\" c" \'tis', ('a "b" c', "'tis")),
        ("\nfirst line\n\nsecond line\n", ("first line", "second line")),
        ('"two\nlines", "third"', ("two\nlines", "third")),
        ("1 &lt; 2 &amp;&amp; &amp;lt;", ("1 < 2 && &lt;",)),
        ("ask <@U12|ana> in <#C1|ml> about <http://run.py|run.py>", ("ask @ana in #ml about run.py",)),
        ("hello seed=1 there", ("hello there",)),
    ],
)
def test_texts_arrive_as_they_were_meant(typed: str, inputs: tuple[str, ...]) -> None:
    command = read(f"run gpt2 {typed}")
    assert isinstance(command, Run)
    assert command.inputs == inputs


def test_options_of_a_run_are_read_by_name() -> None:
    assert read('run gpt2@main "Once" Max-New-Tokens=50 temperature = 0.7 task=text-generation') == Run(
        model="gpt2",
        revision="main",
        inputs=("Once",),
        task="text-generation",
        options=RunOptions(max_new_tokens=50, temperature=0.7),
    )


def test_labels_and_languages_of_a_run_are_read_by_name() -> None:
    assert read('run a/b "text" labels="sport, politics" source=en Target=de_DE') == Run(
        model="a/b", inputs=("text",), options=RunOptions(labels="sport, politics", source="en", target="de_DE")
    )


def test_training_parameters_are_read_by_name_in_any_order() -> None:
    typed = 'train a/b@v2 on c/d lr = 2e-5 max_samples=2k batch=16 text="my text" name="second try" config=default'
    assert read(typed) == trained(
        base_revision="v2",
        parameters=TrainParameters(lr=2e-5, max_samples=2000, batch=16),
        columns=Columns(text="my text"),
        title="second try",
        config="default",
    )


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("tomorrow 9:00", datetime(2026, 11, 25, 8, tzinfo=UTC)),
        ("fri 6pm", datetime(2026, 11, 27, 17, tzinfo=UTC)),
        ("9:00", datetime(2026, 11, 25, 8, tzinfo=UTC)),
        ("2027-07-01 09:00", datetime(2027, 7, 1, 7, tzinfo=UTC)),
        ("2026-12-01 09:00 UTC", datetime(2026, 12, 1, 9, tzinfo=UTC)),
        ("in 2 hours", datetime(2026, 11, 24, 11, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_in_the_persons_own_zone(typed: str, moment: datetime) -> None:
    assert read(f'train a/b on c/d at "{typed}"') == read(f"train a/b on c/d at {typed}") == trained(at=moment)


def test_hours_from_now_are_real_hours_when_the_clocks_change() -> None:
    evening = datetime(2026, 10, 24, 23, 0, tzinfo=BERLIN)
    command = parse("train a/b on c/d at in 8 hours", evening)
    assert command == trained(at=datetime(2026, 10, 25, 5, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("typed", "cron", "text"),
    [
        ("mon 9:00", "0 9 * * mon", "mon 9:00"),
        ("Monday at 9am", "0 9 * * mon", "mon 9:00"),
        ("day 8:00", "0 8 * * *", "day 8:00"),
        ("weekdays 7:30", "30 7 * * mon-fri", "weekday 7:30"),
        ("thu, mon 9pm", "0 21 * * mon,thu", "mon,thu 21:00"),
        ("hour", "0 * * * *", "hour"),
        ("2 hours", "0 */2 * * *", "2 hours"),
        ("month 1 9:00", "0 9 1 * *", "month 1 9:00"),
        ("0 9 * * 1-5", "0 9 * * mon-fri", "0 9 * * mon-fri"),
        ("30 6 * * 0", "30 6 * * sun", "30 6 * * sun"),
        ("30 6 * * 5-7", "30 6 * * fri,sat,sun", "30 6 * * fri,sat,sun"),
    ],
)
def test_a_recurrence_becomes_five_fields_with_named_days(typed: str, cron: str, text: str) -> None:
    assert read(f'train a/b on c/d every "{typed}"') == trained(every=Recurrence(cron=cron, text=text))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("serach bert", "`serach` is not a command. Did you mean `search`? `/hf help` lists them all."),
        ("train a/b on c/d lr=banana", "`lr=banana` is not a number. Try `lr=2e-5`."),
        ("train a/b on c/d lr=5", "`lr=5` is out of range: `lr` goes from 1e-7 to 1. Try `lr=2e-5`."),
        ("train a/b on c/d batch=1.5", "`batch=1.5` is not a whole number. Try `batch=32`."),
        ("train a/b on c/d lr=1 LR=2", "`lr` is given twice. Give it once, for example `lr=2e-5`."),
        ("train a/b on c/d seed=", "`seed=` has no value. Try `seed=42`."),
        ("cancel P3", "P3 is a release, and `cancel` takes an id like `R12`. You can type `P3` and `withdraw P3`."),
        ("R1 cancel", "The other way round: `cancel R1`."),
        ("publish R1 to gpt2", "`gpt2` is no place to publish to. Try `publish R1 to org/name`."),
        (
            "search a sort=new",
            "`sort=new` is not known. It can be downloads, likes, trending or updated. Try `sort=downloads`.",
        ),
        ("search a inference=no", "`inference=no` is not known. It can be yes. Try `inference=yes`."),
        ("search spaces a gated=no", "`gated` goes with models and datasets only. Leave it out to search spaces."),
        ("info a/b datasets/c/d", "Only models go side by side. Try `info org/model org/other`, or one dataset alone."),
        ("search a size<=big", "`size&lt;=big` is not a number. Try `size&lt;=500M`."),
        (
            'run gpt2 "never closed',
            'The quote that opens at position 10, `"never closed`, is never closed. Put a `"` at its end.',
        ),
        (
            "train a/b on c/d at yesterday",
            """`yesterday` (2026-11-23 10:00, Europe/Berlin) is not ahead of now. \
Try `at "tomorrow 9:00"` or `at "2030-01-31 18:00"`.""",
        ),
        (
            "train a/b on c/d at 3/4",
            '`3/4` can be read in 2 ways. Write `at "2027-04-03 00:00"` or `at "2027-03-04 00:00"`.',
        ),
    ],
)
def test_a_mistake_names_what_was_wrong_and_what_is_right(text: str, answer: str) -> None:
    assert sentence(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "train a/b on c/d every 30 minutes",
        'train a/b on c/d every "*/5 * * * *"',
        'train a/b on c/d every "0 9 30 2 *"',
        "train a/b on c/d every month 31 9:00",
        "train a/b on c/d every 5 hours",
        "train a/b on c/d every monday",
        "train a/b on c/d at tomorrow 25:00",
        "train a/b on c/d at",
        "train a/b c/d",
        "train datasets/a/b on c/d",
        "info a--b/c",
        f"info {'a' * 97}/b",
        "info https://[",
        "info spaces/a/b",
        "search datasets x size<=1M",
        "watch a/b@main",
        "runs yours",
        "R0",
        "run gpt2 nul\0",
        "run a/b text target=!",
        "compare a/b",
        "compare a/b datasets/c/d text",
        "compare a/b c/d text rows=5",
        "compare a/b c/d on models/e/f",
        "compare a/b c/d on e/f rows=1001",
        "tokenize",
        "tokenize a/b",
        "tokenize a/b c/d",
        "tokenize a/b text lr=1",
        "run gpt2 " + "x" * 100_000,
        "run gpt2 " + "x\n" * 101,
    ],
)
def test_what_cannot_be_is_a_mistake(text: str) -> None:
    assert sentence(text)


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.usage)
def test_every_example_and_every_key_in_the_catalogue_can_be_typed(entry: commands.Entry) -> None:
    kinds = {type(read(text)) for text in entry.examples}
    assert len(kinds) == 1
    for key in entry.keys:
        typed = [text.split(" epochs")[0].split(" name")[0].split(" rows")[0] for text in entry.examples]
        assert kinds & {type(outcome(f"{text} {key.typed}")) for text in typed}


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


def test_a_model_without_a_text_is_a_command_since_files_may_have_come_along() -> None:
    assert read("run a/b column=Review") == Run(model="a/b", column="Review")
    assert read("compare a/b c/d@v1") == Compare(models=(Repo(id="a/b"), Repo(id="c/d", revision="v1")))


NAMES = st.from_regex(r"[a-z][a-z0-9]{0,8}/[A-Z][a-z0-9_]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60).filter(str.strip)
REPOS = st.builds(Repo, id=NAMES | st.just("gpt2"), revision=st.sampled_from([None, "v1"]))
COMMANDS = st.one_of(
    st.builds(
        Run,
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
        parameters=st.builds(TrainParameters, lr=st.floats(1e-7, 1), max_samples=st.integers(1, 10**7)),
    ),
)


@settings(max_examples=200, deadline=None)
@given(COMMANDS)
@example(Run(model="a/b", inputs=('&lt; <@U1> \\" \\', "<http://<@U1>>", "“”")))
@example(Compare(models=(Repo(id="a"), Repo(id="b")), inputs=("x",), options=RunOptions(labels=" a, b ")))
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
