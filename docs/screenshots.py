"""`python docs/screenshots.py [story] [tasks]`: plays the demo in a browser and writes the pictures of the docs.

On the way of the story a real MiniLM is fine-tuned on real texts: about three minutes, and two more to fill the Hub.
The thumbs under an answer need a font with emoji (Debian: fonts-noto-color-emoji).
"""

import argparse
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import psutil
from PIL import Image, ImageOps
from playwright.sync_api import FilePayload, Locator, Page, ViewportSize, expect

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

# The tests' way to start the processes and the browser.
import sample_files  # noqa: E402
from task_pictures import SHOTS  # noqa: E402

from world import driver  # noqa: E402
from world.browser import chromium, go, open_page, press, say  # noqa: E402

PARTS = ("story", "tasks")
PICTURES = ROOT / "docs" / "pictures"
# Tall enough for the longest answer in one piece.
VIEWPORT = ViewportSize(width=1010, height=1500)
EDGE = 12
BINARY = "application/octet-stream"
LARGEST = 150_000  # bytes
# The message itself, or the one above it that shows who speaks.
AUTHOR = "xpath=(preceding-sibling::article|self::article)[not(contains(@class,'grouped'))][last()]"
BASE = "sentence-transformers/all-MiniLM-L6-v2"
DATA = "cornell-movie-review-data/rotten_tomatoes"
REPO = "acme/movie-mood"
# Enough of a text that grows; the last line of a model's answer.
LINES = re.compile(".{250}", re.DOTALL)
FACTS = re.compile(r"s · (cpu|cuda|mps)\b")


def main() -> int:
    """Starts everything, plays the story, stops everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, help="a state folder of the sandbox, whose Hub is copied (.demo/sandbox)")
    parser.add_argument("parts", nargs="*", metavar="PART", choices=PARTS, help="story, tasks; default: both")
    options = parser.parse_args()
    filled, parts = options.state, options.parts or PARTS
    (PICTURES / "tasks").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "sandbox"
        if filled is not None:
            shutil.copytree(filled / "hub", state / "hub")
        with workspace(state, Path(folder) / "home") as page:
            if "story" in parts:
                play(page)
            if "tasks" in parts:
                play_tasks(page)
    return 0


@contextmanager
def workspace(state: Path, home: Path) -> Iterator[Page]:
    """The page as ana in #ml, without the story at its side."""
    with (
        driver.sandbox(state) as running,
        driver.bot(running, home, HUGOPS_WATCH_SECONDS="10"),
        chromium() as browser,
        open_page(browser, f"{running.base}/?user=ana&channel=ml", scale=1.5) as page,
    ):
        page.set_viewport_size(VIEWPORT)
        page.get_by_label("Close the story").click()
        yield page


def play(page: Page) -> None:
    """The story, with a picture of every stage."""
    say(page, "/hf help")
    shoot(page, "help", message(page, "What you can type after /hf"))
    say(page, "Is there a model that tells good reviews from bad ones?")
    say(page, "/hf search sentiment")
    shoot(page, "search", message(page, "Models for sentiment"))
    say(page, "Let me see what that one says.")
    say(page, '/hf run acme/minilm-sentiment "a warm, funny, engaging film"')
    shoot(page, "try", message(page, "Rerun"))
    say(page, "I would like one of our own.")
    say(page, f"/hf train {BASE} on {DATA} max_samples=1024 epochs=2")
    plan = message(page, re.compile("rows: .*train"))
    shoot(page, "plan", plan)
    press(plan, "run.start")
    card = message(page, re.compile(r"R1 · .*▓{6}.*accuracy", re.DOTALL))
    expect(card.locator(".block-image img")).to_have_count(1, timeout=400_000)
    shoot(page, "card", card)
    final = message(page, re.compile(r"R1 · .* · accuracy \d\.\d+ ±"))
    # One picture holds all panels.
    expect(final.locator(".block-image img")).to_have_count(1)
    shoot(page, "final", final)
    say(page, f"/hf publish R1 to {REPO}")
    go(page, "bo", "ml-approvals")
    approval = message(page, "needs 1 of")
    shoot(page, "approval", approval)
    press(approval, "release.approve")
    message(page, re.compile("P1 · .* approved by @bo"))
    go(page, "bo", "ml-releases")
    shoot(page, "announcement", message(page, f"{REPO} v1 is published"))


