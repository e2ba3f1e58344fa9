"""The workspace's page in a real browser, against a real sandbox with a small Bolt app installed."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, Page, expect
from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from sandbox.seed.contents import REPOS
from world.browser import chromium, needs_chromium, open_page, say
from world.driver import tied
from world.slack_workspace import hang_up

STORY = Path(__file__).parent.parent / "sandbox" / "page" / "story.json"
MANIFEST = {
    "display_information": {"name": "lunch"},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "bot_user": {"display_name": "lunch"},
        "slash_commands": [{"command": "/lunch", "description": "Order lunch", "usage_hint": "[dish]"}],
        "shortcuts": [
            {"name": "Eat this", "type": "message", "callback_id": "eat", "description": "Order what it says"}
        ],
    },
    "oauth_config": {"scopes": {"bot": ["chat:write", "chat:write.public", "commands"]}},
    "settings": {
        "event_subscriptions": {"bot_events": ["app_home_opened"]},
        "interactivity": {"is_enabled": True},
        "socket_mode_enabled": True,
    },
}
# Blocks that no screen holds.
MANY = 30
BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Order"}, "action_id": "lunch.order"}
FORM: dict[str, Any] = {
    "type": "modal",
    "callback_id": "lunch.form",
    "title": {"type": "plain_text", "text": "Lunch"},
    "submit": {"type": "plain_text", "text": "Order"},
    "blocks": [
        {
            "type": "input",
            "block_id": "plates",
            "label": {"type": "plain_text", "text": "Plates"},
            "element": {"type": "number_input", "is_decimal_allowed": False, "action_id": "plates"},
        },
        {
            "type": "input",
            "block_id": "dish",
            "label": {"type": "plain_text", "text": "Dish"},
            "element": {
                "type": "static_select",
                "action_id": "dish",
                "options": [
                    {"text": {"type": "plain_text", "text": name.title()}, "value": name} for name in ("soup", "salad")
                ],
            },
        },
        {
            "type": "input",
            "block_id": "cook",
            "optional": True,
            "label": {"type": "plain_text", "text": "Cook"},
            "element": {"type": "external_select", "action_id": "lunch.cook", "min_query_length": 1},
        },
        {
            "type": "actions",
            "elements": [{"type": "button", "text": {"type": "plain_text", "text": "More"}, "action_id": "lunch.more"}],
        },
    ],
}

LEAST = 100  # pixels in which words are read as words

pytestmark = [pytest.mark.browser, needs_chromium]


def offer(ack: Ack, command: dict[str, Any]) -> None:
    text = f"*{command['text'] or 'Hungry'}?* &lt;img src=x onerror=alert(1)&gt;"
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}, "accessory": BUTTON}
    ack(text=text, blocks=[section] * (MANY if command["text"] == "everything" else 1))


def order(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
    ack()
    client.views_open(trigger_id=body["trigger_id"], view=FORM)


def suggest_cooks(ack: Ack, payload: dict[str, Any]) -> None:
    names = [name for name in ("Anna", "Boris") if payload["value"].lower() in name.lower()]
    ack(options=[{"text": {"type": "plain_text", "text": name}, "value": name} for name in names])


def show_more(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
    ack()
    plates = body["view"]["state"]["values"]["plates"]["plates"]["value"]
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": f"{plates} plates so far"}}]
    view = {"type": "modal", "title": {"type": "plain_text", "text": "More"}, "blocks": blocks}
    client.views_push(trigger_id=body["trigger_id"], view=view)


def confirm(ack: Ack, view: dict[str, Any], body: dict[str, Any], client: WebClient) -> None:
    values = view["state"]["values"]
    plates = int(values["plates"]["plates"]["value"])
    if plates > 9:
        ack(response_action="errors", errors={"plates": "Nobody eats that much."})
        return
    ack()
    dish = values["dish"]["dish"]["selected_option"]["value"]
    cook = values["cook"]["lunch.cook"]["selected_option"]["value"]
    text = f"<@{body['user']['id']}> eats {plates} × {dish} by {cook}"
    client.chat_postMessage(channel="#general", text=text)


def eat(ack: Ack, shortcut: dict[str, Any], client: WebClient) -> None:
    ack()
    channel, ts = shortcut["channel"]["id"], shortcut["message_ts"]
    client.chat_postMessage(channel=channel, thread_ts=ts, text=f"One {shortcut['message']['text']}, please")


def show_home(event: dict[str, Any], client: WebClient) -> None:
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": "What is for lunch"}}]
    client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    manifest = tmp_path_factory.mktemp("lunch") / "manifest.yml"
    manifest.write_text(yaml.safe_dump(MANIFEST))
    with tied(["-m", "sandbox", "--empty", "--manifest", str(manifest)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        app = App(client=WebClient(token=ready["bot_token"], base_url=ready["slack_api_url"]))
        app.command("/lunch")(offer)
        app.action("lunch.order")(order)
        app.action("lunch.more")(show_more)
        app.options("lunch.cook")(suggest_cooks)
        app.view("lunch.form")(confirm)
        app.shortcut("eat")(eat)
        app.event("app_home_opened")(show_home)
        socket = SocketModeHandler(app, ready["app_token"])
        socket.connect()
        yield ready
        hang_up(socket)
        process.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser, workspace: dict[str, Any]) -> Iterator[Page]:
    """The page as ana in #general."""
    with open_page(browser, f"{workspace['workspace_url']}?user=ana&channel=general") as page:
        yield page


