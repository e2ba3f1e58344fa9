"""Files, the shortcut and the form in chat: what is attached is read, what cannot be is told, and nothing stays."""

import base64
import json
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from huggingface_hub import HfApi
from slack_sdk import WebClient

from core.answers import Answer
from core.attachments import SIGN_IN, Attachment, fetch, read_attachment
from core.blocks.parts import picture
from core.errors import HugopsError, Mistake
from core.results import Artefact, Audio, Boxes
from core.tasks import TASKS
from jobs.inference.asking.inputs import Inputs
from jobs.inference.asking.outputs import finish, own_names
from world import driver, hub_content
from world.chat import Chat
from world.model_shelf import shaped

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("inference_files")]
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TEXTS = "text,stars\n" + "".join(f"the film {number} is [MASK],{number}\n" for number in range(120))
HOW = (
    " to a message that mentions me or in our direct messages, mention me in the thread where it lies, "
    "or type `/hf run` alone for a form: a slash command carries no files."
)


@pytest.fixture(scope="module")
def chat(workspace: driver.Sandbox, hugops: driver.Bot, tmp_path_factory: pytest.TempPathFactory) -> Chat:
    ready = workspace.ready
    api = HfApi(endpoint=ready["hub_endpoint"], token=ready["hub_token"])
    files = hub_content.tiny_bert(tmp_path_factory.mktemp("masked"))
    for name in ("acme/first", "acme/second"):
        hub_content.upload(api, "model", name, files)
    workspace.call("command", user="cy", channel="ml", command="/invite", text="@hugops")
    return Chat(workspace, hugops)


def shown(message: dict[str, Any]) -> str:
    return json.dumps(message["blocks"], ensure_ascii=False)


def test_a_column_of_an_attached_csv_is_tried_and_the_rest_is_told(chat: Chat) -> None:
    answer = chat.answer("ana", chat.say("ana", "@hugops run acme/first", ("films.csv", TEXTS.encode())))
    assert "the film 0 is [MASK]" in shown(answer)
    assert "_From `films.csv`, column `text`._ I read 100 rows; 20 more rows were left out." in shown(answer)
    assert driver.wait_for(lambda: not chat.left(), 10)


@pytest.mark.parametrize(
    ("name", "content", "text", "note"),
    [
        (
            "films.csv",
            "text;n\nthe film, schön, is [MASK];1\n".encode("cp1252"),
            "the film, schön, is [MASK]",
            "_From `films.csv`, column `text`, read as Windows-1252, separated by `;`._",
        ),
        ("note.txt", "schön is [MASK]".encode("utf-16"), "schön is [MASK]", "_`note.txt`: read as UTF-16._"),
    ],
    ids=["a csv in windows-1252", "a text in utf-16"],
)
def test_how_a_file_is_written_is_said_under_the_answer(
    chat: Chat, name: str, content: bytes, text: str, note: str
) -> None:
    answer = shown(chat.answer("ana", chat.say("ana", "@hugops run acme/first", (name, content))))
    assert (text in answer, note in answer) == (True, True)


def tables(chat: Chat, user: str, channel: str, thread: str = "") -> list[int]:
    """How many lines each file of answers has that this person sees there."""
    files = [file for each in chat.running.messages(user, channel, thread) for file in each.get("files") or ()]
    addresses = [f"{chat.running.base}/sandbox/files/{file['id']}" for file in files if file["name"] == "answers.csv"]
    return [len(urllib.request.urlopen(address, timeout=30).read().splitlines()) for address in addresses]


def test_answers_that_a_message_does_not_hold_are_in_a_file_of_the_thread_or_in_a_direct_message(chat: Chat) -> None:
    thread = chat.say("bo", "@hugops run acme/first", ("films.csv", TEXTS.encode()))
    assert "all of them are in `answers.csv` here." in shown(chat.answer("bo", thread))
    assert tables(chat, "bo", "ml", thread) == [101]
    chat.running.command("cy", "run acme/first " + " ".join(f'"film {at} is [MASK]"' for at in range(90)), "general")
    chat.running.wait_text("all of them are in `answers.csv` in our direct messages.", "cy", "general")
    assert tables(chat, "cy", "hugops") == [91]


