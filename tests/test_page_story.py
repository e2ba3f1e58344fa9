"""The whole story as people live it: in a browser, with the keyboard and the mouse, against real processes."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import HfApi
from playwright.sync_api import Locator, Page, expect

from world import driver, hub_content
from world.browser import chromium, go, message, needs_chromium, open_page, press, say

BASE, DATA, REPO = "acme/tiny-bert", "acme/made-up-reviews", "acme/movie-mood"
TRAIN = f"/hf train {BASE} on {DATA} epochs=4 lr=2e-3 batch=16"

pytestmark = [pytest.mark.browser, pytest.mark.story, needs_chromium]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """The page as ana in #ml; bot, workspace and Hub are up, and a base model and data are on the Hub."""
    with driver.sandbox(tmp_path / "sandbox", "--empty") as running:
        api = HfApi(endpoint=running.ready["hub_endpoint"], token=running.ready["hub_token"])
        hub_content.upload(api, "model", BASE, hub_content.tiny_bert(tmp_path / "bert"))
        hub_content.upload(api, "dataset", DATA, hub_content.review_dataset())
        with (
            driver.bot(running, tmp_path / "home"),
            chromium() as browser,
            open_page(browser, f"{running.base}/?user=ana&channel=ml") as page,
        ):
            yield page


def ask(page: Page) -> None:
    """Help, a search, and a word that is none."""
    say(page, "/hf help all")
    expect(message(page, "What you can type after /hf")).to_contain_text("search [datasets")
    say(page, "/hf search tiny")
    expect(message(page, "Models for tiny").get_by_role("link", name=BASE)).to_be_visible()
    say(page, "/hf serach tiny")
    expect(message(page, "serach")).to_contain_text("search")


def train(page: Page) -> Locator:
    """Plan, Start, and the card in its last state, with a picture that is really there."""
    say(page, TRAIN)
    press(message(page, "rows: train 216"), "run.start")
    card = message(page, re.compile(r"R1 · .* · accuracy \d\.\d{3} ± "))
    pictures = card.locator(".block-image img")
    expect(pictures).to_have_count(1)
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("image => image.naturalWidth") > 0
        assert re.search(r"\d", picture.get_attribute("alt") or "")
    return card


def publish(page: Page, card: Locator) -> None:
    """The form behind Publish: a wrong name is told at its field, a right one closes the form."""
    press(card, "run.publish")
    form = page.locator("#modal")
    expect(form.locator("#modal-title")).to_have_text("Publish R1")
    to = form.get_by_role("textbox", name="to")
    to.fill("not a repo name")
    form.get_by_role("button", name="Ask for approval").click()
    expect(form.locator('[data-block-id="repo"] .field-error')).not_to_be_empty()
    to.fill(REPO)
    form.get_by_role("button", name="Ask for approval").click()
    expect(form).to_be_hidden()


def decide(page: Page) -> None:
    """A rejection that bo thinks better of, and an approval."""
    card = message(page, f"Publish {REPO}")
    expect(card).to_contain_text("so far: —")
    press(card, "release.reject")
    form = page.locator("#modal")
    expect(form.locator("#modal-title")).to_have_text("Reject P1")
    form.get_by_role("button", name="Back").click()
    expect(form).to_be_hidden()
    press(card, "release.approve")
    decided = message(page, re.compile(f"P1 · {REPO} v1 is published"))
    expect(decided).to_contain_text("approved by @bo")
    expect(decided.get_by_role("button", name="Approve")).to_have_count(0)


def test_a_team_lives_the_whole_story_in_the_browser(page: Page) -> None:
    ask(page)
    card = train(page)
    publish(page, card)
    go(page, "bo", "ml-approvals")
    decide(page)
    go(page, "bo", "ml-releases")
    expect(message(page, f"{REPO} v1 is published")).to_contain_text("approved by @bo")
    go(page, "bo", "ml")
    message(page, "R1 · ").locator(".thread-summary").click()
    told = page.locator("#thread-messages article .text")
    expect(told.filter(has_text="Evaluated on")).not_to_have_count(0)
    expect(told.filter(has_text="is done")).to_have_count(1)
    expect(told.filter(has_text=re.compile(f"^P1: {REPO} v1 is published$"))).to_have_count(1)  # on the card itself
    expect(told.filter(has_text=re.compile(f"^@ana P1: {REPO} v1 is published"))).to_have_count(1)
    expect(page.locator(".broken-image")).to_have_count(0)
