"""A real Chromium on the workspace's page: started once for a file of tests, a fresh profile for each page."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# What reaches over the right edge, but for what scrolls inside its own block.
OVERHANGING = """() => [...document.querySelectorAll('#main *, #thread *, #modal *, .confirm *')]
  .filter(node => node.getClientRects().length && node.getBoundingClientRect().right > innerWidth + 1)
  .filter(node => !node.closest('.table-box, pre, .carousel, .command-hint, svg'))
  .map(node => `${node.tagName}.${node.className}: ${node.textContent.slice(0, 60)}`)"""
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("CI") != "true",
    reason="no Chromium here: apt-get install chromium",
)
# Playwright's own 5 s are short for a machine that trains at the same time.
expect.set_options(timeout=20_000)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    assert CHROMIUM, "CI needs Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def open_page(browser: Browser, address: str, scale: float = 1, width: int = 1280) -> Iterator[Page]:
    """The page, drawn and ready; a script error or a broken request of the page is an AssertionError at the end."""
    context = browser.new_context(viewport={"width": width, "height": 800}, device_scale_factor=scale)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(address)
    page.wait_for_selector('#app[data-ready="true"]')
    yield page
    context.close()
    assert faults == []


def say(page: Page, text: str) -> None:
    """Types into the message box and sends."""
    page.fill("#composer", text)
    page.press("#composer", "Enter")


def message(page: Page, words: str | re.Pattern[str]) -> Locator:
    """The one message of this place in which the words stand."""
    found = page.locator("#messages article", has_text=words)
    expect(found).to_have_count(1, timeout=90_000)
    return found


def newest(page: Page, words: str | re.Pattern[str]) -> Locator:
    """The last message of this place in which the words stand, as soon as there is one."""
    found = page.locator("#messages article", has_text=words).last
    expect(found).to_be_visible(timeout=60_000)
    return found


def press(message: Locator, action: str) -> None:
    """Presses the button under the message."""
    message.locator(f'[data-action-id="{action}"]').click()


def go(page: Page, user: str, channel: str) -> None:
    """Lives on as this person in this channel."""
    page.click(f'[data-user="{user}"]')
    expect(page.locator(f'[data-user="{user}"]')).to_have_attribute("aria-pressed", "true")
    page.click(f'#sidebar [data-name="{channel}"]')
    expect(page.locator("#place-head h1")).to_have_text(channel)


def expect_room(page: Page) -> None:
    """Nothing that is shown now hangs over the edge."""
    assert page.evaluate(OVERHANGING) == []


def entered(form: Locator) -> str:
    """What stands in the fields and menus of the form, one a line."""
    fields = "nodes => nodes.map(node => node.value || node.innerText).join('\\n')"
    return str(form.locator(".field, .select").evaluate_all(fields))
