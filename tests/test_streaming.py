"""Words on screen while they are written, Stop, and the thread that remembers, with models that write slowly."""

import json
from typing import Any

import pytest
from huggingface_hub import HfApi

from core.commands import is_meant
from world import driver, hub_content, writers

pytestmark = pytest.mark.xdist_group("streaming")
# Long enough to look at what happens, and to stop it.
LONG = "max_new_tokens=450"


@pytest.fixture(scope="module")
def chat(workspace: driver.Sandbox, hugops: driver.Bot, tmp_path_factory: pytest.TempPathFactory) -> driver.Sandbox:
    """A workspace with a bot that is in #ml, and two models: one writes slowly, one talks."""
    ready = workspace.ready
    api = HfApi(endpoint=ready["hub_endpoint"], token=ready["hub_token"])
    hub_content.upload(api, "model", "acme/slow", writers.writer(tmp_path_factory.mktemp("slow"), layers=30))
    hub_content.upload(api, "model", "acme/talker", writers.writer(tmp_path_factory.mktemp("talks"), talks=True))
    workspace.command("ana", "watch acme/slow")
    workspace.wait_text("acme/slow")
    return workspace


def mention(chat: driver.Sandbox, text: str, thread: str = "", user: str = "ana") -> str:
    """Mentions the bot; returns the ts of the thread that it answers in."""
    more = {"thread_ts": thread} if thread else {}
    sent = chat.call("message", user=user, channel="ml", text=f"<@{chat.ready['bot_user_id']}> {text}", **more)
    return thread or str(sent["ts"])


def replies(chat: driver.Sandbox, thread: str, user: str = "ana") -> list[dict[str, Any]]:
    return [one for one in chat.messages(user, "ml", thread) if one.get("bot_id")]


def wait_reply(chat: driver.Sandbox, thread: str, part: str, number: int = 1) -> dict[str, Any]:
    """The last of so many replies, once `part` stands in it."""

    def look() -> dict[str, Any] | None:
        found = replies(chat, thread)
        whole = json.dumps(found[-1], ensure_ascii=False) if found else ""
        return found[-1] if len(found) == number and part in whole else None

    return driver.wait_for(look, 60, lambda: f"{part!r} as reply {number}; there is {replies(chat, thread)}")


def test_words_appear_while_they_are_written_and_stop_keeps_them(chat: driver.Sandbox) -> None:
    thread = mention(chat, f'run acme/slow "the film is" {LONG}')
    growing = wait_reply(chat, thread, '"type": "markdown"')
    (top, buttons), words = growing["blocks"][:2], growing["blocks"][-1]
    assert growing["streaming_state"] == "in_progress"
    assert (top["text"]["text"], buttons["elements"][0]["action_id"]) == ("*acme/slow* · text-generation", "try.stop")
    assert words["text"].startswith("```\n")
    assert "metadata" not in growing
    chat.click("bo", growing, "try.stop")
    driver.wait_for(lambda: any("This answer belongs to" in one["text"] for one in replies(chat, thread, "bo")), 30)
    chat.click("ana", growing, "try.stop")
    answer = wait_reply(chat, thread, "_Stopped by ana; this is what was written until then._")
    assert (answer["ts"], answer["streaming_state"]) == (growing["ts"], "completed")
    assert answer["metadata"]["event_payload"]["state"] == "answered"
    assert "try.stop" not in json.dumps(answer["blocks"])
    assert words["text"].removeprefix("```\n").rstrip() in json.dumps(answer["blocks"])
    chat.click("ana", answer, "try.rerun")
    again = wait_reply(chat, thread, "try.stop", 2)
    chat.call("stop", user="ana", channel="ml", ts=again["ts"])
    chat.click("ana", again, "try.stop")
    wait_reply(chat, thread, "Stopped by ana", 2)


def test_a_press_on_stop_after_the_end_says_so(chat: driver.Sandbox) -> None:
    chat.command("ana", f'run acme/slow "a warm story" {LONG}', "general")
    note = chat.wait_text("try.stop", channel="general")
    assert note["is_ephemeral"]
    assert chat.wait_text("try.rerun", channel="general")["is_ephemeral"]
    chat.click("ana", note, "try.stop", "general")
    chat.wait_text("It had ended already, so there is nothing to stop.", channel="general")


def test_edits_take_over_where_slack_does_not_stream(chat: driver.Sandbox) -> None:
    before = len(calls(chat, "chat.update"))
    chat.call("faults", kind="server_error", method="chat.startStream", count=1)
    thread = mention(chat, f'run acme/slow "the music is" {LONG}')
    growing = wait_reply(chat, thread, "try.stop")
    assert "streaming_state" not in growing
    answer = wait_reply(chat, thread, "try.rerun")
    assert answer["ts"] == growing["ts"]
    assert len(calls(chat, "chat.update")) - before > 1