def test_a_file_earlier_in_the_thread_is_meant_and_pings_nobody(chat: Chat) -> None:
    first = chat.say("bo", "look", ("note.md", b"<!channel> the film is [MASK] & <@U1>"))
    chat.say("bo", "@hugops run acme/first", thread=first)
    answer = chat.answer("bo", first)
    assert "> &lt;!channel&gt; the film is [MASK] &amp; &lt;@U1&gt;" in shown(answer)


def test_a_file_in_a_direct_message_is_compared(chat: Chat) -> None:
    chat.say(
        "dee", "compare acme/first acme/second", ("gaps.json", b'["a [MASK] film", "a [MASK] story"]'), channel="hugops"
    )
    answer = chat.running.wait_text("Same answer on 2 of 2 texts (100%)", "dee", "hugops")
    assert "_From `gaps.json`, a list of texts._" in shown(answer)


BAD: dict[str, tuple[list[tuple[str, bytes]], str, str]] = {
    "nothing": (
        [],
        "run acme/first",
        (
            'On what text? Write `run acme/first "text"`, or type `/hf run` alone for a form. '
            "A file goes with a message that mentions me: a slash command carries none."
        ),
    ),
    "no word": (
        [("a.txt", b"a film")],
        "",
        ("What shall I do with it? Write `run org/model` in the message with the file."),
    ),
    "picture": (
        [("cat.png", PNG)],
        "run acme/first",
        (
            "`cat.png` is a picture, and `acme/first` reads text (`fill-mask`). "
            "Attach what it reads, or try another model."
        ),
    ),
    "noise": (
        [("noise.txt", bytes(range(256)) * 9)],
        "run acme/first",
        (
            "`noise.txt` is of no kind that I can read. Attach a text, a CSV or JSON file, a picture, a sound, a video "
            "or a PDF."
        ),
    ),
    "blank": ([("blank.txt", b" \n")], "run acme/first", "`blank.txt` is empty. Attach one with something in it."),
    "large": (
        [("large.txt", b"a" * (2 * 2**20 + 1))],
        "run acme/first",
        ("`large.txt` has more than 2.1 MB, the most that I take of a text. Send a smaller one."),
    ),
    "headless": (
        [("a.csv", b"text\n")],
        "run acme/first",
        ("`a.csv` has no rows under its header. Attach one with rows."),
    ),
    "ragged": (
        [("a.csv", b"text,n\na [MASK], b, c\n")],
        "run acme/first",
        ("`a.csv` has more cells in line 2 than its header has names. Quote cells with commas."),
    ),
    "two columns": (
        [("a.csv", b"<!here>,song\nla,lu\n")],
        "run acme/first",
        ("Several columns of `a.csv` have text. Name one with `column=`: `&lt;!here&gt;`, `song`."),
    ),
    "other column": (
        [("a.csv", b"song,n\nla,1\n")],
        "run acme/first column=lyrics",
        ("`a.csv` has no column `lyrics`. Its columns: `song`, `n`."),
    ),
    "no column": (
        [("a.txt", b"la")],
        "run acme/first column=lyrics",
        (f"`column=` goes with a CSV or JSON file. Attach a CSV or JSON file{HOW}"),
    ),
    "broken": (
        [("a.json", b'{"text": [')],
        "run acme/first",
        ("`a.json` is not JSON (line 1). Attach it as a .txt file if it is a text."),
    ),
    "no table": (
        [("a.json", b"17")],
        "run acme/first",
        ('`a.json` is no table. Write it as a list of rows: `[{"city": "Bonn", "people": 330}]`.'),
    ),
    "many": (
        [(f"{number}.txt", b"a") for number in range(11)],
        "run acme/first",
        ("These are 11 files; I take at most 10 at once. Send the rest afterwards."),
    ),
}


