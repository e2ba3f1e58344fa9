"""A new user's way through the page, wide and narrow: what is pressed, what opens filled, what is said at its field."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from huggingface_hub import HfApi
from playwright.sync_api import Browser, Locator, Page, expect

from world import driver, hub_content
from world.browser import chromium, entered, expect_room, needs_chromium, newest, open_page, press, say

BASE, DATA, LARGE, REPO = "acme/tiny-bert", "acme/made-up-reviews", "acme/many-reviews", "acme/movie-mood"
WIDTHS = [pytest.param(1280, id="wide"), pytest.param(400, id="narrow")]
R1, R2 = re.compile(r"R1 · .* · accuracy \d"), re.compile(r"R2 · Fine-tune .*▓", re.DOTALL)
Visit = Callable[..., AbstractContextManager[Page]]

pytestmark = [pytest.mark.browser, pytest.mark.story, needs_chromium]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[driver.Sandbox]:
    """A team whose R1 is done, and whose R2 trains long enough for a chart on the way."""
    folder = tmp_path_factory.mktemp("walk")
    with driver.sandbox(folder / "sandbox", "--empty") as started:
        api = HfApi(endpoint=started.ready["hub_endpoint"], token=started.ready["hub_token"])
        hub_content.upload(api, "model", BASE, hub_content.tiny_bert(folder / "bert"))
        hub_content.upload(api, "dataset", DATA, hub_content.review_dataset())
        hub_content.upload(api, "dataset", LARGE, hub_content.review_dataset(4000))
        with driver.bot(started, folder / "home"):
            for run, line in (("R1", f"{DATA} epochs=4 lr=2e-3 batch=16"), ("R2", f"{LARGE} epochs=50 batch=8")):
                started.command("ana", f"train {BASE} on {line}")
                started.click("ana", started.wait_text("run.start"), "run.start")
                started.wait_text(f"Started as {run}")
            started.wait_state("R1", "succeeded", seconds=150)
            yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def visit(browser: Browser, running: driver.Sandbox) -> Visit:
    """Opens the page as somebody, somewhere."""

    def open_as(user: str, channel: str, width: int = 1280) -> AbstractContextManager[Page]:
        return open_page(browser, f"{running.base}/?user={user}&channel={channel}", width=width)

    return open_as


@pytest.fixture(params=WIDTHS)
def page(visit: Visit, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page as ana in #ml, at both widths."""
    with visit("ana", "ml", request.param) as page:
        yield page


def card_of_r1(page: Page) -> Locator:
    """The card in the channel; the answers about R1 begin with its headline too, and are for one alone."""
    found = page.locator("#messages article:not(.ephemeral)", has_text=R1).last
    expect(found).to_be_visible(timeout=60_000)
    return found


def opened(page: Page, words: str) -> Locator:
    """The form in which the words stand, when it is there, with its button in reach."""
    form = page.locator("#modal")
    expect(form).to_contain_text(words)
    expect(form.locator('[data-modal="submit"]')).to_be_in_viewport()
    expect_room(page)
    return form


def send(form: Locator) -> None:
    form.locator('[data-modal="submit"]').click()


def width_of(page: Page) -> int:
    assert page.viewport_size
    return page.viewport_size["width"]


def close(page: Page) -> None:
    """Escape closes the form."""
    page.keyboard.press("Escape")
    expect(page.locator("#modal")).to_be_hidden()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_newcomer_finds_what_to_press_on_app_home_and_after_a_greeting(visit: Visit, width: int) -> None:
    with visit("dee", "app-home", width) as page:
        home = page.locator("#home")
        for name in ("Search", "Try a model", "All commands"):
            expect(home.get_by_role("button", name=name)).to_be_visible()
        home.get_by_role("button", name="Search").click()
        expect(opened(page, "Search the Hub").locator(":focus")).to_have_count(1)
        close(page)
        page.click('[data-tab="messages"]')
        say(page, "hello")
        expect(newest(page, "Find a model").get_by_role("button", name="Fine-tune one")).to_be_in_viewport()
        expect_room(page)


def test_a_slip_is_mended_by_a_press_and_nothing_of_it_stays(page: Page) -> None:
    say(page, "/hf serach tiny")
    slips = page.locator("#messages article", has_text="serach")
    press(slips.last, "command.run")
    expect(newest(page, "Models for").get_by_role("link", name=BASE)).to_be_in_viewport()
    expect(slips).to_have_count(0)
    expect(page.locator("#messages article", has_text="Searching the Hub")).to_have_count(0)


def test_an_answer_to_a_form_is_for_one_alone_until_it_is_posted(page: Page, visit: Visit) -> None:
    say(page, "/hf search tiny")
    press(newest(page, "Models for"), "model.try")
    form = opened(page, "Try a model")
    assert BASE in entered(form)
    text = f"the film in {width_of(page)} pixels is"
    form.locator("textarea").first.fill(f"{text} [MASK]")
    send(form)
    answer = newest(page, text)
    expect(answer.get_by_role("button", name="Post to channel")).to_be_in_viewport(timeout=60_000)
    expect(answer).to_have_class(re.compile("ephemeral"))
    with visit("bo", "ml") as other:
        posted = other.locator("#messages article", has_text=text)
        expect(posted).to_have_count(0)
        press(answer, "answer.post")
        expect(posted).to_have_count(1)


