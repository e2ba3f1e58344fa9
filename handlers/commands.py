"""Typed words: after `/hf`, after a mention, or in a direct message. All three end in the same functions."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from core import commands
from core.answers import SlackFile
from core.blocks.help import with_first_words
from core.commands.repos import is_data_file
from core.errors import Mistake
from core.store import seen_events
from core.words import escape, quote
from core.workspace import WouldWait, ensure_served
from handlers.capabilities import answer, read, with_names
from handlers.listeners import Ack, Answer, Body, Caller, Parts, attempt, later, reply, say
from handlers.opening import form_of
from handlers.sharing import answer_to
from jobs.inference import asking

# Said while Slack is asked who somebody is, which zone they are in, or where a message stands.
ASKING_SLACK = "Asking Slack; the answer follows."
# Bolt sends an acknowledgement a moment after `ack`, and no answer may overtake it.
ACK_SECONDS = 0.1


def on_command(parts: Parts, ack: Ack, body: Body) -> None:
    """`/hf …`: the acknowledgement carries the answer, or says what is being done. Nothing waits before it."""
    text = str(body.get("text") or "")
    caller = Caller(body["user_id"], body["channel_id"], body.get("response_url", ""), body.get("trigger_id", ""))
    after: list[Callable[[], None]] = []

    def begin() -> Answer | None:
        ensure_served(str(body.get("channel_name") or ""))
        try:
            with parts.workspace.without_waiting():
                if opens := form_of(parts, caller, text):
                    # The trigger id lives three seconds.
                    after.append(lambda: reply(parts, caller, attempt(opens)))
                    return None
                command = read(parts, caller.user, text)
                if not command.waits:
                    return answer_to(parts, caller, command, text)
                words = command.waits
        except WouldWait:
            words = ASKING_SLACK
        after.append(lambda: later(parts, caller, partial(_answer_line, parts, caller, text), lead=ACK_SECONDS))
        return Answer(words)

    first = attempt(begin)
    ack(first.payload() if first else "")
    for step in after:
        step()


def on_mention(parts: Parts, ack: Ack, body: Body) -> None:
    """`@hugops …`: the same words, answered in the thread. Other apps are not answered: two could go on for ever."""
    ack()
    event = body["event"]
    if event.get("bot_id") or "user" not in event:
        return
    text = commands.words_for(parts.bot_user, event.get("text", ""))
    _on_text(parts, event, text, thread=event.get("thread_ts") or event["ts"], is_mention=True)


def on_message(parts: Parts, ack: Ack, body: Body) -> None:
    """A direct message: the same words without a mention."""
    ack()
    event = body["event"]
    if event.get("channel_type") == "im" and event.get("subtype") in (None, "file_share") and not event.get("bot_id"):
        text = commands.words_for(parts.bot_user, event.get("text", ""))
        _on_text(parts, event, text, thread=event.get("thread_ts"))


def run_suggested(parts: Parts, caller: Caller, line: str) -> Answer | None:
    """A button under a mistake: what was meant is done as if it were typed, and the mistake goes."""
    if caller.thread or (caller.on_card and caller.channel.startswith("D")):
        # It was typed where everybody reads the answer.
        here = replace(caller, response_url="", on_card=False, message=f"{caller.message}-again")
        parts.pool.submit(lambda: reply(parts, here, attempt(partial(_answer_mention, parts, here, line))))
        return None if caller.on_card else replace(say(quote(line)), replace=True)
    return _run_line(parts, caller, line, is_instead=not caller.on_card and bool(caller.response_url))


def run_offered(parts: Parts, caller: Caller, line: str) -> Answer | None:
    """A button that does what one could type, and stays."""
    return _run_line(parts, caller, line, is_instead=False)


def _run_line(parts: Parts, caller: Caller, line: str, *, is_instead: bool) -> Answer | None:
    if opens := form_of(parts, caller, line):
        return opens()
    command = read(parts, caller.user, line)
    if is_instead and command.waits:
        reply(parts, caller, replace(say(command.waits), replace=True))

    def work() -> None:
        shown = attempt(lambda: answer_to(parts, caller, command, line))
        reply(parts, caller, shown and replace(shown, replace=is_instead))

    parts.pool.submit(lambda: attempt(work))
    return None


def _answer_mention(parts: Parts, caller: Caller, line: str) -> Answer:
    return answer(parts, caller, read(parts, caller.user, line))


def _answer_line(parts: Parts, caller: Caller, text: str) -> Answer:
    return answer_to(parts, caller, read(parts, caller.user, text), text)


def _on_text(parts: Parts, event: Body, text: str, thread: str | None, *, is_mention: bool = False) -> None:
    # Slack delivers events again, also under new ids; what stays the same is the channel and the ts.
    if not seen_events.is_first(parts.database, f"{event['channel']}/{event['ts']}"):
        return
    files = tuple(event.get("files") or ())
    caller = Caller(event["user"], event["channel"], thread=thread, message=event["ts"], files=files)

    def run() -> None:
        shown = attempt(partial(_answer_or_follow, parts, caller, text))
        if is_mention and shown and seen_events.is_first(parts.database, f"met/{caller.channel}"):
            shown = replace(shown, blocks=with_first_words(shown.blocks))
        attempt(partial(reply, parts, caller, shown))

    parts.pool.submit(run)


def _what_to_do(files: Sequence[SlackFile]) -> str:
    """What one can write beside files without a word."""
    tables = [name for each in files if is_data_file(name := str(each.get("name", "")))]
    train = f", or `train org/model on {escape(tables[0])}` to fine-tune on it" if tables else ""
    return f"What shall I do with it? Write `run org/model` in the message with the file{train}."


def _answer_or_follow(parts: Parts, caller: Caller, text: str) -> Answer:
    """The answer to a command; in a thread with a model, what is no command is what is said to the model next."""
    said = partial(asking.follow_up, parts.workbench, caller)
    if caller.files and not text:
        if following := said(text):
            return following
        raise Mistake(_what_to_do(caller.files))
    plain = commands.clean(with_names(parts, text), with_labels=True)
    if commands.is_opener(plain) and (following := said(plain)):
        return following
    try:
        command = read(parts, caller.user, text)
    except Mistake:
        if following := said(plain):
            return following
        raise
    return answer(parts, caller, command)
