"""Typed words: after `/hf`, after a mention, or in a direct message. All three end in the same functions."""

import re
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from core import commands as grammar
from core.blocks.help import build_help
from core.blocks.parts import button, context, with_button
from core.errors import Mistake
from core.hub import Query
from core.outbox import Message
from core.plans import TrainingRequest
from core.store import answers
from core.tasks import tasks_lines
from handlers.answering import Answer, Caller, Work, attempt, later, reply, say, share_sounds
from handlers.parts import Parts

from . import compare_data, find, inference, releases, runs, schedules, talk, train, try_form, watches

Ack = Callable[..., Any]
Handle = Callable[[Parts, Caller, Any], Answer]

# What the Hub or a model has to be asked for: acknowledged with these words, answered when it is there. Slack lets
# nobody take them away afterwards, so they read well above the answer too.
SLOW: dict[type, str] = {
    grammar.Search: "Searching the Hub; what it has follows.",
    grammar.Info: "Asking the Hub; its answer follows.",
    grammar.Run: "Running the model; its answer follows.",
    grammar.Compare: "Running both models; their answers follow.",
    grammar.Tokenize: "Asking the Hub for the tokenizer; the tokens follow.",
    grammar.Train: "Looking at the model and the data; the plan follows.",
    grammar.Watch: "Asking the Hub; its answer follows.",
    grammar.RunSchedule: "Looking at the data as it is now; the answer follows.",
    grammar.WhoAmI: "Asking the Hub; its answer follows.",
}
# Bolt sends an acknowledgement a moment after `ack`, and no answer may overtake it.
ACK_SECONDS = 0.1
SHAREABLE = (
    grammar.Search,
    grammar.Info,
    grammar.Run,
    grammar.Compare,
    grammar.Tokenize,
    grammar.Runs,
    grammar.ShowRun,
    grammar.Releases,
)
# Answers that are kept as they are, and how the button's value says so.
KEEPABLE = (grammar.Run, grammar.Compare)
KEPT = "kept:"


def on_command(parts: Parts, ack: Ack, body: dict[str, Any]) -> None:
    """`/hf …`: the acknowledgement carries the answer, or says what is being done."""
    text = str(body.get("text") or "")
    caller = Caller(body["user_id"], body["channel_id"], body.get("response_url", ""), body.get("trigger_id", ""))
    slow: list[Work] = []
    at_once: list[Work] = []

    def begin() -> Answer | None:
        if text.lower().split() in (["run"], ["compare"]) and caller.trigger_id:
            at_once.append(lambda: try_form.open_try(parts, caller, ""))
            return None
        command = grammar.parse(text, now_for(parts, caller.user))
        if command == grammar.Search() and caller.trigger_id:
            at_once.append(lambda: find.open_form(parts, caller))
            return None

        def work() -> Answer:
            return shareable(parts, caller, answer(parts, caller, command), command, text)

        if type(command) not in SLOW:
            return work()
        slow.append(work)
        return Answer(SLOW[type(command)])

    done = attempt(begin)
    ack(done.payload() if done else "")
    for work in at_once:  # the trigger id lives three seconds
        reply(parts, caller, attempt(work))
    for work in slow:
        later(parts, caller, work, lead=ACK_SECONDS)


def on_mention(parts: Parts, ack: Ack, body: dict[str, Any]) -> None:
    """`@hugops …`: the same words, answered in the thread. Other apps are not answered: two could go on for ever."""
    ack()
    event = body["event"]
    if event.get("bot_id") or "user" not in event:
        return
    text = re.sub(rf"<@{parts.bot_user}(\|[^>]*)?>", "", event.get("text", ""), count=1).strip()
    _on_text(parts, event, text, thread=event.get("thread_ts") or event["ts"])


def on_message(parts: Parts, ack: Ack, body: dict[str, Any]) -> None:
    """A direct message: the same words without a mention."""
    ack()
    event = body["event"]
    if event.get("channel_type") == "im" and event.get("subtype") in (None, "file_share") and not event.get("bot_id"):
        text = re.sub(rf"^\s*<@{parts.bot_user}(\|[^>]*)?>", "", event.get("text", "")).strip()
        _on_text(parts, event, text, thread=event.get("thread_ts"))


def answer(parts: Parts, caller: Caller, command: Any) -> Answer:
    """What a command answers; raises a HugopsError where it cannot be done."""
    return ROUTES[type(command)](parts, caller, command)


