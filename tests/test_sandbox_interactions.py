"""Commands, clicks and forms of the sandbox's users, answered by a real Bolt app."""

import queue
import threading
from collections.abc import Callable
from typing import Any

from slack_bolt import App
from slack_sdk import WebClient

from sandbox.documents import Document
from world.driver import wait_for
from world.slack_workspace import (
    WAIT,
    Slack,
    button,
    connected,
    error_of,
    modal,
    plain,
    slack,
    start,
)

__all__ = ["connected", "slack", "start"]  # fixtures


def test_a_command_is_answered_to_its_user_alone(slack: Slack, connected: Callable[..., None]) -> None:
    app = App(client=slack.client)
    app.command("/hey")(lambda ack, body: ack(f"hey {body['text']}"))
    connected(slack, app)
    answer = slack.post("command", user="ana", channel="ml", command="/hey", text="you")
    assert (answer["ok"], answer["response"]) == (True, {"text": "hey you"})
    assert (slack.texts("ml", "ana"), slack.texts("ml", "bo")) == (["hey you"], [])


def test_an_unknown_command_and_a_silent_app_are_told_to_the_user(slack: Slack) -> None:
    assert slack.post("command", user="ana", channel="ml", command="/no", text="") == {
        "ok": False,
        "error": "dispatch_unknown_command",
    }
    assert slack.post("command", user="ana", channel="ml", command="/hey", text="") == {
        "ok": False,
        "error": "operation_timeout",
    }
    assert slack.texts("ml", "ana")[-1] == '/hey failed with the error "operation_timeout"'


def test_a_click_carries_the_message_its_state_and_a_response_url(slack: Slack, connected: Callable[..., None]) -> None:
    app, heard = App(client=slack.client), queue.Queue[Document]()

    def press(ack: Any, body: Document, respond: Any) -> None:
        ack()
        respond(text="started", replace_original=True)
        heard.put(body)

    app.action("run.start")(press)
    connected(slack, app)
    channel = slack.join("ml")
    menu = {"type": "static_select", "action_id": "size", "options": [{"text": plain("Big"), "value": "big"}]}
    blocks = [button(), {"type": "section", "block_id": "size", "text": plain("Size"), "accessory": menu}]
    ts = slack.client.chat_postMessage(channel=channel, text="plan", blocks=blocks)["ts"]
    assert slack.post("click", user="bo", channel="ml", ts=ts, action_id="run.start")["ok"]
    body = heard.get(timeout=WAIT)
    assert (body["actions"][0]["value"], body["message"]["ts"], body["user"]["name"]) == ("R12", ts, "bo")
    assert body["state"]["values"] == {"size": {"size": {"type": "static_select", "selected_option": None}}}
    assert slack.texts("ml", "ana")[-1] == "started"
    missing = slack.post("click", user="bo", channel="ml", ts=ts, action_id="run.start")
    assert missing == {"ok": False, "error": "action_not_found"}


def test_an_ephemeral_message_is_replaced_through_its_response_url_only(
    slack: Slack, connected: Callable[..., None]
) -> None:
    app, done = App(client=slack.client), threading.Event()

    def press(ack: Any, body: Document, respond: Any) -> None:
        ack()
        assert "message" not in body
        assert body["container"]["is_ephemeral"]
        respond(delete_original=True)
        done.set()

    app.action("run.start")(press)
    connected(slack, app)
    channel, ana = slack.join("ml"), slack.ready["users"]["ana"]
    posted = slack.client.chat_postEphemeral(channel=channel, user=ana, text="plan", blocks=[button()])
    ts = posted["message_ts"]
    assert error_of(lambda: slack.client.chat_delete(channel=channel, ts=ts)) == "message_not_found"
    pressed = {"channel": "ml", "ts": ts, "action_id": "run.start"}
    assert slack.post("click", user="bo", **pressed)["error"] == "message_not_found"
    assert slack.post("click", user="ana", **pressed)["ok"]
    assert done.wait(WAIT)
    assert "plan" not in slack.texts("ml", "ana")


def test_a_form_is_opened_refused_pushed_and_closed(slack: Slack, connected: Callable[..., None]) -> None:
    app = App(client=slack.client)

    def submitted(ack: Any, view: Document) -> None:
        name = view["state"]["values"]["name"]["name"]["value"]
        if name == "bad":
            ack(response_action="errors", errors={"name": "Not that one."})
        else:
            ack(response_action="push", view=modal(callback_id="second", submit=plain("Done")))

    def opened(ack: Any, body: Document, client: WebClient) -> None:
        client.views_open(trigger_id=body["trigger_id"], view=modal())
        again = error_of(lambda: client.views_open(trigger_id=body["trigger_id"], view=modal()))
        ack(again)

    app.command("/hey")(opened)
    app.view("form")(submitted)
    app.view("second")(lambda ack: ack(response_action="clear"))
    connected(slack, app)
    opening = slack.post("command", user="ana", channel="ml", command="/hey", text="")
    assert opening["response"] == {"text": "exchanged_trigger_id"}
    (form,) = slack.get("views", user="ana")["views"]

    def submit(view: Document, name: str) -> tuple[str, Document | None]:
        answer = slack.post("submit", user="ana", view_id=view["id"], values={"name": {"name": name}})
        return answer["response_action"], answer["errors"]

    assert submit(form, "") == ("errors", {"name": "Please complete this required field."})
    assert submit(form, "bad") == ("errors", {"name": "Not that one."})
    assert submit(form, "good") == ("push", None)
    _, second = slack.get("views", user="ana")["views"]
    assert (second["previous_view_id"], second["root_view_id"]) == (form["id"], form["id"])
    assert submit(second, "good") == ("clear", None)
    assert slack.get("views", user="ana")["views"] == []


