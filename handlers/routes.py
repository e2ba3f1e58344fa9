"""The routing table: which listener answers which of Slack's ids."""

import re
from collections.abc import Callable, Mapping

from slack_bolt import App

from core.blocks import fields, try_form
from core.blocks.help import FIRST_STEPS
from core.commands.you import Help
from handlers import (
    channels,
    commands,
    datasets,
    find,
    home,
    opening,
    releases,
    runs,
    schedules,
    sharing,
    train,
    tries,
    unfurls,
    watches,
    you,
)
from handlers.forms import (
    candidate,
    compare,
    compare_answer,
    dataset,
    publish,
    question,
    reject,
    search,
    suggestions,
    tokenize,
    try_model,
    tune,
    tune_data,
    watch,
)
from handlers.listeners import Ack, Body, Caller, Form, Listener, Parts, Press, attempt, reply

# A form has the id of the button that opens it.
FORMS: Mapping[str, Form] = {
    "model.try": try_model,
    "model.tune": tune,
    "compare.try": compare,
    "run.publish": publish,
    "release.reject": reject,
    "release.ask": question,
    "try.compare": compare_answer,
}
BUTTONS: Mapping[str, Press] = {
    "search.next": find.turn_page,
    "search.previous": find.turn_page,
    "model.details": find.details,
    "model.compare": find.pick,
    "model.watch": watches.press_watch,
    "dataset.rows": datasets.more_rows,
    "run.start": train.start,
    "plan.cancel": train.put_plan_away,
    "run.cancel": runs.cancel,
    "run.resume": runs.resume,
    "run.logs": runs.logs,
    "run.mute": runs.toggle_mute,
    "release.approve": releases.approve,
    "release.withdraw": releases.withdraw,
    "release.again": releases.ask_again,
    "schedule.pause": schedules.pause,
    "schedule.resume": schedules.resume,
    "watch.remove": watches.press_end,
    "watch.mute": watches.press_mute,
    "watch.unmute": watches.press_unmute,
    "schedule.run": schedules.run_now,
    "schedule.remove": schedules.remove,
    "help.open": lambda parts, caller, _value: you.help_on(parts, caller, Help()),
    "answer.post": sharing.post_to_channel,
    "help.topic": you.explain,
    "try.rerun": tries.rerun,
    "try.up": tries.up,
    "try.down": tries.down,
}
# A form that is another's too, or none at all: a trigger id lives three seconds, and Stop must not wait for a place
# in the pool.
AT_ONCE: Mapping[str, Press] = {
    "search.open": search.open_form,
    "try.open": lambda parts, caller, _value: try_model.open_form(parts, caller, ""),
    "release.try": candidate.open_form,
    "run.compare": compare.open_beside,
    "train.change": tune.change,
    "dataset.look": lambda parts, caller, repo: commands.run_offered(parts, caller, f"dataset {repo}"),
    "dataset.tune": tune_data.open_form,
    "form.again": opening.open_again,
    "schedule.change": tune.change_schedule,
    "try.stop": tries.stop,
}
# Names that are found while one is typed.
OPTIONS: Mapping[str, Listener] = {
    fields.AUTHOR: suggestions.suggest_authors,
    fields.TASK: suggestions.suggest_tasks,
    fields.MODEL: suggestions.suggest_models,
    fields.OTHER: suggestions.suggest_models,
    fields.DATASET: suggestions.suggest_datasets,
    fields.WATCHED: suggestions.suggest_watched,
    try_form.MODEL: suggestions.suggest_models,
}
# Link buttons are opened by Slack itself; Slack still wants to hear that they were seen.
LINKS = ("model.open", "release.open", "release.review")


def register(app: App, parts: Parts) -> None:
    """Connects every listener; nothing else in hugops knows Bolt."""
    app.command("/hf")(_with(parts, commands.on_command))
    app.event("app_mention")(_with(parts, commands.on_mention))
    app.event("message")(_with(parts, commands.on_message))
    app.event("link_shared")(_with(parts, unfurls.on_link_shared))
    app.event("member_joined_channel")(_with(parts, channels.on_joined))
    app.event("app_home_opened")(_with(parts, home.on_opened))
    for form_id, form in FORMS.items():
        app.action(form_id)(_pressed(parts, form.open_form, at_once=True))
        app.view(form_id)(_with(parts, form.submitted))
    for action, opens in AT_ONCE.items():
        app.action(action)(_pressed(parts, opens, at_once=True))
    for action in FIRST_STEPS:
        app.action(action)(_pressed(parts, commands.run_offered, at_once=True))
    app.action("command.run")(_pressed(parts, commands.run_suggested, at_once=True))
    for chosen in (try_form.MODEL, try_form.PICKED_TASK):
        app.action(chosen)(_with(parts, try_model.picked))
    for typed in (dataset, search, tokenize, watch):
        app.view(typed.FORM)(_with(parts, typed.submitted))
    for action, press in BUTTONS.items():
        app.action(action)(_pressed(parts, press, at_once=False))
    app.action(re.compile(r"search\.without_\w+"))(_pressed(parts, find.turn_page, at_once=False))
    for action in LINKS:
        app.action(action)(_with(parts, _seen))
    app.shortcut("model.try_message")(_with(parts, try_model.on_message_shortcut))
    app.shortcut("train.message")(_with(parts, tune.on_message_shortcut))
    for field, suggest in OPTIONS.items():
        app.options(field)(_with(parts, suggest))


def _with(parts: Parts, listener: Listener) -> Callable[[Ack, Body], None]:
    """Gives a listener the parts and the request; Bolt looks at argument names, so they are fixed here."""

    def listen(ack: Ack, body: Body) -> None:
        listener(parts, ack, body)

    return listen


def _seen(_parts: Parts, ack: Ack, _body: Body) -> None:
    ack()


def _pressed(parts: Parts, press: Press, *, at_once: bool) -> Callable[[Ack, Body], None]:
    def listen(ack: Ack, body: Body) -> None:
        ack()
        caller, value = read_press(body)

        def work() -> None:
            answer = attempt(lambda: press(parts, caller, value))
            attempt(lambda: reply(parts, caller, answer))
            if caller.is_at_home:
                attempt(lambda: home.publish(parts, caller.user))

        if at_once:
            work()
        else:
            parts.pool.submit(work)

    return listen


def read_press(body: Body) -> tuple[Caller, str]:
    """Who pressed what: the button's value is checked again by what handles it."""
    container = body.get("container") or {}
    action = body["actions"][0]
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id") or body["user"]["id"]
    message, thread = container.get("message_ts"), container.get("thread_ts")
    caller = Caller(
        user=body["user"]["id"],
        channel=channel,
        response_url=body.get("response_url", ""),
        trigger_id=body.get("trigger_id", ""),
        thread=thread if thread != message else None,
        message=message,
        on_card=container.get("type") == "message" and not container.get("is_ephemeral"),
    )
    return caller, str(action.get("value") or (action.get("selected_option") or {}).get("value") or "")
