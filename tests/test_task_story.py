"""Every task end to end: a tiny model on the Hub, a mention with files, and the whole answer in the thread."""

import io
import re
import urllib.request
import wave
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi
from PIL import Image

from core.tasks import TASKS
from jobs.inference.asking.outputs import ASIDE
from world import driver, hub_content, task_cases
from world.chat import Chat
from world.task_cases import CASES

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("task_story")]
# For each task the notification and the lines of the answer, as `plain` leaves them.
ANSWERS = dict(
    each.strip().split("\n", 1)
    for each in (Path(__file__).parent / "data" / "task_answers.txt").read_text().removeprefix("# ").split("\n\n# ")
)
# Questions about a picture that is drawn on, two pictures, a text and a picture, a PDF, a film, a sound, and a table.
ABOUT_FILES = (
    "image-segmentation",
    "keypoint-matching",
    "visual-question-answering",
    "document-question-answering",
    "video-classification",
    "automatic-speech-recognition",
    "table-question-answering",
)
# Two models that colour areas, one picture, and a model whose labels would ping.
COMPARED = ("compare acme/segformer acme/maskformer", "1.png")
LOUD = ("run acme/loud", "<!channel> & *a*.png")


@pytest.fixture(scope="module")
def chat(workspace: driver.Sandbox, hugops: driver.Bot, tmp_path_factory: pytest.TempPathFactory) -> Chat:
    """A workspace with a bot in #ml, and a model for every task on its Hub."""
    workspace.call("command", user="cy", channel="ml", command="/invite", text="@hugops")
    api = HfApi(endpoint=workspace.ready["hub_endpoint"], token=workspace.ready["hub_token"])
    for name, content in task_cases.models(tmp_path_factory.mktemp("models")):
        hub_content.upload(api, "model", f"acme/{name}", content)
    chat = Chat(workspace, hugops)
    chat.answer("cy", chat.say("cy", "@hugops whoami"))  # under the first answer in a channel stands what else there is
    return chat