def test_what_cannot_be_read_is_told_in_one_sentence_and_nothing_stays(chat: Chat) -> None:
    told = {
        name: chat.answer("bo", chat.say("bo", f"@hugops {words}".strip(), *files))["text"]
        for name, (files, words, _) in BAD.items()
    }
    assert told == {name: sentence for name, (_, _, sentence) in BAD.items()}
    assert chat.left() == []


def test_what_a_file_is_its_bytes_say_and_not_its_name(chat: Chat) -> None:
    answer = chat.answer("cy", chat.say("cy", "@hugops run acme/first", ("film.png", b"the film is [MASK]")))
    assert "> the film is [MASK]" in shown(answer)


def submit(chat: Chat, user: str, **values: Any) -> dict[str, Any]:
    return chat.running.fill(user, chat.running.view(user), **values)


def entered(chat: Chat, user: str) -> dict[str, str | None]:
    """What stands in the form that is open, where something does."""
    return {key: value for key, value in driver.entered(chat.running.view(user)).items() if value}


def test_a_message_is_tried_by_its_shortcut_and_the_answer_posted_as_it_was(chat: Chat) -> None:
    ts = chat.say("ana", "is the *film* [MASK] <3", ("more.txt", b"a [MASK] story"))
    chat.running.call("shortcut", user="ana", callback_id="model.try_message", channel="ml", ts=ts)
    assert entered(chat, "ana") == {"text": "is the *film* [MASK] <3"}
    assert "With `more.txt`." in json.dumps(chat.running.view("ana")["blocks"])
    assert submit(chat, "ana", model="acme/first")["response_action"] is None
    answer = chat.running.wait_text("> a [MASK] story")
    assert "is the *film* [MASK] &lt;3" in shown(answer)
    assert "The same as a command: `/hf run acme/first" in shown(answer)
    chat.running.click("ana", answer, "answer.post")
    posted = chat.running.wait_text("> a [MASK] story", "bo")
    as_posted = [block["text"] for block in posted["blocks"] if "text" in block]
    assert as_posted == [block["text"] for block in answer["blocks"] if "text" in block]
    assert not posted.get("is_ephemeral")


def test_a_bare_run_opens_the_form_with_what_was_filled_in_last(chat: Chat) -> None:
    chat.running.command("dee", "run", "general")
    wrong = submit(chat, "dee", model="acme/first", text="a [MASK]", seed="x", top_p="9")
    assert wrong["errors"] == {
        "seed": "seed=x is not a number. Try seed=42.",
        "top_p": "top_p=9 is out of range: top_p goes from 0.01 to 1. Try top_p=0.9.",
    }
    empty = submit(chat, "dee", text="", seed="", top_p="")
    assert empty["errors"] == {"text": "There is no text in it yet, and no file."}
    file = {"name": "gaps.csv", "content_base64": base64.b64encode(b"text\nthe [MASK] film\n").decode()}
    sent = submit(chat, "dee", files=[file], column="text", task="fill-mask")
    assert (sent["response_action"], sent.get("errors")) == (None, None)
    answer = chat.running.wait_text("the [MASK] film", "dee", "general")
    assert "`/hf run acme/first task=fill-mask column=text`" in shown(answer)
    chat.running.command("dee", "run", "general")
    assert entered(chat, "dee") == {"model": "acme/first", "column": "text", "task": "fill-mask"}
    chat.running.call("close", user="dee", view_id=chat.running.view("dee")["id"])


def test_two_models_are_compared_on_files_from_a_form(chat: Chat) -> None:
    chat.running.command("dee", "compare acme/first", "general")
    file = {"name": "gaps.csv", "content_base64": base64.b64encode(b"text\nthe [MASK] film\n").decode()}
    submit(chat, "dee", other="acme/second", files=[file], column="text", task="fill-mask")
    answer = chat.running.wait_text("Same answer", "dee", "general")
    assert "the [MASK] film" in shown(answer)
    assert "`/hf compare acme/first acme/second task=fill-mask column=text`" in shown(answer)


