"""The grammar: what people type becomes a command, and what cannot be one is answered with what can."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core import commands
from core.commands import (
    CATALOGUE,
    Command,
    Compare,
    LearnedColumns,
    Recurrence,
    RepoRef,
    RunModel,
    RunOptions,
    Sample,
    Search,
    Train,
    TypedParameters,
    parse,
)
from core.commands.find import Info
from core.commands.releases import Publish, ShowRelease
from core.commands.runs import CancelRun, ListRuns, ResumeRun, ShowRun
from core.commands.schedules import ResumeSchedule, RunSchedule
from core.commands.tries import Tokenize
from core.commands.watches import AddWatch, Unwatch
from core.commands.you import Help
from core.errors import Mistake

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=BERLIN)  # a Tuesday


def read(text: str) -> Command:
    return parse(text, lambda: NOW)


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
        ("runs mine status=finished", ListRuns(scope="mine", status="succeeded")),
        ("publish r1 to org/name", Publish(run="R1", repo="org/name")),
        ("publish R1 to org/name public", Publish(run="R1", repo="org/name", public=True)),
        ("watch mistralai", AddWatch(target="mistralai")),
        ("unwatch w5", Unwatch(target="W5")),
        ("tokenize gpt2 hello there", Tokenize(models=(RepoRef(id="gpt2"),), inputs=("hello there",))),
        ('tokenize gpt2 "hello" there', Tokenize(models=(RepoRef(id="gpt2"),), inputs=("hello", "there"))),
        (
            "tokenize a b/c@v1 hello",
            Tokenize(models=(RepoRef(id="a"), RepoRef(id="b/c", revision="v1")), inputs=("hello",)),
        ),
        ('tokenize a b "hello"', Tokenize(models=(RepoRef(id="a"), RepoRef(id="b")), inputs=("hello",))),
        (
            "compare a b/c@v1 on imdb rows=200 label=stars",
            Compare(
                models=(RepoRef(id="a"), RepoRef(id="b/c", revision="v1")),
                dataset=RepoRef(id="imdb"),
                sample=Sample(rows=200, label="stars"),
            ),
        ),
        ("compare a b on the road", Compare(models=(RepoRef(id="a"), RepoRef(id="b")), inputs=("on the road",))),
        ('compare a b on "the road"', Compare(models=(RepoRef(id="a"), RepoRef(id="b")), inputs=("on", "the road"))),
        ("compare a b/c good film", Compare(models=(RepoRef(id="a"), RepoRef(id="b/c")), inputs=("good film",))),
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
    assert isinstance(command, RunModel)
    assert command.inputs == inputs


def test_options_of_a_run_are_read_by_name() -> None:
    assert read('run gpt2@main "Once" Max-New-Tokens=50 temperature = 0.7 task=text-generation') == RunModel(
        model="gpt2",
        revision="main",
        inputs=("Once",),
        task="text-generation",
        options=RunOptions(max_new_tokens=50, temperature=0.7),
    )


def test_labels_and_languages_of_a_run_are_read_by_name() -> None:
    assert read('run a/b "text" labels="sport, politics" source=en Target=de_DE') == RunModel(
        model="a/b", inputs=("text",), options=RunOptions(labels="sport, politics", source="en", target="de_DE")
    )


def test_training_parameters_are_read_by_name_in_any_order() -> None:
    typed = 'train a/b@v2 on c/d lr = 2e-5 max_samples=2k batch=16 text="my text" name="second try" config=default'
    assert read(typed) == trained(
        base_revision="v2",
        parameters=TypedParameters(lr=2e-5, max_samples=2000, batch=16),
        columns=LearnedColumns(text="my text"),
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
    command = parse("train a/b on c/d at in 8 hours", lambda: evening)
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
        ("serach bert", "`serach` is not a command. Did you mean `search`? `/hf help all` lists them all."),
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
def test_every_example_and_every_key_in_the_catalogue_can_be_typed(entry: commands.HelpEntry) -> None:
    kinds = {type(read(text)) for text in entry.examples}
    assert len(kinds) == 1
    for key in entry.keys:
        typed = [text.split(" epochs")[0].split(" name")[0].split(" rows")[0] for text in entry.examples]
        assert kinds & {type(outcome(f"{text} {key.typed}")) for text in typed}


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("train a/b on c/d lr=banana", "lr"),
        ("train a/b on c--d", "dataset"),
        ("train a--b on c/d", "base"),
        ("run a--b text", "model"),
        ("run a/b text seed=x", "seed"),
        ("compare a/b c--d text", "other"),
        ("compare a/b c/d on e--f", "dataset"),
        ("compare a/b c/d on e/f rows=0", "rows"),
        ("publish R1 to gpt2", "repo"),
        ("search spaces a gated=no", "gated"),
        ("search a size=0", "size"),
        ("serach a", None),
    ],
)
def test_a_mistake_says_which_field_it_is_about(text: str, field: str | None) -> None:
    with pytest.raises(Mistake) as caught:
        read(text)
    assert (caught.value.field, caught.value.code) == (field, "mistake")


def test_the_clock_is_asked_where_a_time_was_typed_and_nowhere_else() -> None:
    asked: list[str] = []

    def clock() -> datetime:
        asked.append(text)
        return NOW

    lines = [text for entry in CATALOGUE for text in entry.examples]
    for text in lines:
        parse(text, clock)
    assert asked == [line for line in lines if ' at "' in line]


def test_a_model_without_a_text_is_a_command_since_files_may_have_come_along() -> None:
    assert read("run a/b column=Review") == RunModel(model="a/b", column="Review")
    assert read("compare a/b c/d@v1") == Compare(models=(RepoRef(id="a/b"), RepoRef(id="c/d", revision="v1")))