def post_to_channel(parts: Parts, caller: Caller, value: str) -> Answer:
    """The button under an ephemeral answer: the same answer for everybody, once."""
    found = _kept(parts, caller, value) if value.startswith(KEPT) else _anew(parts, caller, value)
    if found is None:
        return say("This answer is for you alone.")
    parts.workspace.ensure_can_post(caller.channel, "press the button again")
    key = f"shared/{caller.channel}/{caller.message}"
    is_first = parts.database.one("SELECT 1 FROM deliveries WHERE message = ?", (key,)) is None
    message = Message(key, caller.channel, found.text, "answer", "shared", found.blocks)
    parts.outbox.put(message)
    if is_first:
        share_sounds(parts, message, found.sounds)
    return say("Posted to the channel.")


def _anew(parts: Parts, caller: Caller, text: str) -> Answer | None:
    """The answer to this command now; None where it is nobody else's business."""
    command = grammar.parse(text, now_for(parts, caller.user))
    return answer(parts, caller, command) if isinstance(command, SHAREABLE) else None


def _kept(parts: Parts, caller: Caller, value: str) -> Answer:
    """Exactly the answer that the person saw, since the files that it is about are gone."""
    found = answers.kept(parts.database, caller.user, value.removeprefix(KEPT))
    if found is None:
        raise Mistake("This answer is kept for a day and not here any more. Type the command again.")
    sounds = tuple((path, alt) for path, alt in found.sounds if Path(path).is_file())
    return Answer(found.text, found.blocks, sounds=sounds)


def now_for(parts: Parts, user: str) -> datetime:
    """The time on this person's clock."""
    return datetime.now(parts.workspace.person(user).zone)


def _on_text(parts: Parts, event: dict[str, Any], text: str, thread: str | None) -> None:
    # Slack delivers events again, also under new ids; what stays the same is the channel and the ts.
    with parts.database.transaction() as connection:
        first = connection.execute(
            "INSERT OR IGNORE INTO seen_events(key, at) VALUES (?,?)",
            (f"{event['channel']}/{event['ts']}", time.time()),
        )
    if not first.rowcount:
        return
    files = tuple(event.get("files") or ())
    caller = Caller(event["user"], event["channel"], thread=thread, message=event["ts"], files=files)

    def work() -> Answer:
        if files and not text:
            said = talk.follow_up(parts, caller, text)
            if said is None:
                raise Mistake("What shall I do with it? Write `run org/model` in the message with the file.")
            return said
        try:
            command = grammar.parse(text, now_for(parts, caller.user))
        except Mistake:
            said = talk.follow_up(parts, caller, text)
            if said is None:
                raise
            return said
        return answer(parts, caller, command)

    def run() -> None:
        done = attempt(work)
        attempt(partial(reply, parts, caller, done))

    parts.pool.submit(run)


def shareable(parts: Parts, caller: Caller, found: Answer, command: Any, text: str) -> Answer:
    """The answer with a button to post it: a model's as it is, others where `text` would bring them again."""
    if not isinstance(command, SHAREABLE) or found.only_for_them or not found.blocks:
        return found
    if isinstance(command, KEEPABLE):
        kept = answers.KeptAnswer(found.text, found.blocks, list(found.sounds))
        value = KEPT + answers.keep(parts.database, caller.user, kept)
    elif len(text) > 2000:
        return found
    else:
        value = text
    blocks = with_button(found.blocks, button("answer.post", "Post to channel", value))
    if found.sounds:
        blocks = [*blocks[:49], context("Slack plays no sound in an answer for you alone: post it to hear it.")]
    return Answer(found.text, blocks)


def _help(_parts: Parts, _caller: Caller, command: grammar.Help) -> Answer:
    takes_task = command.topic in ("run", "compare")
    text, blocks = build_help(command.topic, tasks_lines() if takes_task else ())
    return Answer(text, blocks)


def _search(parts: Parts, caller: Caller, command: grammar.Search) -> Answer:
    query = Query(
        kind=command.kind,
        words=command.words,
        task=command.task,
        library=command.library,
        language=command.language,
        license=command.license,
        author=command.author,
        sort=command.sort,
        size_max=command.size_max,
        dataset=command.dataset,
        base=command.base,
        gated=None if command.gated is None else command.gated == "yes",
        inference=True if command.inference else None,
    )
    # Only what answers a slash command or a form is for this person alone.
    is_private = bool(caller.response_url) and caller.message is None
    return find.search(parts, query, command.page, find.picked_by(parts, caller.user) if is_private else "")


