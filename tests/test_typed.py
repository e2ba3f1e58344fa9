"""What people type who have not read the manual: mentions anywhere, dashes, names of languages, near misses."""

from datetime import datetime
from types import SimpleNamespace
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from slack_sdk.errors import SlackApiError

from core import commands
from core.commands import Command, RunModel, RunOptions, Search, Train, TypedParameters, parse
from core.commands.openings import Opening, opening
from core.commands.releases import ShowRelease
from core.commands.runs import CancelRun, ListRuns, ShowRun
from core.commands.schedules import RemoveSchedule
from core.commands.you import Help
from core.errors import Mistake
from core.workspace import Channel, Person
from handlers.capabilities import with_names
from handlers.parts import Parts

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))  # a Tuesday
BOT = "U0000BOT"


def read(text: str) -> Command:
    return parse(text, lambda: NOW)


def mistake(text: str) -> Mistake:
    with pytest.raises(Mistake) as caught:
        read(text)
    return caught.value


def meant(text: str) -> list[str]:
    """The lines that are offered."""
    return [each.line for each in mistake(text).suggestions]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("<@U0000BOT> run gpt2 hi", "run gpt2 hi"),
        ("<@U0000BOT|hugops> run gpt2 hi", "run gpt2 hi"),
        ("<@U0000BOT>: run gpt2 hi", "run gpt2 hi"),
        ("<@U0000BOT>, run gpt2 hi", "run gpt2 hi"),
        ("<@U0000BOT>run gpt2 hi", "run gpt2 hi"),
        ("hey <@U0000BOT> run gpt2 hi", "run gpt2 hi"),
        ("Hi <@U0000BOT>, could you please run gpt2 hi", "run gpt2 hi"),
        ("<@U00000BO> <@U0000BOT> run gpt2 hi", "run gpt2 hi"),
        ("<@U0000BOT> <@U00000BO> run gpt2 hi", "run gpt2 hi"),
        ("<@U0000BOT> <@U0000BOT> run gpt2 hi", "run gpt2 hi"),
        ("run gpt2 hi <@U0000BOT>", "run gpt2 hi"),
        ("<@U0000BOT> run gpt2 hi <@U0000BOT>", "run gpt2 hi"),
        ("run <@U0000BOT> gpt2 hi", "run  gpt2 hi"),
        ("I liked that, <@U0000BOT>. Here is more: <@U0000BOT> run gpt2 hi", "run gpt2 hi"),
        ("please R12 <@U0000BOT>", "R12"),
        ("<@U0000BOT> run gpt2 tell <@U0000BOT> that", "run gpt2 tell <@U0000BOT> that"),
        ("<@U0000BOT> run gpt2 ask <@U00000BO>", "run gpt2 ask <@U00000BO>"),
        ("<@U0000BOT>\nrun gpt2\nfirst\nsecond", "run gpt2\nfirst\nsecond"),
        ("<@U0000BOT> and in the evening?", "and in the evening?"),
        ("well, <@U0000BOT> and in the evening?", "well, and in the evening?"),
        ("hello <@U0000BOT>", "hello"),
        ("<@U0000BOT>", ""),
        ("thanks <@U0000BOT>!", "thanks"),
    ],
)
def test_a_mention_stands_anywhere_and_others_may_be_named(message: str, words: str) -> None:
    assert commands.words_for(BOT, message) == words


@pytest.mark.parametrize(
    "typed",
    ["--seed 1", "--seed=1", "—seed 1", "–seed=1", "--Seed = 1", "--seed =1", "seed=1", "seed = 1", '--seed "1"'],
)
def test_a_key_may_stand_behind_dashes(typed: str) -> None:
    wanted = RunModel(model="gpt2", inputs=("hello there",), options=RunOptions(seed=1))
    assert read(f"run gpt2 hello {typed} there") == read(f'run gpt2 {typed} "hello there"') == wanted


def test_dashes_go_with_every_command_that_has_keys() -> None:
    assert read("train a/b on c/d --lr 2e-5 —max-samples 2k") == Train(
        base="a/b", dataset="c/d", parameters=TypedParameters(lr=2e-5, max_samples=2000)
    )
    assert read('train a/b on c/d --at "tomorrow 9:00"') == read('train a/b on c/d at "tomorrow 9:00"')
    assert read("search bert --sort likes") == Search(words="bert", sort="likes")