def test_a_run_is_tried_compared_and_changed_before_it_is_published(page: Page) -> None:
    card = card_of_r1(page)
    press(card, "model.try")
    form = opened(page, "Try a model")
    assert entered(form).startswith("R1\n")
    text = f"a warm, funny film of {width_of(page)} pixels"
    form.locator("textarea").first.fill(text)
    send(form)
    answer = newest(page, text)
    expect(answer).to_contain_text(re.compile(r"0\.\d+ pos"), timeout=60_000)
    expect(answer).to_have_class(re.compile("ephemeral"))
    press(card, "run.compare")
    expect(page.locator("#modal")).to_be_visible()
    assert "R1" in entered(page.locator("#modal"))
    expect_room(page)
    close(page)
    press(card, "run.logs")
    logs = page.locator("#messages article.ephemeral", has=page.locator("pre")).last
    expect(logs).to_contain_text("R1")
    expect_room(page)
    press(card, "train.change")
    form = opened(page, "The settings of R1.")
    for filled in (DATA, "4", "16"):
        assert filled in entered(form).splitlines()
    epochs = form.locator('[data-action-id="epochs"]')
    epochs.fill("banana")
    epochs.press("Enter")
    expect(form.locator('[data-block-id="epochs"] .field-error')).to_have_text(re.compile("not a number"))
    expect(epochs).to_be_focused()
    epochs.fill("2.5")
    send(form)
    plan = newest(page, "epochs 2.5")
    expect(plan.get_by_role("button", name="Start")).to_be_in_viewport()
    expect_room(page)
    press(plan, "plan.cancel")
    expect(newest(page, "nothing was started")).to_be_visible()
    expect(page.locator("#messages article", has_text="epochs 2.5")).to_have_count(0)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f"train {BASE} on acme/made-up-reviewz", f"Did you mean {DATA}?"),
        (f"train acme/tiny-bart on {DATA}", f"Did you mean {BASE}?"),
        (f"train {BASE} on {DATA} text=texts", "There is no text column texts. The columns are text and label."),
    ],
    ids=["no such data", "no such base", "no such column"],
)
def test_a_plan_that_cannot_be_made_says_what_there_is(visit: Visit, line: str, told: str) -> None:
    with visit("ana", "ml") as page:
        say(page, f"/hf {line}")
        expect(newest(page, told)).to_be_in_viewport()


def test_a_request_to_publish_shows_its_facts_and_asks_before_a_model_becomes_public(visit: Visit) -> None:
    with visit("ana", "ml") as page:
        press(card_of_r1(page), "run.publish")
        form = opened(page, "Publish R1")
        assert entered(form).splitlines()[:2] == ["acme", "tiny-bert-made-up-reviews"]
        to = form.get_by_role("textbox", name="to")
        to.fill("not a name")
        to.press("Enter")
        expect(form.locator('[data-block-id="repo"] .field-error')).not_to_be_empty()
        to.fill(REPO)
        form.get_by_role("radio", name="Public").check()
        send(form)
        expect(form).to_be_hidden()
    with visit("bo", "ml-approvals", 400) as page:
        card = newest(page, "needs 1 of @ml-leads")
        for fact in (f"{REPO} v1 (public)", "asked by @ana", "accuracy ", "from R1", f"base {BASE}", f"data {DATA}"):
            expect(card).to_contain_text(fact)
        expect(card.get_by_role("link", name="View on the Hub")).to_be_visible()
        expect_room(page)
        press(card, "release.ask")
        form = opened(page, "Ask about P1")
        form.locator("textarea").fill("Which rows?")
        send(form)
        expect(newest(page, "@bo asked: Which rows?")).to_be_visible()
    with visit("bo", "app-home", 400) as page:
        home = page.locator("#home")
        expect(home).to_contain_text("asked by @ana")
        home.locator('[data-action-id="release.approve"]').click()
        asked = page.locator(".confirm")
        expect(asked).to_contain_text(f"{REPO} becomes public")
        expect_room(page)
        page.keyboard.press("Escape")
        expect(asked).to_have_count(0)
        home.locator('[data-action-id="release.approve"]').click()
        asked.locator('[data-confirm="accept"]').click()
        expect(home).to_contain_text("Nothing waits for you", timeout=60_000)
    with visit("bo", "ml-releases", 400) as page:
        expect(newest(page, f"{REPO} v1 is published").get_by_role("button", name="Watch")).to_be_visible()
        expect_room(page)


def test_a_watch_ends_by_a_press_on_app_home(visit: Visit) -> None:
    with visit("ana", "ml") as page:
        say(page, "/hf watch acme")
        newest(page, "W1 watches acme")
        page.click("[data-app]")
        page.click('[data-tab="home"]')
        home = page.locator("#home")
        expect(home).to_contain_text("W1")
        home.locator('[data-action-id="watch.remove"]').click()
        expect(home).not_to_contain_text("W1")


def test_a_card_at_work_shows_its_chart_and_is_cancelled_after_a_question(visit: Visit) -> None:
    with visit("ana", "ml", 400) as page:
        card = newest(page, R2)
        chart = card.locator(".block-image img")
        expect(chart).to_have_count(1, timeout=90_000)
        expect(chart).to_have_attribute("alt", re.compile(r"loss.*\d"))
        expect_room(page)
        press(card, "run.cancel")
        asked = page.locator(".confirm")
        expect(asked).to_contain_text("Cancel R2?")
        page.keyboard.press("Escape")
        expect(asked).to_have_count(0)
        press(card, "run.cancel")
        asked.locator('[data-confirm="accept"]').click()
        ended = newest(page, re.compile(r"R2 · .*cancelled", re.DOTALL))
        expect(ended.get_by_role("button", name="Resume")).to_be_visible(timeout=60_000)
        ended.locator(".thread-summary").click()
        expect(page.locator("#thread")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#thread")).to_be_hidden()