def test_a_model_that_is_chosen_in_the_form_brings_the_fields_of_its_task(chat: Chat) -> None:
    chat.running.command("bo", "run labels=x", "general")
    view = chat.running.view("bo")
    assert {"temperature", "question", "labels"} <= set(driver.entered(view))
    chat.running.call("suggest", user="bo", view_id=view["id"], action_id="try.model", value="acme/first")
    chat.running.call("click", user="bo", view_id=view["id"], action_id="try.model", selected="acme/first")
    driver.wait_for(lambda: "temperature" not in driver.entered(chat.running.view("bo")), 20, "the fields of the task")
    assert entered(chat, "bo") == {"model": "acme/first", "labels": "x"}
    chat.running.call("click", user="bo", view_id=view["id"], action_id="try.task", selected="translation")
    driver.wait_for(lambda: "source" in driver.entered(chat.running.view("bo")), 20, "the fields of another task")
    chat.running.call("close", user="bo", view_id=view["id"])


def tiny_segmenter(folder: Path) -> dict[str, bytes]:
    """An untrained model that gives each part of a picture one of four labels, as files."""
    from transformers import SegformerConfig, SegformerForSemanticSegmentation

    sizes = {"depths": [1] * 4, "hidden_sizes": [8, 8, 16, 16], "num_attention_heads": [1] * 4}
    SegformerForSemanticSegmentation(
        shaped(SegformerConfig, num_labels=4, decoder_hidden_size=16, **sizes)
    ).save_pretrained(folder)
    looks = {"image_processor_type": "SegformerImageProcessor", "size": {"height": 64, "width": 64}, "do_resize": True}
    (folder / "preprocessor_config.json").write_text(json.dumps(looks))
    card = b"---\nlibrary_name: transformers\npipeline_tag: image-segmentation\n---\n"
    return {path.name: path.read_bytes() for path in folder.iterdir()} | {"README.md": card}


@pytest.mark.skipif("image-segmentation" not in TASKS, reason="no task that draws is installed")
def test_what_a_model_draws_stands_under_its_words_also_in_answers_for_one_and_when_posted(
    chat: Chat, tmp_path: Path
) -> None:
    ready = chat.running.ready
    api = HfApi(endpoint=ready["hub_endpoint"], token=ready["hub_token"])
    hub_content.upload(api, "model", "acme/areas", tiny_segmenter(tmp_path))
    answer = chat.answer("cy", chat.say("cy", "@hugops run acme/areas", ("cat.png", PNG)))
    assert [block["type"] for block in answer["blocks"]] == ["section", "section", "image", "context", "actions"]
    assert [button["action_id"] for button in answer["blocks"][-1]["elements"]] == [
        "try.rerun",
        "try.compare",
        "try.up",
        "try.down",
        "model.details",
    ]
    assert answer["blocks"][2]["alt_text"].startswith("cat.png")
    assert chat.left() == []
    thread = answer["thread_ts"]
    chat.say("cy", "@hugops", ("dog.png", PNG), thread=thread)
    assert "dog.png" in shown(chat.answer("cy", thread, after=1))
    chat.say("cy", "@hugops and a third one?", thread=thread)
    assert chat.answer("cy", thread, after=2)["text"] == (
        "`acme/areas` reads no text (`image-segmentation`). Mention me here with the next file."
    )
    told = chat.answer("cy", chat.say("cy", "@hugops run acme/areas"))["text"]
    assert told == f"`acme/areas` reads pictures. Attach a picture{HOW}"
    chat.running.command("cy", "run acme/areas", "general")
    file = {"name": "cat.png", "content_base64": base64.b64encode(PNG).decode()}
    submit(chat, "cy", files=[file])
    seen = chat.running.wait_text("cat.png", "cy", "general")
    chat.running.click("cy", seen, "answer.post", "general")
    posted = chat.running.wait_text("cat.png", "bo", "general")
    pictures = [[block["slack_file"] for block in each["blocks"] if "slack_file" in block] for each in (seen, posted)]
    assert pictures[0] == pictures[1] != []
    before = chat.running.texts("cy", "general").count(seen["text"])
    chat.running.click("cy", seen, "try.rerun", "general")
    driver.wait_for(
        lambda: chat.running.texts("cy", "general").count(seen["text"]) > before, 60, "the answer once more"
    )