@pytest.mark.parametrize(
    ("typed", "inputs"),
    [
        ('"good --seed 1"', ("good --seed 1",)),
        ("a film —really— of note", ("a film —really— of note",)),
        ("a film – of note", ("a film – of note",)),
        ("a-b -- c", ("a-b -- c",)),
        ("if size<5 then", ("if size<5 then",)),
        ("\u200brun\u200b me", ("run me",)),
    ],
)
def test_what_is_quoted_or_no_key_stays_text(typed: str, inputs: tuple[str, ...]) -> None:
    assert read(f"run gpt2 {typed}") == RunModel(model="gpt2", inputs=inputs)


@pytest.mark.parametrize(
    "text", ["\u200bhelp train", "`help train`", "```help train```", "```\nhelp train\n```", "\ufeffhelp train"]
)
def test_signs_that_nobody_sees_and_fences_change_nothing(text: str) -> None:
    assert read(text) == Help(topic="train")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("serach bert", ["search bert"]),
        ("  trian a/b on c/d", ["train a/b on c/d"]),
        ("run gpt2 hello --sed 1", ["run gpt2 hello seed=1"]),
        ("run gpt2 hello sede=1", ["run gpt2 hello seed=1"]),
        ('run gpt2 hello labesl="a, b"', ['run gpt2 hello labels="a, b"']),
        ("train a/b on c/d learning_rate=1e-5", ["train a/b on c/d lr=1e-5"]),
        ("search bert task=text-clasification", ["search bert task=text-classification"]),
        ("run gpt2 hi --task text-clasification", ["run gpt2 hi task=text-classification"]),
        ("search language=Germna bert", ["search language=de bert"]),
        ("search bert sort=like", ["search bert sort=likes"]),
        ("search size<500MB bert", ["search size<=500M bert"]),
        ("search bert size<=2GB", ["search bert size<=2B"]),
        ("runs staus=failed", ["runs status=failed"]),
        ("approve p3", ["P3"]),
        ("aprove p3", ["P3"]),
        ("statsu R1", ["status R1"]),
        ("stpo R1", ["stop R1"]),
        ("show me my runs", ["runs"]),
        ("status of R1 and P2", ["R1", "P2", "runs"]),
        (
            "train a/b on c/d at 3/4 lr=1e-5",
            ['train a/b on c/d at "2027-04-03 00:00" lr=1e-5', 'train a/b on c/d at "2027-03-04 00:00" lr=1e-5'],
        ),
        (
            'train a/b on c/d every="day 9:00 BST"',
            ['train a/b on c/d every "day 9:00 Europe/London"', 'train a/b on c/d every "day 9:00 Asia/Dhaka"'],
        ),
        # What is near nothing, or would be no command, is not offered.
        ("approve", []),
        ("R1 frobnicate", []),
        ("run gpt2 hi task=banana", []),
        ("run gpt2 hi task=any", []),
        ("serach bert sort=x", []),
        ("remvoe P3", []),
        ("run gpt2 hi --zzz 1", []),
        ("search bert sort=banana", []),
        ("serach " + "b" * 2000, []),
    ],
)
def test_a_near_miss_offers_the_line_that_was_meant(text: str, lines: list[str]) -> None:
    assert meant(text) == lines
    assert all(isinstance(read(line), Command) for line in lines)


