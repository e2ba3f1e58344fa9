"""Every task end to end: a tiny model comes onto the Hub, a person mentions the bot, the whole answer is in the thread."""

import re
import urllib.request
import wave
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import driver
import hub_content
import pytest
import task_cases
from chat import Chat
from huggingface_hub import HfApi
from PIL import Image
from task_cases import CASES

from jobs.inference.registry import TASKS

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("task_story")]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return task_cases.given_files(tmp_path_factory.mktemp("given"))


@pytest.fixture(scope="module")
def chat(workspace: driver.Sandbox, hugops: driver.Bot, tmp_path_factory: pytest.TempPathFactory) -> Chat:
    """A workspace with a bot in #ml, and a model for every task on its Hub."""
    workspace.call("command", user="cy", channel="ml", command="/invite", text="@hugops")
    api = HfApi(endpoint=workspace.ready["hub_endpoint"], token=workspace.ready["hub_token"])
    root = tmp_path_factory.mktemp("models")
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(hub_content.upload, api, "model", f"acme/{name}", content)
                     for name, content in task_cases.models(root)]:  # fmt: skip
            done.result()
    return Chat(workspace, hugops)


@pytest.fixture(scope="module")
def asked(chat: Chat, files: dict[str, bytes]) -> dict[str, str]:
    """Every question, all at the same time; the message that asks it."""
    return {task: ask(chat, files, case.command, *case.files) for task, case in CASES.items()}


def ask(chat: Chat, files: dict[str, bytes], command: str, *names: str) -> str:
    return chat.say("ana", f"@hugops {command}", *((name, files[name]) for name in names))


def test_every_task_has_a_case() -> None:
    assert sorted(CASES) == sorted(TASKS)


@pytest.mark.parametrize("task", CASES)
def test_the_answer_stands_in_the_thread(chat: Chat, asked: dict[str, str], task: str) -> None:
    answer = chat.answer("ana", asked[task])
    print(task, answer["text"])
    print("\n".join(lines(answer)))
    print([each for each in chat.running.messages("ana", "ml", asked[task])][1:])


def lines(message: dict[str, Any]) -> list[str]:
    """All text of a message, line by line; numbers that differ from machine to machine are #."""
    texts = []
    for block in message["blocks"]:
        if block["type"] == "section":
            texts.append(block["text"]["text"])
        elif block["type"] == "context":
            texts += [each["text"] for each in block["elements"]]
        elif block["type"] == "image":
            texts.append(f"[{block['alt_text']}]")
    return [re.sub(r"[▓░]+", "▓", line) for text in texts for line in text.split("\n")]