def client_of(chat: Chat, token: str = "") -> WebClient:
    return WebClient(token or chat.running.ready["bot_token"], base_url=chat.running.ready["slack_api_url"])


def attached(chat: Chat, name: str, content: bytes) -> Attachment:
    ts = chat.say("ana", "", (name, content))
    (message,) = (each for each in chat.running.messages("ana") if each["ts"] == ts)
    return read_attachment(client_of(chat), {"id": message["files"][0]["id"]})


@pytest.mark.parametrize(
    ("changed", "token", "sentence"),
    [
        ({}, "xoxb-without-files-read", SIGN_IN),
        ({"url": "https://slack.com.example.org/files-pri/T0-F0/a.txt"}, "", "`a.txt` lies outside of Slack. "),
        ({"kind": "picture", "size": 2**30}, "", "`a.txt` has more than 21 MB, the most that I take of a picture. "),
        ({"size": 0, "kind": None}, "", "`a.txt` has more than 2.1 MB, the most that I take of a text. "),
    ],
)
def test_a_file_comes_from_slack_alone_and_within_its_size(
    chat: Chat, tmp_path: Path, changed: dict[str, Any], token: str, sentence: str
) -> None:
    file = attached(chat, "a.txt", b"a" * (2 * 2**20 + 1))
    with pytest.raises(HugopsError) as told:
        fetch(client_of(chat, token), Attachment(**(vars(file) | {"size": 9, "kind": "text"} | changed)), tmp_path)
    assert told.value.sentence.startswith(sentence)
    assert list(tmp_path.iterdir()) == []


def test_files_keep_their_names_where_these_are_harmless(chat: Chat, tmp_path: Path) -> None:
    names = ["a cat.png", "a cat.png", "../../<!here>é.png", "..."]
    paths = [fetch(client_of(chat), attached(chat, name, PNG), tmp_path).path for name in names]
    assert [path.parent for path in paths] == [tmp_path] * 4
    assert [path.name[-9:] for path in paths] == ["a cat.png", "a cat.png", "here_é.png"[-9:], "file"]
    assert len(set(paths)) == 4


def test_a_file_that_is_gone_is_told(chat: Chat) -> None:
    with pytest.raises(Mistake, match="deleted, or in a channel that I am not in"):
        read_attachment(client_of(chat), {"id": "F0GONE", "name": "a.txt"})


def test_pictures_go_up_and_sounds_are_put_aside(chat: Chat, tmp_path: Path) -> None:
    folder = tmp_path / "tries" / "one"
    folder.mkdir(parents=True)
    (folder / "boxes.png").write_bytes(PNG)
    (folder / "speech.wav").write_bytes(b"RIFF")
    made = Boxes((), file="boxes.png", alt="2 cats"), Audio(1.0, 16_000, file="speech.wav", alt="hello")
    results = own_names([*made, Boxes((), file="../gone.png")], folder)
    assert [isinstance(each, Artefact) and bool(each.file) for each in results] == [True, True, False]
    bench: Any = SimpleNamespace(client=client_of(chat), folder=tmp_path / "tries")
    (boxes,) = (each for each in results[:1] if isinstance(each, Artefact))
    blocks = [picture(f"@{boxes.file}", "2 cats"), picture("@missing.png", "<!here> 3 dogs")]
    answer = finish(bench, Inputs(folder), Answer("2 cats", blocks), results)
    assert answer.blocks[1]["elements"][0]["text"] == "_The picture could not be uploaded: &lt;!here&gt; 3 dogs_"
    ready = chat.running.ready
    place = {"channel": ready["channels"]["ml"], "text": "2 cats", "blocks": answer.blocks}
    assert client_of(chat).chat_postMessage(**place)["ok"]
    assert client_of(chat).chat_postEphemeral(user=ready["users"]["ana"], **place)["ok"]
    ((path, alt),) = answer.sounds
    assert (Path(path).read_bytes(), alt) == (b"RIFF", "hello")
