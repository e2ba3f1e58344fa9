"""Which column of a table has the texts, and what a file is by its first bytes."""

import pytest

from core.columns import texts_of
from core.errors import Mistake
from core.kinds import claimed, kind_of
from core.tables import Table, read_table


def texts(name: str, content: str, column: str | None = None) -> tuple[str, list[str]]:
    return texts_of(read_table(name, content.encode()), column)


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.csv", "id,Review\n1,good\n2,\n3,bad\n", ("Review", ["good", "bad"])),
        ("a.csv", "id;song\r\n1;la, la\r\n", ("song", ["la, la"])),
        ("a.tsv", 'id\tsong\n1\t"two\nlines"\n', ("song", ["two\nlines"])),
        ("a.csv", "label,text,text\npos,one,two\n", ("text", ["one"])),
        ("a.json", '[{"song": "la", "n": 1}, {"n": 2}]', ("song", ["la"])),
        ("a.jsonl", '{"text": "la"}\n{"text": null}\n{"text": ["x"]}\n', ("text", ["la", '["x"]'])),
        ("a.json", '{"text": ["a", "b"], "n": [1, 2]}', ("text", ["a", "b"])),
    ],
)
def test_the_column_with_the_texts_is_found(name: str, content: str, found: tuple[str, list[str]]) -> None:
    assert texts(name, content) == found


def test_a_column_is_taken_by_its_name_in_any_case() -> None:
    assert texts("a.csv", "Song,Text\nla,lu\n", "song") == ("Song", ["la"])


def test_cells_of_a_short_row_are_empty() -> None:
    table = read_table("a.csv", b"a,,b\n1\n")
    assert table == Table("a.csv", ("a", "column 2", "b"), [["1", "", ""]])
    assert table.records() == [{"a": "1", "column 2": "", "b": ""}]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", "n,m\n1,2\n", "No column of `a.csv` looks like text. Name one with `column=`: `n`, `m`."),
        ("a.json", '{"a": [1], "b": []}', "The columns in `a.json` are not equally long."),
        ("a.json", "[" * 100_000, "`a.json` is not JSON. Attach it as a .txt file if it is a text."),
        (
            "a.csv",
            "x" * 1_000_001 + "\ny\n",
            (
                "Line 1 of `a.csv` cannot be read: a quote is not closed, or a cell has more than 1,000,000 "
                "characters. Save it again as CSV."
            ),
        ),
        ("a.csv", ",".join("a" * 200) + "\n1\n", "`a.csv` has 200 columns; I read at most 100."),
    ],
)
def test_what_is_no_table_of_texts_is_told(name: str, content: str, sentence: str) -> None:
    with pytest.raises(Mistake) as told:
        texts(name, content)
    assert told.value.sentence == sentence


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n0", "picture"),
        (b"\xff\xd8\xff\xe0", "picture"),
        (b"RIFF0000WEBP", "picture"),
        (b"GIF89a", "GIF"),
        (b"BM" + bytes(30), "picture"),
        (b"0000ftypheic", "picture"),
        (b"RIFF0000WAVEfmt ", "sound"),
        (b"\xff\xfb\x90d", "sound"),
        (b"OggS", "sound"),
        (b"0000ftypM4A ", "sound"),
        (b"0000ftypisom", "video"),
        (b"RIFF0000AVI LIST", "video"),
        (b"%PDF-1.7", "PDF"),
        (b"BM is a text", "text"),
        ("å".encode()[:1], "text"),
        ("\ufeffhallo".encode("utf-16"), "text"),
        ("hallo".encode("utf-16-le"), "text"),
        ("grüß dich, schöne Welt".encode("cp1252"), "text"),
        (b"\x00\x01\x02", None),
        (b"PK\x03\x04", None),
        (b"RIFF0000XXXX", None),
        (b"\xe4\xf6", None),
    ],
)
def test_a_file_is_what_its_first_bytes_say(head: bytes, kind: str | None) -> None:
    assert kind_of(head) == kind


def test_slack_may_say_what_a_file_is_before_it_is_fetched() -> None:
    types = (
        "image/png",
        "audio/wav",
        "video/mp4",
        "application/pdf",
        "text/csv",
        "application/json",
        "application/zip",
    )
    assert [claimed(each) for each in types] == ["picture", "sound", "video", "PDF", "text", "text", None]