def test_what_is_offered_is_read_as_it_was_typed_also_where_it_looks_like_slacks_own_signs() -> None:
    assert meant("serach &amp;lt; &lt;@U1&gt;") == ["search &amp;lt; &lt;@U1>"]
    assert read("search &amp;lt; &lt;@U1>") == Search(words="&lt; <@U1>")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "approve P3",
            "Approve with the button on the release's card, which shows what is decided about. `/hf P3` shows it.",
        ),
        ("search bert size<500MB", "`500MB` is a size of files, and `size` counts parameters. Try `size&lt;=500M`."),
        ("search bert size>500M", "`size&gt;500M` is not understood. Try `size&lt;=500M`."),
        ("search language=englsh", "`englsh` is no language that I know. Did you mean `language=en`?"),
        ("show me my runs", "`show` takes one id, like `show R12`. Alone it lists the runs."),
        ("banana", "`banana` is not a command. `/hf help all` lists them all."),
        (
            "aprove P3",
            "Approve with the button on the release's card, which shows what is decided about. `/hf P3` shows it.",
        ),
        ("statsu R1", "`statsu` is not a command. Did you mean `status`? `/hf help all` lists them all."),
    ],
)
def test_the_sentence_says_what_can_be_typed(text: str, sentence: str) -> None:
    assert mistake(text).sentence == sentence


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ("task=sentiment-analysis", {"task": "text-classification"}),
        ("task=NER", {"task": "token-classification"}),
        ("task=feature-extraction", {"task": "feature-extraction"}),
        ("task=text-to-smell", {"task": "text-to-smell"}),
        ("language=English", {"language": "en"}),
        ("language=deutsch", {"language": "de"}),
        ("language=de", {"language": "de"}),
        ("language=zh-hant", {"language": "zh-hant"}),
        ("size<500M", {"size_max": 500_000_000}),
        ("size < 500M", {"size_max": 500_000_000}),
        ("size &lt;500M", {"size_max": 500_000_000}),
    ],
)
def test_a_search_takes_the_names_that_people_use(typed: str, fields: dict[str, str]) -> None:
    assert read(f"search bert {typed}") == Search.model_validate({"words": "bert", **fields})


@pytest.mark.parametrize(
    ("typed", "inputs", "task"),
    [
        ('question="Who?" context="Ana did."', ("Who?", "Ana did."), "question-answering"),
        ('--context "Ana did." --question "Who?"', ("Who?", "Ana did."), "question-answering"),
        ('context="Ana did." "Who?"', ("Who?", "Ana did."), "question-answering"),
        ('question="What is the total?"', ("What is the total?",), None),
        ('question="Who?" "Ana did." "Bo did."', ("Who?", "Ana did.", "Bo did."), None),
    ],
)
def test_a_question_and_its_context_may_be_named(typed: str, inputs: tuple[str, ...], task: str | None) -> None:
    assert read(f"run a/b {typed}") == RunModel(model="a/b", inputs=inputs, task=task)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("stop R1", CancelRun(run="R1")),
        ("delete S4", RemoveSchedule(schedule="S4")),
        ("find bert", Search(words="bert")),
        ("status", ListRuns()),
        ("status r1", ShowRun(run="R1")),
        ("show P3", ShowRelease(release="P3")),
        ("hello", Help()),
        ("Hi there!", Help()),
        ("what can you do?", Help()),
        ("?", Help()),
    ],
)
def test_words_of_other_tools_and_of_newcomers_are_understood(text: str, command: Command) -> None:
    assert read(text) == command


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see <https://a.org/b|the docs> now", "see the docs (https://a.org/b) now"),
        ("see <https://a.org/b> now", "see https://a.org/b now"),
        ("run <http://run.py|run.py>", "run run.py"),
        ("write to <mailto:a@b.org|a@b.org>", "write to a@b.org"),
    ],
)
def test_a_link_in_a_message_keeps_its_words_and_its_address(text: str, shown: str) -> None:
    assert commands.clean(text, with_labels=True) == shown


