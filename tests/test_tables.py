"""The one reader of tables: what is read and how, what is refused, and the same rows in chat and in training."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from core.dialects import NUMBER
from core.encoding import find_encoding
from core.errors import Mistake
from core.tables import read_table
from world.driver import ROOT

TWO = (("text", "label"), [["hello, world", "pos"], ["bye", "neg"]])
PLAIN = b"text;label\nhello, world;pos\nbye;neg\n"
GERMAN = "text;label\ngrüß dich, schöne Welt;ja\nadé;nein\n"
GREETED = (("text", "label"), [["grüß dich, schöne Welt", "ja"], ["adé", "nein"]])
RECORDS = [{"text": "hello, world", "label": "pos"}, {"text": "bye", "label": "neg"}]
SEMICOLON = "separated by `;`"
NO_NAMES = "without names of columns in its first line"

# Kind: the file, its columns and rows, and what is said about it.
READ: dict[str, tuple[str, bytes, tuple[tuple[str, ...], Sequence[Sequence[object]]], tuple[str, ...]]] = {
    "commas": ("a.csv", b'text,label\n"hello, world",pos\nbye,neg\n', TWO, ()),
    "semicolons with commas in the texts": ("a.csv", PLAIN, TWO, (SEMICOLON,)),
    "tabs in a csv": ("a.csv", PLAIN.replace(b";", b"\t"), TWO, ("separated by tabs",)),
    "tabs in a tsv": ("a.tsv", PLAIN.replace(b";", b"\t"), TWO, ()),
    "a tsv with semicolons": ("a.tsv", PLAIN, TWO, (SEMICOLON,)),
    "bars": ("a.csv", PLAIN.replace(b";", b"|"), TWO, ("separated by `|`",)),
    "the line sep=;": ("a.csv", b"sep=;\n" + PLAIN, TWO, (SEMICOLON,)),
    "the line sep=; in quotes": ("a.csv", b'"sep=;"\r\n' + PLAIN, TWO, (SEMICOLON,)),
    "windows-1252": ("a.csv", GERMAN.encode("cp1252"), GREETED, ("read as Windows-1252", SEMICOLON)),
    "utf-16 with its mark": ("a.csv", GERMAN.encode("utf-16"), GREETED, ("read as UTF-16", SEMICOLON)),
    "utf-16 without a mark": ("a.csv", GERMAN.encode("utf-16-le"), GREETED, ("read as UTF-16", SEMICOLON)),
    "utf-16 from a macintosh": ("a.csv", GERMAN.encode("utf-16-be"), GREETED, ("read as UTF-16", SEMICOLON)),
    "utf-32": ("a.csv", GERMAN.encode("utf-32"), GREETED, ("read as UTF-32", SEMICOLON)),
    "utf-8 with its mark": ("a.csv", GERMAN.encode("utf-8-sig"), GREETED, (SEMICOLON,)),
    "json in utf-16": ("a.json", json.dumps(RECORDS).encode("utf-16"), TWO, ("read as UTF-16",)),
    "lines that end in CR": ("a.csv", PLAIN.replace(b"\n", b"\r"), TWO, (SEMICOLON,)),
    "lines that end in CR LF": ("a.csv", PLAIN.replace(b"\n", b"\r\n"), TWO, (SEMICOLON,)),
    "no end of the last line": ("a.csv", PLAIN.strip(), TWO, (SEMICOLON,)),
    "blank lines at the end": ("a.csv", PLAIN + b"\n\n \n", TWO, (SEMICOLON,)),
    "blank rows at the end": ("a.csv", PLAIN + b";\n;\n ; \n", TWO, (SEMICOLON,)),
    "empty columns at the end": (
        "a.csv",
        b'text,label,,\n"hello, world",pos,,\nbye,neg,,\n',
        TWO,
        (),
    ),
    "more empty cells than names": ("a.csv", b'text,label\n"hello, world",pos,,\nbye,neg,,\n', TWO, ()),
    "no line of names": (
        "a.csv",
        b"a film,pos\nhello,neg\nbye,pos\n",
        (("column 1", "column 2"), [["a film", "pos"], ["hello", "neg"], ["bye", "pos"]]),
        (NO_NAMES,),
    ),
    "no line of names and numbered classes": (
        "a.tsv",
        b"a film\t0\nhello\t1\n",
        (("column 1", "column 2"), [["a film", "0"], ["hello", "1"]]),
        (NO_NAMES,),
    ),
    "years are names": (
        "a.csv",
        b"city,2019,2020\nBonn,3,4\n",
        (("city", "2019", "2020"), [["Bonn", "3", "4"]]),
        (),
    ),
    "a line break within quotes": (
        "a.csv",
        b'text,label\n"hello,\nworld",pos\n',
        (("text", "label"), [["hello,\nworld", "pos"]]),
        (),
    ),
    "doubled quotes": (
        "a.csv",
        b'text,label\n"a ""good"" film, yes",pos\n',
        (("text", "label"), [['a "good" film, yes', "pos"]]),
        (),
    ),
    "quotes after a backslash": (
        "a.csv",
        b'text,label\n"a \\"good\\" film, yes",pos\nbye,neg\n',
        (("text", "label"), [['a "good" film, yes', "pos"], ["bye", "neg"]]),
        (),
    ),
    "quotes after a space": (
        "a.csv",
        b'id, text\n1, "hello, world"\n2, "bye"\n',
        (("id", "text"), [["1", "hello, world"], ["2", "bye"]]),
        (),
    ),
    "a quote within a text": (
        "a.csv",
        b'text,label\na 5" pipe,pos\n',
        (("text", "label"), [['a 5" pipe', "pos"]]),
        (),
    ),
    "apostrophes as quotes": (
        "a.csv",
        b"'text','label'\n'hello, world','pos'\n'bye','neg'\n",
        TWO,
        ("quoted with `'`",),
    ),
    "a tsv without quoting": (
        "a.tsv",
        b'text\tlabel\n"hello\tpos\nbye"\tneg\n',
        (("text", "label"), [['"hello', "pos"], ['bye"', "neg"]]),
        ("without quoted cells",),
    ),
    "one column of texts with commas": (
        "a.csv",
        b"text\nhello, world\nbye\n",
        (("text",), [["hello, world"], ["bye"]]),
        (),
    ),
    "decimal commas": (
        "a.csv",
        b"text;score\nhello, world;1,5\nbye;1.234,25\nwell;2.000\n",
        (("text", "score"), [["hello, world", "1.5"], ["bye", "1234.25"], ["well", "2000"]]),
        (SEMICOLON, "with decimal commas"),
    ),
    "thousands, which decimal commas may be": (
        "a.csv",
        b'text,people\nBonn,"330,000"\n',
        (("text", "people"), [["Bonn", "330,000"]]),
        (),
    ),
    "None, NA and null are texts": (
        "a.csv",
        b"text,label\nNone,NA\nnan,null\n",
        (("text", "label"), [["None", "NA"], ["nan", "null"]]),
        (),
    ),
    "short rows": ("a.csv", b"text,label\nhello\n", (("text", "label"), [["hello", ""]]), ()),
    "names that repeat": (
        "a.csv",
        b"text,text,\na,b,c\n",
        (("text", "text (2)", "column 3"), [["a", "b", "c"]]),
        (),
    ),
    "a first line that may be values": (
        "a.csv",
        b"a very good film;pos\nbad;neg\n",
        (("a very good film", "pos"), [["bad", "neg"]]),
        (SEMICOLON, "taken to have the names of its columns in its first line"),
    ),
    "names again further down": (
        "a.csv",
        b'text,label\n"hello, world",pos\ntext,label\nbye,neg\n',
        TWO,
        ("without 1 line that repeats its names",),
    ),
    "a sign that seldom separates": ("a.csv", PLAIN.replace(b";", b"^"), TWO, ("separated by `^`",)),
    "half an emoji": ("a.json", b'["\\ud83d\\ude00", "\\ud83d!"]', (("text",), [["\U0001f600"], ["\ufffd!"]]), ()),
    "rows as the Hub shows them": (
        "a.json",
        json.dumps({"features": [{"name": "text"}], "rows": RECORDS}).encode(),
        TWO,
        (),
    ),
    "a list of objects": ("a.json", json.dumps(RECORDS).encode(), TWO, ()),
    "objects on lines": ("a.jsonl", "\n".join(map(json.dumps, RECORDS)).encode(), TWO, ()),
    "objects on lines called json": ("a.json", "\n".join(map(json.dumps, RECORDS)).encode(), TWO, ()),
    "rows under data": ("a.json", json.dumps({"version": "1.0", "data": RECORDS}).encode(), TWO, ()),
    "lists of cells": (
        "a.json",
        b'{"text": ["hello, world", "bye"], "label": ["pos", "neg"]}',
        TWO,
        (),
    ),
    "to_json of pandas": (
        "a.json",
        b'{"text": {"0": "hello, world", "1": "bye"}, "label": {"0": "pos", "1": "neg"}}',
        TWO,
        (),
    ),
    "to_json by rows": ("a.json", json.dumps({"4": RECORDS[0], "7": RECORDS[1]}).encode(), TWO, ()),
    "to_json split": (
        "a.json",
        b'{"columns": ["text", "label"], "index": [0, 1], "data": [["hello, world", "pos"], ["bye", "neg"]]}',
        TWO,
        (),
    ),
    "to_json of a table": (
        "a.json",
        json.dumps({"schema": {"fields": []}, "data": RECORDS}).encode(),
        TWO,
        (),
    ),
    "lists under names": (
        "a.json",
        b'[["text", "label"], ["hello, world", "pos"], ["bye", "neg"]]',
        TWO,
        (),
    ),
    "a list of texts": ("a.json", b'["hello", "bye"]', (("text",), [["hello"], ["bye"]]), ()),
    "a row without a column": (
        "a.json",
        b'[{"text": "hello", "n": 1}, {"text": "bye"}]',
        (("text", "n"), [["hello", 1], ["bye", None]]),
        (),
    ),
}

TORN = "A quote in line 3 of `a.csv` is not closed. Close it, or save the file again as CSV."
ZERO = "Line 2 of `a.csv` has a zero byte, which stands in no text. Take it out, or save the file anew."
REFUSED = {
    "an unclosed quote in the last line": ("a.csv", b'text,label\nx,1\n"y,2\n', TORN),
    "an unclosed quote in between": ("a.csv", b'text,label\nx,1\n"y,2\nz,3\n', TORN),
    "a quote that is closed within a later text": ("a.csv", b'text,label\nx,1\n"y,2\na "good" film,3\n', TORN),
    "a comma that is not quoted": (
        "a.csv",
        b"text,label\nhello, world,pos\n",
        "`a.csv` has more cells in line 2 than its header has names. Quote cells with commas.",
    ),
    "a row too many cells far down": (
        "a.csv",
        PLAIN + b'"two\nlines";pos\n' + b"c;d;e\n",
        "`a.csv` has more cells in line 6 than its header has names. Quote cells with `;`.",
    ),
    "a row too few cells under no names": (
        "a.csv",
        b"1,good, film\n0,bad\n1,fine\n",
        "`a.csv` has fewer cells in line 2 than in line 1. Quote cells with commas.",
    ),
    "separators that may be either": (
        "a.csv",
        b"a;b,c\n1;x,y\n2;v,w\n",
        "The cells of `a.csv` may be separated by commas or `;`. Save it with one of them only.",
    ),
    "a title above the names": (
        "a.csv",
        b"My films\ntitle,stars\nhello,3\n",
        (
            "Line 1 of `a.csv` has 1 cell and line 2 has 2, separated by commas. Begin with the names of the columns, "
            "and put texts with that sign in quotes."
        ),
    ),
    "a zero byte": ("a.csv", b"text,label\nhel\0lo there,pos\n" + b"bye,neg\n" * 9, ZERO),
    "a line without end": (
        "a.csv",
        b"x" * 1_500_000,
        (
            "Line 1 of `a.csv` cannot be read: a quote is not closed, or a cell has more than 1,000,000 characters. "
            "Save it again as CSV."
        ),
    ),
    "a whole file in one line": (
        "a.csv",
        b"x," * 6_000,
        "Line 1 of `a.csv` has 6,001 cells; 5,000 are the most I read. Write each row on a line of its own.",
    ),
    "utf-8 with a broken line": (
        "a.csv",
        "text,label\nschön,pos\n".encode() + b"sch\xf6n,neg\n",
        "Line 3 of `a.csv` is not in UTF-8, as the rest is. Save the file as UTF-8 anew.",
    ),
    "russian in windows-1251": (
        "a.csv",
        "текст,метка\nпривет,да\n".encode("cp1251"),
        "`a.csv` is no text in UTF-8, UTF-16 or Windows-1252. Save it as UTF-8, and send it once more.",
    ),
    "only names": ("a.csv", b"text,label\n", "`a.csv` has no rows under its header. Attach one with rows."),
    "json with a broken line": (
        "a.jsonl",
        b'{"text": "a"}\n{"text": \n',
        "`a.jsonl` is not JSON (line 2). Each line of it must be one object.",
    ),
    "several tables in one file": (
        "a.json",
        b'{"train": [{"text": "a"}], "test": [{"text": "b"}]}',
        "`a.json` holds several tables (`train`, `test`). Put each into a file of its own.",
    ),
    "rows of different kinds": (
        "a.json",
        b'[{"text": "a"}, "b"]',
        ('Row 2 of `a.json` is no row as the others are. Write them as in `[{"city": "Bonn", "people": 330}]`.'),
    ),
}


@pytest.mark.parametrize("kind", READ)
def test_a_table_is_read_and_how_it_is_written_is_said(kind: str) -> None:
    name, content, (columns, rows), remarks = READ[kind]
    table = read_table(name, content)
    assert (table.columns, table.rows, table.remarks) == (columns, rows, remarks)


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_read_is_refused_in_one_sentence(kind: str) -> None:
    name, content, sentence = REFUSED[kind]
    with pytest.raises(Mistake) as refusal:
        read_table(name, content)
    assert refusal.value.sentence == sentence


@pytest.mark.parametrize(
    ("text", "written", "found"),
    [
        ("plain", "ascii", "utf-8"),
        ("größe", "utf-8", "utf-8"),
        ("größe, naïve café: “ok”, it’s 5 €", "cp1252", "cp1252"),
        ("¿Qué tal? ¡Sí! Il était une fois, c´est ça", "cp1252", "cp1252"),
        ("schöne größe für dich", "mac_roman", None),
        ("schöne größe für dich", "cp850", None),
        ("zażółć gęślą jaźń", "cp1250", None),
        ("Καλημέρα κόσμε", "cp1253", None),
        ("こんにちは世界", "shift_jis", None),
        ("你好世界，我来了", "gbk", None),
    ],
)
def test_an_encoding_is_found_or_none_is_taken(text: str, written: str, found: str | None) -> None:
    assert find_encoding(text.encode(written)) == found


TRAINING = """
import json, sys
from jobs.training.files import load
from core.recipe import DatasetSource
for folder in sys.stdin.read().split():
    rows = load(DatasetSource(repo=folder, revision="main")).splits["train"]
    print(json.dumps([list(rows.features), [list(row.values()) for row in rows]]))
assert "torch" not in sys.modules
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What training reads of each file, by one process, as reading `datasets` takes longer than the files."""
    home = tmp_path_factory.mktemp("home")
    folders = []
    for name, content, _table, _remarks in READ.values():
        folder = tmp_path_factory.mktemp("data")
        (folder / f"train{Path(name).suffix}").write_bytes(content)
        folders.append(str(folder))
    environment = {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", TRAINING],
        input="\n".join(folders),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | environment,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(READ, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("kind", READ)
def test_training_reads_the_same_rows_as_chat(trained: dict[str, Any], kind: str) -> None:
    name, content, _table, _remarks = READ[kind]
    table = read_table(name, content)
    columns, rows = trained[kind]
    assert columns == list(table.columns)
    assert [list(map(as_value, row)) for row in rows] == [list(map(as_value, row)) for row in table.rows]


def as_value(cell: object) -> object:
    """Training has numbers where every cell of a column is one, and nothing where chat has an empty text."""
    return float(str(cell)) if NUMBER.fullmatch(str(cell)) else cell or None