def choose(page: Page, action_id: str, typed: str, expected: str) -> None:
    """Picks from a menu of the form by typing."""
    page.locator(f'#modal [data-action-id="{action_id}"]').click()
    page.keyboard.type(typed)
    expect(page.locator(".option")).to_have_text([expected])
    page.keyboard.press("Enter")


def test_a_slash_offers_the_commands_of_the_manifest(page: Page) -> None:
    page.locator("#composer").press_sequentially("/l")
    expect(page.locator(".suggestion")).to_have_text(["//lunch [dish]Order lunch"])
    page.press("#composer", "Tab")
    expect(page.locator("#composer")).to_have_value("/lunch ")
    expect(page.locator("#composer-box .command-hint")).to_have_text("/lunch [dish]Order lunch")


def test_what_an_app_says_is_text_and_never_markup(page: Page) -> None:
    say(page, "/lunch Soup")
    answer = page.locator("#messages article.ephemeral").last
    expect(answer.locator(".section-main")).to_have_text("Soup? <img src=x onerror=alert(1)>")
    expect(answer.locator("img")).to_have_count(0)
    expect(answer.locator(".section-main strong")).to_have_text("Soup?")


def test_an_answer_that_no_screen_holds_is_read_from_its_first_line(page: Page) -> None:
    page.evaluate("document.querySelector('#messages').scrollTop = 0")
    say(page, "/lunch everything")
    sections = page.locator("article", has_text="everything").last.locator(".section-main")
    expect(sections.first).to_be_in_viewport()
    expect(sections.nth(MANY - 1)).not_to_be_in_viewport()
    say(page, "/lunch Bread")
    expect(page.locator("article", has_text="Bread?").last).to_be_in_viewport()


def test_columns_are_scrolled_inside_their_block_where_there_is_no_room(page: Page, workspace: dict[str, Any]) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    cells = [[{"type": "raw_text", "text": f"a dish with a long name {n}"} for n in range(6)] for _ in range(3)]
    table: dict[str, Any] = {"type": "table", "rows": cells, "column_settings": [{"is_wrapped": True}] * 6}
    code = "```dish   plates   cook                      price\nsoup   3        somebody of a long name   4.50```"
    client = WebClient(token=workspace["bot_token"], base_url=workspace["slack_api_url"])
    blocks: list[dict[str, Any]] = [table, {"type": "section", "text": {"type": "mrkdwn", "text": code}}]
    client.chat_postMessage(channel="#general", text="columns", blocks=blocks)
    message = page.locator("article", has_text="somebody of a long name").last
    expect(message).to_be_visible()
    sizes = "node => [node.scrollWidth > node.clientWidth, node.getBoundingClientRect().right <= innerWidth]"
    assert message.locator(".table-box").evaluate(sizes) == [True, True]
    assert message.locator("pre").evaluate(sizes) == [True, True]
    widths = message.locator("td").evaluate_all("nodes => nodes.map(node => node.clientWidth)")
    assert min(widths) > LEAST