def test_opening_the_home_shows_what_the_app_puts_up(slack: Slack, connected: Callable[..., None]) -> None:
    app = App(client=slack.client)

    @app.event("app_home_opened")
    def show(event: Document, client: WebClient) -> None:
        section = {"type": "section", "text": plain("Nothing waits for you.")}
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section]})

    connected(slack, app)
    view = slack.post("home", user="ana")["view"]
    assert view["blocks"][0]["text"] == plain("Nothing waits for you.")


def test_an_external_menu_asks_the_app_for_its_options(slack: Slack, connected: Callable[..., None]) -> None:
    app = App(client=slack.client)
    found = [{"text": plain("acme/router"), "value": "acme/router"}]
    app.options("repo")(lambda ack: ack(options=found))
    app.action("repo")(lambda ack: ack())
    connected(slack, app)
    channel = slack.join("ml")
    menu = {"type": "external_select", "action_id": "repo", "min_query_length": 2}
    ts = slack.client.chat_postMessage(channel=channel, text="x", blocks=[{"type": "actions", "elements": [menu]}])[
        "ts"
    ]
    asked = {"user": "ana", "channel": "ml", "ts": ts, "action_id": "repo"}
    assert slack.post("suggest", **asked, value="a")["options"] == []
    assert slack.post("suggest", **asked, value="ac")["options"] == found
    assert slack.post("click", **asked, selected="acme/router")["ok"]
    assert slack.post("click", **asked, selected="acme/other")["error"] == "option_not_found"


def test_shortcuts_are_those_of_the_manifest(slack: Slack, connected: Callable[..., None]) -> None:
    app, heard = App(client=slack.client), queue.Queue[Document]()

    def look(ack: Any, shortcut: Document) -> None:
        ack()
        heard.put(shortcut)

    app.shortcut("message.look")(look)
    connected(slack, app)
    ts = slack.post("message", user="bo", channel="ml", text="look at this")["ts"]
    looked = slack.post("shortcut", user="ana", callback_id="message.look", channel="ml", ts=ts)
    assert looked["ok"]
    assert heard.get(timeout=WAIT)["message"]["text"] == "look at this"
    assert slack.post("shortcut", user="ana", callback_id="no.such")["error"] == "shortcut_not_found"


def test_a_form_keeps_to_three_views_and_says_when_it_was_closed(slack: Slack, connected: Callable[..., None]) -> None:
    app, heard = App(client=slack.client), queue.Queue[Document]()
    form = modal(notify_on_close=True)

    @app.command("/hey")
    def opened(ack: Any, body: Document, client: WebClient) -> None:
        client.views_open(trigger_id=body["trigger_id"], view=form)
        ack()

    app.view("form")(lambda ack: ack(response_action="push", view=form))

    def closed(ack: Any, body: Document) -> None:
        ack()
        heard.put(body)

    app.view_closed("form")(closed)
    connected(slack, app)
    slack.post("command", user="ana", channel="ml", command="/hey")

    def submit_top() -> str | None:
        top = slack.get("views", user="ana")["views"][-1]
        values = {"name": {"name": "x"}}
        return slack.post("submit", user="ana", view_id=top["id"], values=values).get("error")

    assert [submit_top() for _ in range(3)] == [None, None, "push_limit_reached"]
    top = slack.get("views", user="ana")["views"][-1]
    assert slack.post("close", user="ana", view_id=top["id"])["ok"]
    body = heard.get(timeout=WAIT)
    assert (body["view"]["id"], body["is_cleared"]) == (top["id"], False)
    assert len(slack.get("views", user="ana")["views"]) == 2


def test_an_escaped_command_gets_ids_for_names(slack: Slack, connected: Callable[..., None]) -> None:
    app = App(client=slack.client)
    app.command("/escaped")(lambda ack, body: ack(body["text"]))
    connected(slack, app)
    said = slack.post("command", user="ana", channel="ml", command="/escaped", text="ask @bo in #ml")
    users, channels = slack.ready["users"], slack.ready["channels"]
    assert said["response"] == {"text": f"ask <@{users['bo']}|bo> in <#{channels['ml']}|ml>"}


def test_a_command_has_no_original_message_to_replace(slack: Slack, connected: Callable[..., None]) -> None:
    app = App(client=slack.client)
    answers: list[int] = []

    def answer(ack: Any, respond: Any) -> None:
        ack("working")
        # Bolt sends the acknowledgement from another thread, a moment later.
        wait_for(lambda: slack.texts("ml", "ana") == ["working"], WAIT, "the acknowledgement")
        answers.extend(respond(text=str(n), replace_original=True).status_code for n in range(6))

    app.command("/hey")(answer)
    connected(slack, app)
    slack.post("command", user="ana", channel="ml", command="/hey")
    app.listener_runner.listener_executor.shutdown(wait=True)
    assert answers == [200, 200, 200, 200, 200, 404]
    assert slack.texts("ml", "ana") == ["working", "0", "1", "2", "3", "4"]
