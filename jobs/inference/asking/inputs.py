"""What a model is asked about: typed texts and attached files, read and laid out for the worker."""

import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from slack_sdk import WebClient

from core import commands
from core.answers import Caller, Input, SlackFile
from core.attachments import MOST_FILES, Fetched, fetch, read_attachment
from core.columns import MOST_ROWS, ensure_narrow, texts_of
from core.encoding import decode
from core.errors import Mistake
from core.json_tables import read_json
from core.kinds import LIMITS
from core.store.tries import name_of
from core.tables import encoding_remarks, is_csv, is_table, read_table, table_of
from core.tasks import TASKS
from core.words import plural, quote
from jobs.inference.asking.workbench import Workbench

# What each kind of file is to a task.
READ_AS = {
    "picture": {"image"},
    "GIF": {"image", "video"},
    "PDF": {"image"},
    "sound": {"audio"},
    "video": {"video"},
    "text": {"text", "table"},
    "Parquet file": set(),
}
WORDS = {"text": "text", "image": "pictures", "audio": "sounds", "video": "videos", "table": "tables"}
ONE = {"image": "a picture", "audio": "a sound file", "video": "a video", "table": "a CSV or JSON file"}
HOW = (
    "Attach {one} to a message that mentions me or in our direct messages, mention me in the thread where it lies, "
    "or type `/hf run` alone for a form: a slash command carries no files."
)


@dataclass
class Inputs:
    """The values in the worker's order (texts, then files), each with how it is shown, and what to say about them.

    `folder` is theirs and the answer's, and goes with the answer.
    """

    folder: Path
    values: list[Input] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, value: Input) -> None:
        self.values.append(value)
        self.shown.append(name_of(value))