def play_tasks(page: Page) -> None:
    """An answer of every kind, in a direct message with the bot, where files can be attached."""
    files = sample_files.files()
    page.click('#sidebar [data-name="hugops"]')
    page.click('[data-tab="messages"]')
    answers = page.locator("#messages article", has_text=FACTS)
    for number, (name, shot) in enumerate(SHOTS.items(), 1):
        page.fill("#composer", shot.said)
        chosen = [FilePayload(name=file, mimeType=BINARY, buffer=files[file]) for file in shot.files]
        if chosen:
            page.locator("#composer-box input[type=file]").set_input_files(chosen)
            expect(page.locator("#composer-box .chip")).to_have_count(len(chosen))
        if name == "writing":
            shoot_growing(page)
        else:
            page.press("#composer", "Enter")
        expect(answers).to_have_count(number, timeout=90_000)
        if name == "sound":
            player = page.locator("#messages article", has=page.locator("audio")).last
            shoot(page, f"tasks/{name}", player, answers.last)
        elif name != "writing":
            shoot(page, f"tasks/{name}", answers.last)


def shoot_growing(page: Page) -> None:
    """The answer to what has been typed, while it is written."""
    with slowed():
        page.press("#composer", "Enter")
        growing = page.locator("#messages article", has=page.locator('[data-action-id="try.stop"]')).last
        expect(growing.locator("pre")).to_contain_text(LINES, timeout=60_000)
        shoot(page, "tasks/writing", growing)


@contextmanager
def slowed() -> Iterator[None]:
    """The worker gets a twentieth of its time, so that there is something to look at."""
    (worker,) = (
        each for each in psutil.Process().children(recursive=True) if "jobs.inference" in " ".join(each.cmdline())
    )
    done = threading.Event()

    def slow() -> None:
        while not done.is_set():
            worker.suspend()
            done.wait(0.19)
            worker.resume()
            done.wait(0.01)

    thread = threading.Thread(target=slow)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def message(page: Page, words: str | re.Pattern[str]) -> Locator:
    """The newest message here in which the words stand, as soon as it is there."""
    found = page.locator("#messages article", has_text=words).last
    expect(found).to_be_visible(timeout=400_000)
    return found


def shoot(page: Page, name: str, message: Locator, first: Locator | None = None) -> None:
    """One message, or all from the `first` to it, with the author, room around it, without the pointer's marks."""
    page.mouse.move(0, 0)
    # Playwright's own way waits for the element to stand still, and a card that is edited meanwhile is another element.
    message.evaluate("element => element.scrollIntoViewIfNeeded()")
    for picture in message.locator("img").all():
        expect(picture).to_have_js_property("complete", True)
    for sound in message.locator("audio").all():
        expect(sound).to_have_js_property("readyState", 4)
    target = PICTURES / f"{name}.png"
    top, end = (first or message).locator(AUTHOR).bounding_box(), message.bounding_box()
    if top is None or end is None:
        raise RuntimeError(f"the message for {name} is gone")
    height = end["y"] + end["height"] - top["y"]
    shot = Image.open(BytesIO(page.screenshot(clip={**top, "height": height}))).convert("RGB")
    framed = ImageOps.expand(shot, EDGE, fill=tuple(shot.tobytes()[:3]))
    # A card does with 256 colours, in a file a third as large; one with a picture in it with fewer.
    for colours in (256, 64, 32):
        framed.quantize(colours, dither=Image.Dither.NONE).save(target, optimize=True)
        if target.stat().st_size < LARGEST:
            break
    print(f"{target.relative_to(ROOT)}  {target.stat().st_size // 1000} kB", flush=True)


if __name__ == "__main__":
    sys.exit(main())
