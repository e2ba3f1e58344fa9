"""A real Chromium on the workspace's page: started once for a file of tests, a fresh profile for each page."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

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
def open_page(browser: Browser, address: str, scale: float = 1) -> Iterator[Page]:
    """The page, drawn and ready; a script error or a broken request of the page is an AssertionError at the end."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, device_scale_factor=scale)
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