def test_a_form_says_what_is_wrong_and_then_sends_it(page: Page) -> None:
    say(page, "/lunch")
    page.locator('[data-action-id="lunch.order"]').last.click()
    modal = page.locator("#modal")
    modal.locator('[data-modal="submit"]').click()
    expect(modal.locator(".field-error")).to_have_text(["Please complete this required field."] * 2 + [""])
    modal.locator('[data-action-id="plates"]').fill("99")
    choose(page, "dish", "sal", "Salad")
    choose(page, "lunch.cook", "an", "Anna")
    modal.locator('[data-modal="submit"]').click()
    expect(modal.locator(".field-error")).to_have_text(["Nobody eats that much.", "", ""])
    modal.locator('[data-action-id="plates"]').fill("2")
    modal.locator('[data-action-id="plates"]').press("Enter")
    expect(modal).to_be_hidden()
    expect(page.locator("#messages article .text").last).to_have_text("@ana eats 2 × salad by Anna")


def test_a_pushed_form_knows_what_was_entered_and_goes_back_to_it(page: Page) -> None:
    say(page, "/lunch")
    page.locator('[data-action-id="lunch.order"]').last.click()
    modal = page.locator("#modal")
    modal.locator('[data-action-id="plates"]').fill("3")
    modal.locator('[data-action-id="lunch.more"]').click()
    expect(modal.locator(".section-main")).to_have_text("3 plates so far")
    modal.get_by_label("Back").click()
    expect(modal.locator('[data-action-id="plates"]')).to_have_value("3")
    page.keyboard.press("Escape")
    expect(modal).to_be_hidden()


def test_each_user_sees_their_own_workspace(page: Page) -> None:
    say(page, "good morning")
    say(page, "/lunch Pie")
    expect(page.locator("article.ephemeral", has_text="Pie?")).to_have_count(1)
    page.click('[data-user="bo"]')
    expect(page).to_have_url(re.compile(r"\?user=bo&channel=general$"))
    expect(page.locator("#messages article", has_text="good morning")).to_have_count(1)
    expect(page.locator("article.ephemeral")).to_have_count(0)
    expect(page.locator('[data-name="ml-private"]')).to_have_count(0)


def test_a_message_shortcut_is_answered_in_the_thread(page: Page) -> None:
    say(page, "pumpkin risotto")
    message = page.locator("#messages article", has_text="pumpkin risotto")
    message.hover()
    message.get_by_label("More actions").click()
    page.locator('[data-callback-id="eat"]').click()
    message.locator(".thread-summary").click()
    expect(page.locator("#thread article .text").last).to_have_text("One pumpkin risotto, please")
    page.fill("#thread-composer", "and a *salad*")
    page.press("#thread-composer", "Enter")
    expect(message.locator(".thread-summary strong")).to_have_text("2 replies")


def test_the_home_of_the_app_is_drawn_when_it_is_opened(page: Page) -> None:
    page.click("[data-app]")
    page.click('[data-tab="home"]')
    expect(page.locator("#home h3")).to_have_text("What is for lunch")


def test_a_step_of_the_story_switches_to_its_user_and_channel(page: Page) -> None:
    page.locator(".step", has_text="bo in #ml-approvals").locator("button").click()
    expect(page).to_have_url(re.compile(r"\?user=bo&channel=ml-approvals$"))
    expect(page.locator('[data-user="bo"]')).to_have_attribute("aria-pressed", "true")


def test_a_step_of_the_story_sends_its_picture_to_the_app(page: Page) -> None:
    step = page.locator(".step", has_text="Try one on a picture")
    expect(step).to_contain_text("with four.png")
    expect(step).to_contain_text("ana to lunch")
    step.locator("button").click()
    sent = page.locator("#messages article", has_text="run acme/digits-resnet")
    expect(sent.locator("img[alt='four.png']")).to_have_js_property("complete", True)
    expect(page.locator("#composer-box .chip")).to_have_count(0)


def test_the_story_names_people_channels_and_files_that_are_there(workspace: dict[str, Any]) -> None:
    steps = json.loads(STORY.read_text())
    assert {step["user"] for step in steps} <= set(workspace["users"])
    assert {step["channel"] for step in steps if "channel" in step} <= set(workspace["channels"])
    assert all((STORY.parent / name).is_file() for step in steps for name in step.get("files", ()))
    assert {step["type"] for step in steps} <= {"command", "message", "hint"}


def test_the_story_names_seeded_repos_and_no_thing_by_its_number() -> None:
    text = " ".join(step["text"] for step in json.loads(STORY.read_text()))
    assert set(re.findall(r"\b[\w-]+/[\w.-]+", text)) <= set(REPOS)
    assert re.findall(r"\b[RPSWDEG]\d+\b", text) == []
