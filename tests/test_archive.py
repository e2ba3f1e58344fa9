"""Files of questions are kept once, as long as a question about them is, and never more than fit together."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from core import archive, settings
from core.access import Access
from core.answers import Caller, Input
from core.archive import Archive
from core.blocks.tries import not_kept
from core.errors import Mistake
from core.store import Database, unanswered
from core.store.tries import Inquiry, Try
from core.tries import DAY, Tries
from core.workspace import Workspace
from world import core

# How many bytes the archive holds here.
TOGETHER = 30


class Shelf:
    """Tries with an archive, and a folder for each question."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clock = core.Clock()
        self.database = Database(home / "hugops.db")
        self.tries = self.restarted()

    def restarted(self) -> Tries:
        access = Access(settings.read(core.NEEDED), cast("Workspace", core.Colleagues()))
        folder = Archive(self.database, self.home / "archive", TOGETHER)
        self.tries = Tries(self.database, access, folder, 30, self.clock)
        return self.tries

    def ask(self, *files: tuple[str, bytes]) -> Try:
        """A question about these files, whose own folder has gone."""
        folder = self.home / "question"
        folder.mkdir()
        for name, content in files:
            (folder / name).write_bytes(content)
        asked = self.begin(folder, [{"file": name, "name": f"my {name}"} for name, _ in files])
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        return asked

    def begin(self, folder: Path, inputs: list[Input]) -> Try:
        inquiry = Inquiry("a/b", "c" * 40, "image-classification", inputs, {})
        return self.tries.begin(inquiry, Caller(core.ANA, "C1"), folder)

    def again(self, past: Try) -> list[tuple[Input, bytes]]:
        """The inputs of a try as they are asked about once more, with what is in their files."""
        folder = self.home / f"again-{past.id}"
        folder.mkdir(exist_ok=True)
        inputs = self.tries.repeatable(past.id).inputs or []
        laid = [self.tries.lay_out(each, folder) for each in inputs]
        return [(each, (folder / each["file"]).read_bytes()) for each in laid if isinstance(each, dict)]

    def contents(self) -> list[bytes]:
        return sorted(path.read_bytes() for path in (self.home / "archive").glob("*"))


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path)
    yield shelf
    shelf.database.close()


def test_files_are_there_again_under_their_names_also_after_a_restart(shelf: Shelf) -> None:
    past = shelf.ask(("1.png", b"one"), ("2.png", b"two"))
    shelf.restarted()
    assert shelf.again(past) == [
        ({"file": "1.png", "name": "my 1.png"}, b"one"),
        ({"file": "2.png", "name": "my 2.png"}, b"two"),
    ]
    modes = {path.stat().st_mode & 0o777 for path in (shelf.home / "archive").iterdir()}
    assert (modes, (shelf.home / "archive").stat().st_mode & 0o777) == ({0o600}, 0o700)


def test_what_a_kill_cut_off_is_asked_again_with_its_files(shelf: Shelf) -> None:
    shelf.ask(("a.png", b"a picture"))
    (lost,) = shelf.restarted().interrupted()
    shelf.tries.interrupt(lost.number)
    assert (lost.repeatable, shelf.again(lost)) == (True, [({"file": "a.png", "name": "my a.png"}, b"a picture")])


def test_the_same_file_is_kept_once_until_the_last_try_about_it_goes(shelf: Shelf) -> None:
    first, second = shelf.ask(("a.png", b"same"), ("b.png", b"same")), shelf.ask(("c.png", b"same"))
    assert shelf.contents() == [b"same"]
    shelf.tries.failed(first.number)
    assert (shelf.contents(), shelf.again(second)) == ([b"same"], [({"file": "c.png", "name": "my c.png"}, b"same")])
    shelf.tries.failed(second.number)
    assert shelf.contents() == []


def test_files_go_with_the_texts_after_their_days(shelf: Shelf) -> None:
    old = shelf.ask(("old.png", b"old"), ("both.png", b"both"))
    shelf.clock.now += 20 * DAY
    new = shelf.ask(("both.png", b"both"))
    shelf.clock.now += 20 * DAY
    shelf.ask()
    assert shelf.contents() == [b"both"]
    assert shelf.again(new) == [({"file": "both.png", "name": "my both.png"}, b"both")]
    with pytest.raises(Mistake, match="Texts and files are kept for 30 days, and these are older"):
        shelf.tries.repeatable(old.id)


def test_the_oldest_leave_first_when_there_is_too_much(shelf: Shelf) -> None:
    tries = [shelf.ask((f"{number}.png", bytes([number]) * 10)) for number in range(3)]
    shelf.ask(("0.png", bytes([0]) * 10))  # asked about again, so it is the newest now
    shelf.ask(("more.png", b"m" * 8))
    assert shelf.contents() == [bytes([0]) * 10, bytes([2]) * 10, b"m" * 8]
    assert [bool(shelf.again(tries[number])) for number in (0, 2)] == [True, True]
    with pytest.raises(Mistake) as told:
        shelf.tries.repeatable(tries[1].id)
    assert told.value.sentence == "`my 1.png` is not kept any more. Send it again with the command."