@pytest.fixture(scope="module")
def asked(chat: Chat, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every question, all at the same time; the message that asks it."""
    files = task_cases.given_files(tmp_path_factory.mktemp("given"))
    files[LOUD[1]] = files["1.png"]
    questions = {task: (case.command, *case.files) for task, case in CASES.items()}
    questions |= {"compared": COMPARED, "loud": LOUD}
    return {
        name: chat.say("ana", f"@hugops {command}", *((file, files[file]) for file in given))
        for name, (command, *given) in questions.items()
    }


def test_every_task_has_a_case() -> None:
    assert list(CASES) == list(ANSWERS) == list(TASKS)


@pytest.mark.parametrize("task", CASES)
def test_the_whole_answer_stands_in_the_thread(chat: Chat, asked: dict[str, str], task: str) -> None:
    answer = chat.answer("ana", asked[task])
    model = f"acme/{CASES[task].model}"
    assert "metadata" in answer, answer["text"]
    head, *lines, facts = lines_of(answer)
    assert head == f"*<{chat.running.ready['hub_endpoint']}/{model}|{model}>* · {task}"
    assert [plain(answer["text"]), *map(plain, lines)] == ANSWERS[task].split("\n")
    assert re.fullmatch(rf"{model} · [0-9a-f]{{7}} · \d+ ms( · loaded in \d+\.\d s)? · \w+ · \w+", facts)
    for shown in pictures(chat, answer):
        colours = shown.convert("RGB").getcolors(maxcolors=2**24)
        assert colours
        assert len(colours) > 1


def test_what_was_spoken_is_a_file_under_the_answer(chat: Chat, asked: dict[str, str]) -> None:
    def look() -> list[dict[str, Any]]:
        return chat.running.messages("ana", "ml", asked["text-to-audio"])[2:]

    chat.answer("ana", asked["text-to-audio"])
    (message,) = driver.wait_for(look, 60)
    (file,) = message["files"]
    with wave.open(io.BytesIO(fetched(chat, file["id"]))) as sound:
        assert (sound.getframerate(), sound.getnframes() > 1000) == (16_000, True)


def test_two_models_draw_on_the_same_picture(chat: Chat, asked: dict[str, str]) -> None:
    answer = chat.answer("ana", asked["compared"])
    assert plain(answer["text"]) == "acme/segformer: 2 areas: cat, fish · acme/maskformer: 2 areas: fish"
    assert [plain(line) for line in lines_of(answer)[2:-2]] == [
        "> 1.png",
        "*acme/segformer*",
        "▓ *1 cat* # of the picture",
        "▓ *2 fish* # of the picture",
        "*acme/maskformer*",
        "▓ *1 fish* # of the picture, # sure",
        "▓ *2 fish* # of the picture, # sure",
        "[1.png with 2 areas: 1 cat #, 2 fish #]",
        "[1.png with 2 areas: 1 fish #, 2 fish #]",
    ]
    titles = [block["title"]["text"] for block in answer["blocks"] if block["type"] == "image"]
    assert titles == ["acme/segformer", "acme/maskformer"]
    first, second = pictures(chat, answer)
    assert (first.size, second.size) == ((48, 40), (48, 40))
    assert first.tobytes() != second.tobytes()


def test_what_was_asked_about_files_is_asked_again_after_a_kill(chat: Chat, asked: dict[str, str]) -> None:
    first = {task: chat.answer("ana", asked[task]) for task in (*ABOUT_FILES, "loud")}
    chat.bot.kill()
    chat.bot.start()
    driver.wait_for(lambda: driver.answers(chat.running), 40)
    for answer in first.values():
        chat.running.click("ana", answer, "try.rerun")
    again = {task: chat.answer("ana", asked[task], after=1) for task in first}
    assert {task: answered(each) for task, each in again.items()} == {
        task: answered(each) for task, each in first.items()
    }
    assert driver.wait_for(lambda: all(name.startswith(ASIDE) for name in chat.left()), 10)


def test_another_model_is_asked_about_the_file_of_an_answer(chat: Chat, asked: dict[str, str]) -> None:
    answer = chat.answer("ana", asked["image-segmentation"])
    chat.running.click("ana", answer, "try.compare")
    view = chat.running.view("ana")
    chat.running.fill("ana", view, model="acme/maskformer")
    compared = chat.answer("ana", asked["image-segmentation"], after=2)
    both = lines_of(chat.answer("ana", asked["compared"]))[2:-2]
    assert [plain(line) for line in lines_of(compared)[2 : len(both) + 2]] == [plain(line) for line in both]


def test_labels_and_names_of_files_are_only_text(chat: Chat, asked: dict[str, str]) -> None:
    answer = chat.answer("ana", asked["loud"])
    assert plain(answer["text"]) == "acme/loud · `a` &amp; &lt;@U0ANARUIZ&gt; #"
    assert [plain(line) for line in lines_of(answer)[1:-1]] == [
        "> &lt;!channel&gt; &amp; *a*.png",
        "▓ # *`a` &amp; &lt;@U0ANARUIZ&gt;*",
        "▓ # *~&lt;https://evil.example|b&gt;~*",
        "▓ # *&lt;!channel&gt; ∗now∗*",
    ]


def answered(message: dict[str, Any]) -> list[str]:
    """The notification and the lines of an answer, without what was said about its files."""
    lines = [plain(line) for line in lines_of(message)[:-1] if not line.startswith("_")]
    return [plain(message["text"]), *lines]


def lines_of(message: dict[str, Any]) -> list[str]:
    """All text of a message, line by line; a picture is its description in brackets."""
    texts = []
    for block in message["blocks"]:
        if block["type"] == "section":
            texts.append(block["text"]["text"])
        elif block["type"] == "context":
            texts += [each["text"] for each in block["elements"]]
        elif block["type"] == "image":
            texts.append(f"[{block['alt_text']}]")
    return [line for text in texts for line in text.split("\n")]


def plain(text: str) -> str:
    """Without bars, and with # for numbers whose last digits differ from machine to machine."""
    numbers = r"-?\d+\.\d+(e[+-]?\d+)?%?|\d+%|(?<=at )-?\d+, ?-?\d+ (–|to) -?\d+, ?-?\d+"
    return re.sub(numbers, "#", re.sub(r"`[▓░]+`", "▓", text))


def pictures(chat: Chat, message: dict[str, Any]) -> list[Image.Image]:
    """What is drawn in a message, as Slack shows it."""
    found: list[Image.Image] = [
        Image.open(io.BytesIO(fetched(chat, block["slack_file"]["id"])))
        for block in message["blocks"]
        if block["type"] == "image"
    ]
    assert {each.format for each in found} <= {"PNG", "JPEG"}
    return found


def fetched(chat: Chat, file: str) -> bytes:
    with urllib.request.urlopen(f"{chat.running.base}/sandbox/files/{file}", timeout=30) as answer:
        return bytes(answer.read())