def test_an_answer_that_a_restart_cuts_off_says_so_and_can_be_asked_again(
    chat: driver.Sandbox, hugops: driver.Bot
) -> None:
    thread = mention(chat, f'run acme/slow "a scene" {LONG}')
    growing = wait_reply(chat, thread, "try.stop")
    hugops.kill()
    hugops.start()
    cut = wait_reply(chat, thread, "I was restarted before the answer was complete. Press Rerun to ask again.")
    assert (cut["ts"], cut["streaming_state"]) == (growing["ts"], "completed")
    driver.wait_for(lambda: driver.answers(chat), 40)
    chat.click("ana", cut, "try.rerun")
    wait_reply(chat, thread, "try.up", 2)


@pytest.mark.parametrize(
    ("text", "is_command"),
    [
        ("serch sentiment", True),
        ('rnu acme/first "x"', True),
        ("hlep", True),
        ("cancel", True),
        ("compare acme/x", True),
        ("run R1 x", True),
        ("what about the ending?", False),
        ("its music", False),
        ("help me write a poem about it", False),
        ("can you explain that", False),
        ("hello there", False),
        ('he said "run" to me', False),
        ("trains are late today", False),
        ("show me more", False),
        ("why?", False),
    ],
)
def test_a_mistyped_command_is_told_from_a_sentence(text: str, is_command: bool) -> None:
    assert is_meant(text) == is_command


def calls(chat: driver.Sandbox, method: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = chat.get(f"calls?method={method}")["calls"]
    return found


def test_a_thread_with_a_chat_model_remembers_until_it_is_told_to_forget(chat: driver.Sandbox) -> None:
    thread = mention(chat, 'run acme/talker "the film" max_new_tokens=6')
    first = wait_reply(chat, thread, "try.rerun")
    mention(chat, "its music", thread)
    second = wait_reply(chat, thread, "try.rerun", 2)
    assert written(second) == expected(chat, ["the film", written(first), "its music"])
    mention(chat, "serch film", thread)
    wait_reply(chat, thread, "`serch` is not a command. Did you mean `search`?", 3)
    mention(chat, "forget", thread)
    wait_reply(chat, thread, "begins a new conversation", 4)
    mention(chat, "its music", thread)
    assert written(wait_reply(chat, thread, "try.rerun", 5)) == expected(chat, ["its music"])


def test_in_a_direct_message_the_thread_under_the_answer_goes_on_with_it(chat: driver.Sandbox) -> None:
    chat.call("message", user="bo", channel="hugops", text='run acme/talker "the film" max_new_tokens=6')
    first = chat.wait_text("|acme/talker>*", user="bo", channel="hugops")
    chat.call("message", user="bo", channel="hugops", text="its music", thread_ts=first["ts"])

    def look() -> dict[str, Any] | None:
        found = [one for one in chat.messages("bo", "hugops", first["ts"]) if "try.rerun" in json.dumps(one)]
        return found[-1] if len(found) > 1 else None

    second = driver.wait_for(look, 30)
    assert written(second) == expected(chat, ["the film", written(first), "its music"])
    chat.call("message", user="bo", channel="hugops", text=f'run acme/slow "the film is" {LONG}')
    growing = chat.wait_text("try.stop", user="bo", channel="hugops")
    assert "streaming_state" not in growing  # Slack streams in threads alone
    chat.click("bo", growing, "try.stop", "hugops")
    chat.wait_text("Stopped by bo", user="bo", channel="hugops")


def test_a_model_that_does_not_talk_takes_the_next_text_for_a_new_one(chat: driver.Sandbox) -> None:
    chat.command("ana", 'run acme/slow "quite a scene" max_new_tokens=3', "general")
    alone = written(chat.wait_text("> quite a scene", channel="general"))
    thread = mention(chat, 'run acme/slow "the film" max_new_tokens=3')
    wait_reply(chat, thread, "try.rerun")
    mention(chat, "quite a scene", thread)
    assert written(wait_reply(chat, thread, "try.rerun", 2)) == alone


def written(answer: dict[str, Any]) -> str:
    """What the model wrote, out of the answer's block of code."""
    text = next(block["text"]["text"] for block in answer["blocks"] if "```" in json.dumps(block))
    return str(text.split("```")[1])


def expected(chat: driver.Sandbox, turns: list[str]) -> str:
    """What the bare model says after these turns."""
    from huggingface_hub import snapshot_download
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = snapshot_download("acme/talker", endpoint=chat.ready["hub_endpoint"], token=chat.ready["hub_token"])
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder).eval()
    prompt = "".join(f"[CLS] {turn} [SEP]" for turn in turns) + " [CLS]"
    batch = tokenizer(prompt, add_special_tokens=False, return_tensors="pt")
    ids, mask = batch["input_ids"], batch["attention_mask"]
    out = model.generate(ids, attention_mask=mask, max_new_tokens=6, do_sample=False, pad_token_id=0)
    return str(tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True))