@pytest.mark.parametrize("how", ["removed", "cut off"])
def test_a_file_that_has_left_is_told_and_kept_anew_when_it_comes_again(shelf: Shelf, how: str) -> None:
    past = shelf.ask(("a.png", b"a picture"))
    (path,) = (shelf.home / "archive").iterdir()
    path.unlink() if how == "removed" else path.write_bytes(b"a")
    with pytest.raises(Mistake, match=r"`my a\.png` is not kept any more"):
        shelf.tries.repeatable(past.id)
    shelf.ask(("b.png", b"a picture"))
    assert shelf.again(past) == [({"file": "a.png", "name": "my a.png"}, b"a picture")]


def test_a_file_that_leaves_while_it_is_asked_for_is_told(shelf: Shelf) -> None:
    (value,) = shelf.ask(("a.png", b"a picture")).inputs or []
    (path,) = (shelf.home / "archive").iterdir()
    path.unlink()
    with pytest.raises(Mistake, match=r"`my a\.png` is not kept any more"):
        shelf.tries.lay_out(value, shelf.home)


def test_a_huge_file_is_not_kept_and_has_no_rerun(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST", 5)
    past = shelf.ask(("small.png", b"small"), ("huge.png", b"larger"))
    assert (shelf.contents(), past.repeatable, past.lacking) == ([b"small"], False, ["my huge.png"])
    with pytest.raises(Mistake, match=r"`my huge\.png` is not kept any more"):
        shelf.tries.repeatable(past.id)


@pytest.mark.parametrize(
    ("names", "notes"),
    [
        ([], ()),
        (["film.mp4"], ("_Not kept for Rerun and Compare (files of up to 25 MB are): `film.mp4`._",)),
        (
            ["a.mp4", "<!here>"],
            ("_Not kept for Rerun and Compare (files of up to 25 MB are): `a.mp4`, `&lt;!here&gt;`._",),
        ),
    ],
    ids=["none", "one", "several"],
)
def test_what_is_not_kept_is_said_under_the_answer(names: list[str], notes: tuple[str, ...]) -> None:
    assert not_kept(names, archive.LARGEST) == notes


@pytest.mark.parametrize(
    ("caller", "is_about_files"),
    [
        (Caller(core.ANA, "C1"), False),
        (Caller(core.ANA, "C1", files=({"id": "F1"},)), True),
        (Caller(core.ANA, "C1", inputs=("a text",)), False),
        (Caller(core.ANA, "C1", inputs=("a text", {"file": "a.png", "sha256": "0" * 64})), True),
    ],
    ids=["nothing", "new files", "an earlier text", "an earlier file"],
)
def test_what_a_kill_cuts_off_cannot_be_typed_again_where_it_is_about_files(
    shelf: Shelf, caller: Caller, is_about_files: bool
) -> None:
    with unanswered.kept(shelf.database, caller, "compare a/b a/c"):
        assert [entry.has_files for entry in unanswered.left(shelf.database, time.time() + 1)] == [is_about_files]


def test_where_nothing_can_be_kept_the_question_goes_on(shelf: Shelf) -> None:
    (shelf.home / "archive").write_text("a file in place of the folder")
    past = shelf.ask(("a.png", b"a picture"))
    assert (past.inputs, past.repeatable) == ([{"file": "a.png", "name": "my a.png"}], False)


def test_what_a_bot_that_was_killed_left_behind_goes(shelf: Shelf) -> None:
    shelf.ask(("a.png", b"a picture"))
    (shelf.home / "archive" / ("0" * 64)).write_bytes(b"linked, and then killed before the commit")
    shelf.restarted()
    shelf.ask()
    assert shelf.contents() == [b"a picture"]


@pytest.mark.parametrize(
    "inputs",
    [
        ["a text"],
        [{"table": [{"a": "1"}], "question": "how many"}],
        [{"messages": [{"role": "user", "content": "hi"}]}],
    ],
    ids=["texts", "tables", "conversations"],
)
def test_what_is_no_file_is_kept_with_the_try(shelf: Shelf, inputs: list[Input]) -> None:
    past = shelf.begin(shelf.home, inputs)
    shelf.restarted()
    past = shelf.tries.repeatable(past.id)
    assert ([shelf.tries.lay_out(each, shelf.home) for each in past.inputs or []], past.repeatable) == (inputs, True)


@pytest.mark.parametrize("name", ["../outside.png", "/etc/hostname"])
def test_no_name_leads_out_of_the_folder_of_its_question(shelf: Shelf, name: str) -> None:
    (value,) = shelf.ask(("a.png", b"a picture")).inputs or []
    assert isinstance(value, dict)
    shelf.tries.lay_out({**value, "file": name}, shelf.home)
    assert (shelf.home / Path(name).name).read_bytes() == b"a picture"
