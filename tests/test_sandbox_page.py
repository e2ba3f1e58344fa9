"""The workspace's page in a real browser: streaming messages and files."""

import base64
import io
import wave
from collections.abc import Callable

from playwright.sync_api import FilePayload, Page, expect
from test_sandbox_files import PNG
from test_sandbox_streams import recipient, stoppable

from world.browser import chromium, needs_chromium, open_page
from world.slack_workspace import Slack, start

__all__ = ["start"]  # a fixture
pytestmark = needs_chromium
DROP = """([selector, name, content]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name));
  for (const type of ["dragover", "drop"])
    document.querySelector(selector).dispatchEvent(
      new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""


def silence() -> bytes:
    """A tenth of a second of it, as WAV."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setparams((1, 2, 8000, 800, "NONE", ""))
        file.writeframes(bytes(1600))
    return written.getvalue()


def streams(page: Page, slack: Slack) -> None:
    channel = slack.ready["channels"]["ml"]
    parent = slack.post("message", user="ana", channel="ml", text="what is it?")["ts"]
    stream = slack.client.chat_stream(channel=channel, thread_ts=parent, buffer_size=1, **recipient(slack))
    stream.append(markdown_text="## Answer\n\nIt is **very wa")
    page.locator("#messages article", has_text="what is it?").locator(".thread-summary").click()
    answer = page.locator("#thread article").last
    expect(answer.locator("strong")).to_have_text("very wa")
    expect(answer.locator(".streaming .hint")).to_have_text("Writing…")
    stream.append(markdown_text="rm** today.\n\n- one\n- two\n")
    expect(answer.locator(".markdown")).to_have_text("AnswerIt is very warm today.onetwo")
    expect(answer.locator("h4")).to_have_text("Answer")
    stream.stop(markdown_text="- three")
    expect(answer.locator("li")).to_have_text(["one", "two", "three"])
    expect(answer.locator(".streaming")).to_have_count(0)
    other = slack.client.chat_startStream(channel=channel, thread_ts=parent, markdown_text="On and", **recipient(slack))
    page.locator("#thread [data-tool=stop]").click()
    expect(page.locator("#thread .streaming")).to_have_count(0)
    assert slack.post("stop", user="ana", channel="ml", ts=other["ts"])["error"] == "message_not_in_streaming_state"


def files(page: Page, slack: Slack) -> None:
    page.locator("#composer-box input[type=file]").set_input_files(
        [
            FilePayload(name="cat.png", mimeType="image/png", buffer=PNG),
            FilePayload(name="clip.wav", mimeType="audio/wav", buffer=silence()),
        ]
    )
    expect(page.locator("#composer-box .chip")).to_have_count(2)
    expect(page.locator("#composer-box .chip img")).to_have_count(1)
    page.fill("#composer", "two files")
    page.press("#composer", "Enter")
    posted = page.locator("#messages article", has_text="two files")
    expect(posted.locator(".image-block img")).to_have_js_property("naturalWidth", 1)
    expect(posted.locator("audio")).to_have_js_property("duration", 0.1)
    page.evaluate(DROP, ["#messages", "paper.pdf", base64.b64encode(b"%PDF-1.4").decode()])
    expect(page.locator("#composer-box .chip")).to_have_count(1)
    page.locator("#composer-box .send").click()
    expect(page.locator("#messages .file-card", has_text="paper.pdf")).to_have_text("paper.pdfPDF · 8 B")
    page.evaluate(DROP, ["#thread", "rows.csv", base64.b64encode(b"a,b\n1,2\n").decode()])
    page.locator("#thread-composer-box .send").click()
    expect(page.locator("#thread .file-snippet pre")).to_have_text("a,b\n1,2")
    own = slack.client.files_upload_v2(filename="own.png", content=PNG)["files"][0]["id"]
    block = {"type": "image", "slack_file": {"id": own}, "alt_text": "drawn"}
    slack.client.chat_postMessage(channel=slack.ready["channels"]["ml"], text="own", blocks=[block])
    expect(page.locator('#messages img[alt="drawn"]')).to_have_js_property("naturalWidth", 1)
    seen = [
        [one["name"] for one in message.get("files", [])]
        for message in slack.get("messages", channel="ml", user="bo")["messages"]
    ]
    assert seen[-3:] == [["cat.png", "clip.wav"], ["paper.pdf"], []]


def test_streams_grow_and_files_are_attached_and_shown(start: Callable[..., Slack]) -> None:
    slack = start(stoppable)
    slack.join("ml")
    with chromium() as browser, open_page(browser, f"{slack.ready['workspace_url']}?user=ana&channel=ml") as page:
        streams(page, slack)
        files(page, slack)