@contextmanager
def scratch(bench: Workbench) -> Iterator[Inputs]:
    """A folder for one question, which goes with the answer."""
    folder = bench.folder / uuid.uuid4().hex
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield Inputs(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def open_inputs(
    bench: Workbench, caller: Caller, command: commands.RunModel | commands.Compare, model: str, task: str
) -> Iterator[Inputs]:
    """What the command gives to a model for this task, until the answer is there. Mistake where it does not fit.

    What is asked again is given as it was then.
    """
    with scratch(bench) as inputs:
        if caller.inputs:
            for each in caller.inputs:
                inputs.add(bench.tries.lay_out(each, inputs.folder))
            yield inputs
            return
        reader = InputReader(bench.client, command, model, task, inputs)
        files = attached(bench, caller) if reader.wants_files or caller.files else []
        yield reader.read(files)


def attached(bench: Workbench, caller: Caller) -> list[SlackFile]:
    """The files that came along, else those of the newest message with files earlier in the thread."""
    files = list(caller.files)
    if not files and caller.thread and caller.thread != caller.message:
        files = _newest_in_thread(bench, caller.channel, caller.thread)
    if len(files) > MOST_FILES:
        raise Mistake(f"These are {len(files)} files; I take at most {MOST_FILES} at once. Send the rest afterwards.")
    return files


def _newest_in_thread(bench: Workbench, channel: str, thread: str) -> list[SlackFile]:
    files: list[SlackFile] = []
    cursor: str | None = None
    while True:
        page = bench.client.conversations_replies(channel=channel, ts=thread, cursor=cursor, limit=200)
        for message in page["messages"]:
            # What I drew or spoke myself is no new input.
            if message.get("files") and message.get("user") != bench.bot_user:
                files = message["files"]
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return files


class InputReader:
    """Reads one command's texts and files for one task."""

    def __init__(
        self,
        client: WebClient,
        command: commands.RunModel | commands.Compare,
        model: str,
        task: str,
        inputs: Inputs,
    ) -> None:
        self._client = client
        self._typed = command.inputs
        self._column = command.column
        self._model = model
        self._task = task
        self._about = TASKS[task]
        self._reads = self._about.reads
        self._inputs = inputs

    @property
    def wants_files(self) -> bool:
        """Whether what was typed is not enough, so that files earlier in the thread are meant."""
        if "table" in self._reads:
            return not any(_looks_like_table(text) for text in self._typed)
        enough = 2 if self._about.first else 1
        return self._reads != {"text"} or len(self._typed) < enough

    def read(self, files: list[SlackFile]) -> Inputs:
        """Fetches and reads the files; Mistake where one, or none, does not fit the task."""
        fetched = [self._fetch(file) for file in files]
        if self._column and not any(each.kind == "text" and is_table(each.name) for each in fetched):
            raise Mistake(f"`column=` goes with a CSV or JSON file. {HOW.format(one=ONE['table'])}")
        if "table" in self._reads:
            self._read_table(fetched)
            return self._inputs
        self._read_texts(fetched)
        for each in fetched:
            if each.kind != "text":
                self._inputs.add({"file": each.path.name, "name": each.name})
        self._ensure_enough(fetched)
        return self._inputs

    def _fetch(self, file: SlackFile) -> Fetched:
        attachment = read_attachment(self._client, file)
        # By its name alone nothing small is refused: what a file is, its bytes say.
        if attachment.kind and attachment.size > LIMITS["text"]:
            self._ensure_reads(attachment.name, attachment.kind)
        fetched = fetch(self._client, attachment, self._inputs.folder)
        self._ensure_reads(fetched.name, fetched.kind)
        return fetched

    def _ensure_reads(self, name: str, kind: str) -> None:
        if not READ_AS[kind] & self._reads:
            raise Mistake(
                f"{quote(name)} is a {kind}, and {quote(self._model)} reads {self._words()} (`{self._task}`). "
                "Attach what it reads, or try another model."
            )

    def _words(self) -> str:
        return " and ".join(WORDS[each] for each in sorted(self._reads))

    def _read_texts(self, fetched: list[Fetched]) -> None:
        """Typed texts first, then those of text files; at most a hundred, and a word about the others."""
        if "text" not in self._reads:
            if self._typed:
                self._inputs.notes.append(f"_The text was not read: this model reads {self._words()}._")
            return
        for text in self._typed:
            self._inputs.add(text)
        for each in fetched:
            if each.kind == "text":
                self._read_text_file(each)

    def _read_text_file(self, file: Fetched) -> None:
        if not is_table(file.name):
            content, encoding = decode(file.name, _content(file))
            self._inputs.add(content.strip())
            if remarks := encoding_remarks(encoding):
                self._inputs.notes.append(f"_{quote(file.name)}: {', '.join(remarks)}._")
            return
        texts, about = self._texts_of(file, _content(file))
        room = MOST_ROWS - len(self._inputs.values)
        for text in texts[:room]:
            self._inputs.add(text)
        left = len(texts) - room
        rest = (
            f" I read {plural(room, 'row')}; {plural(left, 'more row was', 'more rows were')} left out."
            if left > 0
            else ""
        )
        self._inputs.notes.append(f"_From {quote(file.name)}, {about}._{rest}")

    def _texts_of(self, file: Fetched, content: bytes) -> tuple[Sequence[Input], str]:
        """The texts in a CSV or JSON file, and where they are from."""
        if is_csv(file.name):
            table = read_table(file.name, content)
        else:
            text, encoding = decode(file.name, content)
            value = read_json(file.name, text)
            if isinstance(value, list) and value and all(isinstance(each, str) and each.strip() for each in value):
                return value, "a list of texts"
            if self._task == "text-generation" and (messages := _messages(value)):
                return [{"messages": messages}], f"a conversation of {plural(len(messages), 'message')}"
            table = table_of(file.name, value, encoding)
        column, texts = texts_of(table, self._column)
        if not texts:
            raise Mistake(f"The column {quote(column)} of {quote(file.name)} has no text. Name another with `column=`.")
        return texts, ", ".join((f"column {quote(column)}", *table.remarks))

    def _read_table(self, fetched: list[Fetched]) -> None:
        """Every typed question is asked about the one table."""
        questions = [text for text in self._typed if not _looks_like_table(text)]
        typed = [text for text in self._typed if _looks_like_table(text)]
        if fetched:
            table = read_table(fetched[0].name, _content(fetched[0]))
        elif typed:
            table = table_of("your table", read_json("your table", typed[0]))
        else:
            raise Mistake(f"{quote(self._model)} answers questions about a table. {HOW.format(one=ONE['table'])}")
        if len(fetched) + len(typed) > 1:
            raise Mistake("Ask about one table at a time.")
        if not questions:
            raise Mistake(f'What do you want to know about {quote(table.name)}? Write `run {self._model} "question"`.')
        ensure_narrow(table)
        for question in questions:
            self._inputs.add({"table": table.records(), "question": question})
        about = ", ".join((f"About {quote(table.name)}", plural(len(table.rows), "row"), *table.remarks))
        self._inputs.notes.append(f"_{about}._")

    def _ensure_enough(self, fetched: list[Fetched]) -> None:
        needed = next((each for each in ("image", "audio", "video") if each in self._reads), None)
        has_file = any(each.kind != "text" for each in fetched)
        if needed and not has_file and (self._about.needs_files or not self._inputs.values):
            raise Mistake(f"{quote(self._model)} reads {self._words()}. {HOW.format(one=ONE[needed])}")
        if not self._inputs.values:
            raise Mistake(
                f'On what text? Write `run {self._model} "text"`, or type `/hf run` alone for a form. A file '
                "goes with a message that mentions me: a slash command carries none."
            )


def _content(file: Fetched) -> bytes:
    content = file.path.read_bytes()
    if not decode(file.name, content)[0].strip():
        raise Mistake(f"{quote(file.name)} is empty. Attach one with something in it.")
    return content


def _looks_like_table(text: str) -> bool:
    return text.lstrip().startswith(("[", "{"))


def _messages(value: object) -> list[dict[str, str]]:
    """A conversation in JSON, plain or under `messages`; empty where it is none."""
    turns = value.get("messages") if isinstance(value, dict) else value
    if not isinstance(turns, list):
        return []
    fits = all(isinstance(each, dict) and isinstance(each.get("content"), str) and "role" in each for each in turns)
    return [{"role": str(each["role"]), "content": each["content"]} for each in turns] if fits else []