@pytest.mark.parametrize(
    ("text", "command", "values"),
    [
        ("run", "run", {}),
        ("/hf run", "run", {}),
        ("Run gpt2", "run", {"model": "gpt2"}),
        ("try gpt2", "run", {"model": "gpt2"}),
        ("run gpt2 --seed=1 task=text-generation", "run", {"model": "gpt2", "seed": "1", "task": "text-generation"}),
        ("run labels='a b' temperature = 1", "run", {"labels": "a b", "temperature": "1"}),
        ("compare a/b", "compare", {"model": "a/b"}),
        ("compare a/b c/d", "compare", {"model": "a/b", "other": "c/d"}),
        ("compare a/b c/d on", "compare", {"model": "a/b", "other": "c/d"}),
        ("compare a/b c/d rows=5", "compare", {"model": "a/b", "other": "c/d", "rows": "5"}),
        ("tokenize gpt2", "tokenize", {"model": "gpt2"}),
        ("tokenize gpt2 a/b", "tokenize", {"model": "gpt2", "other": "a/b"}),
        ("train", "train", {}),
        ("train a/b epochs=2", "train", {"base": "a/b", "epochs": "2"}),
        ("train --lr many", "train", {"lr": "many"}),
        ("train a/b on", "train", {"base": "a/b"}),
        ("train on c/d", "train", {"dataset": "c/d"}),
        ('train a/b at "tomorrow 9:00"', "train", {"base": "a/b", "at": "tomorrow 9:00"}),
        ("train a/b seed=1 every mon 9:00", "train", {"base": "a/b", "seed": "1", "every": "mon 9:00"}),
        ("publish", "publish", {}),
        ("publish r1", "publish", {"run": "R1"}),
        ("publish R1 to", "publish", {"run": "R1"}),
        ("publish a/b public", "publish", {"repo": "a/b", "visibility": "public"}),
        ("watch", "watch", {}),
        ("search", "search", {}),
    ],
)
def test_a_line_that_lacks_something_opens_its_form_with_what_it_has(
    text: str, command: str, values: dict[str, str]
) -> None:
    assert opening(text) == Opening(command, values, is_complete=False)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("run gpt2 hi you", {"model": "gpt2", "text": "hi you"}),
        ('run gpt2 "a" "b" seed=1', {"model": "gpt2", "text": "a\nb", "seed": "1"}),
        ("run gpt2 question='who?' context='me'", {"model": "gpt2", "question": "who?", "context": "me"}),
        ("compare a/b c/d good", {"model": "a/b", "other": "c/d", "inputs": "good"}),
        ("compare a/b c/d on e/f rows=5", {"model": "a/b", "other": "c/d", "dataset": "e/f", "rows": "5"}),
        ("train a/b@v1 on c/d at 9:00", {"base": "a/b@v1", "dataset": "c/d", "at": "9:00"}),
        ("tokenize gpt2 hi", {"model": "gpt2", "text": "hi"}),
        ('tokenize gpt2 "hi" "a/b"', {"model": "gpt2", "text": "hi\na/b"}),
        ("tokenize gpt2 a/b hi", {"model": "gpt2", "other": "a/b", "text": "hi"}),
        ("publish R1 to a/b", {"run": "R1", "repo": "a/b"}),
        ("watch mistralai", {"target": "mistralai"}),
        ("search bert", {"words": "bert"}),
        ("search sort=likes size<5M", {"sort": "likes", "size": "5M"}),
        ("search datasets movie reviews", {"kind": "dataset", "words": "movie reviews"}),
    ],
)
def test_a_complete_line_is_done_and_can_fill_its_form(text: str, values: dict[str, str]) -> None:
    assert opening(text) == Opening(text.split(maxsplit=1)[0], values, is_complete=True)


@pytest.mark.parametrize(
    "text",
    [
        'run "gpt2"',
        "run gpt2 speed=1",
        "train a/b c/d",
        "train a/b on c/d e/f",
        "publish R1 R2",
        "watch a b",
        "runs",
        'run "',
        "",
    ],
)
def test_a_line_that_a_form_does_not_mend_opens_none(text: str) -> None:
    assert opening(text) is None


class People:
    """A workspace that knows Bo and #ml."""

    def person(self, user: str) -> Person:
        if user != "U00000BO":
            raise SlackApiError("", {"error": "user_not_found"})
        return Person(user, "bo", ZoneInfo("UTC"), is_admin=False)

    def channel(self, channel: str) -> Channel:
        return Channel(channel, "ml", is_private=False, is_member=True, is_dm=False)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("ask <@U00000BO> in <#C0000ML|>", "ask <@U00000BO|bo> in <#C0000ML|ml>"),
        ("ask <@U00000BO|bo>", "ask <@U00000BO|bo>"),
        ("ask <@U00GONE>", "ask <@U00GONE>"),
        ("&lt;@U00000BO&gt;", "&lt;@U00000BO&gt;"),
    ],
)
def test_a_model_reads_the_name_of_who_is_mentioned(text: str, seen: str) -> None:
    parts = cast("Parts", SimpleNamespace(workspace=People()))
    assert with_names(parts, text) == seen