def _info(parts: Parts, _caller: Caller, command: grammar.Info) -> Answer:
    if command.other:
        return find.side_by_side(parts, (command.repo, command.revision), (command.other, command.other_revision))
    return find.info(parts, command.repo, command.revision, command.kind)


def _train(parts: Parts, caller: Caller, command: grammar.Train) -> Answer:
    now = now_for(parts, caller.user)
    request = TrainingRequest(
        requested_by=caller.user,
        channel=caller.channel,
        command=grammar.to_text(command),
        base=command.base,
        dataset=command.dataset,
        parameters=command.parameters,
        base_revision=command.base_revision,
        dataset_revision=command.dataset_revision,
        config=command.config,
        text=command.columns.text,
        label=command.columns.label,
        at=command.at.timestamp() if command.at else None,
        cron=command.every.cron if command.every else None,
        words=f"every {command.every.text}" if command.every else "once" if command.at else "",
        title=command.title,
        zone=str(now.tzinfo),
    )
    return train.plan(parts, request, now.timestamp())


def _whoami(parts: Parts, caller: Caller, _command: grammar.WhoAmI) -> Answer:
    roles = [
        role
        for role, holds in (
            ("admin", parts.access.is_admin(caller.user)),
            ("approver", parts.access.may_approve(caller.user)),
            ("trainer", parts.access.may_train(caller.user)),
        )
        if holds
    ]
    who = parts.hub.whoami()
    return say(
        f"You are <@{caller.user}>: {', '.join(roles) or 'no role'}. On the Hub I am `{who.name}`, "
        f"with `{'`, `'.join(who.namespaces)}` to write to."
    )


ROUTES: dict[type, Handle] = {
    grammar.Help: _help,
    grammar.Search: _search,
    grammar.Info: _info,
    grammar.Run: inference.run,
    grammar.Compare: lambda parts, caller, c: (compare_data if c.dataset else inference).compare(parts, caller, c),
    grammar.Tokenize: lambda parts, _caller, c: inference.tokenize(parts, c),
    grammar.Train: _train,
    grammar.Runs: lambda parts, caller, c: runs.runs(parts, caller.user if c.scope == "mine" else None, c.status),
    grammar.ShowRun: lambda parts, _caller, c: runs.show(parts, c.run, time.time()),
    grammar.CancelRun: lambda parts, caller, c: runs.cancel(parts, caller, c.run),
    grammar.ResumeRun: lambda parts, caller, c: runs.resume(parts, caller, c.run),
    grammar.ShowLogs: lambda parts, caller, c: runs.logs(parts, caller, c.run),
    grammar.MuteRun: lambda parts, caller, c: runs.mute(parts, caller, c.run, muted=True),
    grammar.UnmuteRun: lambda parts, caller, c: runs.mute(parts, caller, c.run, muted=False),
    grammar.Schedules: lambda parts, _caller, _c: schedules.schedules(parts, time.time()),
    grammar.ShowSchedule: lambda parts, _caller, c: schedules.show(parts, c.schedule, time.time()),
    grammar.PauseSchedule: lambda parts, caller, c: schedules.pause(parts, caller, c.schedule),
    grammar.ResumeSchedule: lambda parts, caller, c: schedules.resume(parts, caller, c.schedule),
    grammar.RemoveSchedule: lambda parts, caller, c: schedules.remove(parts, caller, c.schedule),
    grammar.RunSchedule: lambda parts, caller, c: schedules.run_now(parts, caller, c.schedule),
    grammar.Publish: lambda parts, caller, c: releases.publish(parts, caller, c.run, c.repo, public=c.public),
    grammar.Releases: lambda parts, _caller, c: releases.releases(parts, c.repo),
    grammar.ShowRelease: lambda parts, _caller, c: releases.show(parts, c.release),
    grammar.WithdrawRelease: lambda parts, caller, c: releases.withdraw(parts, caller, c.release),
    grammar.Watch: lambda parts, caller, c: watches.watch(parts, caller, c.target),
    grammar.Unwatch: lambda parts, caller, c: watches.unwatch(parts, caller, c.target),
    grammar.Watching: lambda parts, caller, _c: watches.watching(parts, caller),
    grammar.WhoAmI: _whoami,
}
