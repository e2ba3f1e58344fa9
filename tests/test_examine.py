"""The dataset examiner: one question on stdin, one answer on stdout, and no torch in between."""

import gzip
import json
import os
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from datasets import Dataset
from huggingface_hub import HfApi
from starlette.applications import Starlette

from jobs.models.heads import cannot_head
from sandbox.accounts import Account
from sandbox.hub.app import build_hub
from world.examiner import ROOT, Examiner, examiner

__all__ = ["examiner"]  # a fixture


def folder_with(tmp_path: Path, **contents: str) -> Path:
    folder = tmp_path / "dataset"
    folder.mkdir()
    for name, content in contents.items():
        (folder / name.replace("_", ".")).write_text(content)
    return folder


def test_a_dataset_is_described_down_to_its_classes(examiner: Examiner, tmp_path: Path) -> None:
    lines = [f"{i},a note number {i},{('ham', 'spam')[i % 3 == 0]}\n" for i in range(60)]
    rows, some = "".join(lines), "".join(lines[:21]) + "21,a note number 21\n"
    folder = folder_with(tmp_path, train_csv="id,body,category\n" + rows, test_csv="id,body,category\n" + some)
    answer = examiner.ask(folder)
    fingerprint = answer.pop("fingerprint")
    assert len(fingerprint) == 32
    assert answer == {
        "ok": True,
        "trainable": True,
        "splits": {"train": 60, "test": 22},
        "use": {"train": "train", "validation": None, "test": "test"},
        "columns": [
            {"name": "id", "type": "int64", "example": "0"},
            {"name": "body", "type": "string", "example": "a note number 0"},
            {"name": "category", "type": "string", "example": "spam"},
        ],
        "task": "text-classification",
        "is_text": True,
        "aim": "sort texts into classes",
        "spread": "",
        "roles": {"text": "body", "label": "category"},
        "labels": ["ham", "spam"],
        "counts": {"ham": 40, "spam": 20},
        "mean_tokens_estimate": 4,
        "problems": [
            "1 row of the split `test` has no class; it is left out.",
        ],
    }
    (folder / "train.csv").write_text("id,body,category\n" + rows.replace("number 7,", "number 8,"))
    assert examiner.ask(folder)["fingerprint"] != fingerprint


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("train_csv", 'text,label\na,1\n"b,2\n', "cannot be read: A quote in line 3 of `train.csv` is not closed."),
        ("train_parquet", "no parquet", "cannot be read: Parquet magic bytes not found in footer."),
        ("notes_md", "# Empty", "holds no file that can be read as data (csv, json, parquet, text)."),
    ],
)
def test_a_file_that_is_not_what_it_says_gets_one_sentence(
    examiner: Examiner, tmp_path: Path, name: str, content: str, reason: str
) -> None:
    answer = examiner.ask(folder_with(tmp_path, **{name: content}))
    assert (answer["ok"], answer["kind"]) == (False, "data")
    assert reason in answer["reason"]


def rows_with(labels: Sequence[object], separator: str = ",") -> str:
    return f"text{separator}label\n" + "".join(
        f"a note, number {i}{separator}{each}\n" for i, each in enumerate(labels)
    )


TEXT_AND_LABEL = {"text": "text", "label": "label"}


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (rows_with(["a", "b"] * 20, ";").encode(), "`train.csv` is separated by `;`."),
        (rows_with(["a", "b"] * 20, "\t").encode("utf-16"), "`train.csv` is read as UTF-16, separated by tabs."),
        (
            rows_with(["a", "b"] * 20, ";").replace("note", "größe").encode("cp1252"),
            "`train.csv` is read as Windows-1252, separated by `;`.",
        ),
        (("sep=;\n" + rows_with(["a", "b"] * 20, ";")).encode(), "`train.csv` is separated by `;`."),
    ],
    ids=["semicolon", "utf-16", "windows-1252", "first line sep=;"],
)
def test_how_a_file_is_written_is_found_and_said(examiner: Examiner, tmp_path: Path, content: bytes, note: str) -> None:
    folder = folder_with(tmp_path)
    (folder / "train.csv").write_bytes(content)
    answer = examiner.ask(folder)
    assert (answer["trainable"], answer["roles"], answer["counts"]) == (True, TEXT_AND_LABEL, {"a": 20, "b": 20})
    assert answer["problems"] == [note]


def test_a_file_without_names_of_columns_is_told_from_one_with_them(examiner: Examiner, tmp_path: Path) -> None:
    rows = "".join(f"a note number {i},{('ham', 'spam')[i % 2]}\n" for i in range(40))
    answer = examiner.ask(folder_with(tmp_path, train_csv=rows))
    roles = {"text": "column 1", "label": "column 2"}
    assert (answer["roles"], answer["counts"]) == (roles, {"ham": 20, "spam": 20})
    assert answer["problems"] == ["`train.csv` is without names of columns in its first line."]


@pytest.mark.parametrize(
    "rows",
    [
        lambda rows: {"data": rows},
        lambda rows: {name: {str(at): row[name] for at, row in enumerate(rows)} for name in rows[0]},
        lambda rows: {name: [row[name] for row in rows] for name in rows[0]},
        lambda rows: {"columns": ["text", "label"], "data": [list(row.values()) for row in rows]},
        lambda rows: {str(at): row for at, row in enumerate(rows)},
    ],
    ids=["under data", "to_json of columns", "lists", "to_json split", "to_json index"],
)
def test_json_is_read_in_the_shapes_that_pandas_writes(
    examiner: Examiner, tmp_path: Path, rows: Callable[[list[dict[str, str]]], object]
) -> None:
    listed = [{"text": f"a note number {i}", "label": ("ham", "spam")[i % 2]} for i in range(40)]
    answer = examiner.ask(folder_with(tmp_path, train_json=json.dumps(rows(listed))))
    assert (answer["roles"], answer["counts"]) == (TEXT_AND_LABEL, {"ham": 20, "spam": 20})


def test_a_column_of_lists_is_named_as_the_reason(examiner: Examiner, tmp_path: Path) -> None:
    rows = [{"text": f"a note number {i}", "label": {"name": ("ham", "spam")[i % 2]}} for i in range(40)]
    (problem,) = examiner.ask(folder_with(tmp_path, train_json=json.dumps(rows)))["problems"]
    assert problem == (
        "No column looks like a label. The columns are `text` and `label`. "
        "`label` holds lists or objects, not one value a row."
    )


@pytest.mark.parametrize(
    ("labels", "counts", "problems"),
    [
        (["None", "NA"] * 20, {"NA": 20, "None": 20}, []),
        (["null", "nan"] * 20, {"nan": 20, "null": 20}, []),
        (["pos", "pos ", " neg", "neg"] * 10, {"neg": 20, "pos": 20}, []),
        (["1", "1.0", "0", "0.0"] * 10, {"0": 20, "1": 20}, []),
        (["01", "02"] * 20, {"01": 20, "02": 20}, []),
        (
            ["Good", "good", "bad"] * 20,
            {"Good": 20, "bad": 20, "good": 20},
            ["The classes `Good` and `good` differ only by case or spacing. If they are one, write them alike."],
        ),
        (
            ["0", "1", "2", "-1"] * 10,
            {"0": 10, "1": 10, "2": 10},
            ["10 rows have no class; they are left out."],
        ),
        (["0", "1"] * 20 + ["-1"], {"0": 20, "1": 20}, ["1 row has no class; it is left out."]),
        (["a", "b"] * 20 + [""] * 3, {"a": 20, "b": 20}, ["3 rows have no class; they are left out."]),
        (
            ["-1", "0", "1"] * 20,
            {"-1": 20, "0": 20, "1": 20},
            ["`-1` is taken for a class of its own. If it means that there is none, leave it empty."],
        ),
        (["-1", "1"] * 20, {"-1": 20, "1": 20}, []),
    ],
    ids=[
        "None and NA are classes",
        "null and nan are classes",
        "spaces around a class",
        "1 and 1.0 are one class",
        "zeros before a class stay",
        "classes that differ by case",
        "-1 beside classes from 0",
        "-1 in hardly a row",
        "empty classes",
        "-1, 0 and 1 are classes",
        "-1 and 1 are classes",
    ],
)
def test_a_class_is_the_text_that_stands_there(
    examiner: Examiner, tmp_path: Path, labels: list[str], counts: dict[str, int], problems: list[str]
) -> None:
    answer = examiner.ask(folder_with(tmp_path, train_csv=rows_with(labels, ";")))
    assert (answer["counts"], answer["problems"]) == (
        counts,
        [*problems, "`train.csv` is separated by `;`."],
    )


def test_a_test_split_of_hidden_labels_is_no_test_split(examiner: Examiner, tmp_path: Path) -> None:
    rows = "text,label\n" + "".join(f"note {i},{i % 2}\n" for i in range(40))
    hidden = "text,label\n" + "".join(f"hidden {i},-1\n" for i in range(9))
    answer = examiner.ask(folder_with(tmp_path, train_csv=rows, test_csv=hidden))
    assert (answer["labels"], answer["use"]["test"]) == (["0", "1"], None)
    assert "The split `test` has no labels; training rows take its place." in answer["problems"]


def test_splits_whose_types_differ_are_read_together(examiner: Examiner, tmp_path: Path) -> None:
    train, test = ("text,label\n" + "".join(f"{word} {i},{i % 2}\n" for i in range(40)) for word in ("a", "b"))
    answer = examiner.ask(folder_with(tmp_path, train_csv=train, test_csv=test + "c,x\n"))
    assert (answer["labels"], answer["use"]["test"]) == (["0", "1", "x"], "test")


def test_parquet_files_whose_types_differ_are_refused_in_words(examiner: Examiner, tmp_path: Path) -> None:
    folder, texts = folder_with(tmp_path), [f"a long text, number {at}" for at in range(40)]
    for name, labels in (("train", [0, 1]), ("test", ["neg", "pos"])):
        Dataset.from_dict({"text": texts, "label": labels * 20}).to_parquet(folder / f"{name}.parquet")
    reason = f"The files of {folder} differ in their columns or types. Give all of them the same ones."
    assert examiner.ask(folder) == {"ok": False, "reason": reason, "kind": "data"}


@pytest.mark.parametrize("kind", ["shards", "zip", "gz"])
def test_each_file_is_read_as_it_is_written(examiner: Examiner, tmp_path: Path, kind: str) -> None:
    folder, rows = folder_with(tmp_path), rows_with(["a", "b"] * 20, ";").encode()
    if kind == "shards":
        (folder / "train-00000-of-00002.csv").write_bytes(rows)
        (folder / "train-00001-of-00002.csv").write_bytes(rows.replace(b";", b"\t").decode().encode("utf-16"))
    elif kind == "zip":
        with zipfile.ZipFile(folder / "train.zip", "w") as archive:
            archive.writestr("train.csv", rows)
    else:
        (folder / "train.csv.gz").write_bytes(gzip.compress(rows))
    count = 40 if kind == "shards" else 20
    assert examiner.ask(folder)["counts"] == {"a": count, "b": count}


def test_what_the_readme_says_about_a_file_is_followed(examiner: Examiner, tmp_path: Path) -> None:
    names = "dataset_info:\n  features:\n  - name: text\n    dtype: string\n  - name: label\n    dtype:\n"
    names += "      class_label:\n        names:\n          '0': None\n          '1': 'yes'\n"
    configs = "configs:\n- config_name: default\n  data_files: {file}\n  sep: ';'\n"
    rows = "".join(f"a, note {i};{('None', 'yes')[i % 2]}\n" for i in range(40))
    folder = folder_with(
        tmp_path,
        README_md="---\n" + configs.format(file="rows.csv") + names + "---\n",
        rows_csv="text;label\n" + rows,
        other_csv="not,read\n1,2\n",
    )
    assert examiner.ask(folder)["counts"] == {"None": 20, "yes": 20}
    bare = "---\n" + configs.format(file="bare.csv") + "  names: [text, label]\n---\n"
    (folder / "README.md").write_text(bare)
    (folder / "bare.csv").write_text(rows)
    assert examiner.ask(folder)["counts"] == {"None": 20, "yes": 20}


def test_an_unreachable_hub_is_not_the_users_fault(examiner: Examiner, tmp_path: Path) -> None:
    answer = examiner.ask("acme/tickets")
    reason = "The Hub did not answer while reading acme/tickets. Resume when it is back."
    assert answer == {"ok": False, "reason": reason, "kind": "hub"}


def test_a_private_dataset_in_the_cache_is_not_shown_to_others(tmp_path: Path) -> None:
    accounts = [Account(name, f"hf_{name}_made_up", (), name, f"{name}@acme.example") for name in ("ana", "dee")]
    with serving(build_hub(tmp_path / "hub", accounts)) as endpoint:
        api = HfApi(endpoint=endpoint, token="hf_ana_made_up")
        api.create_repo("ana/diary", repo_type="dataset", private=True)
        rows = b"text,label\n" + b"dear diary,a\n" * 20
        kept = api.upload_file(path_or_fileobj=rows, path_in_repo="train.csv", repo_id="ana/diary", repo_type="dataset")

        def ask_with(token: str) -> dict[str, Any]:
            examiner = Examiner(HF_HOME=str(tmp_path / "home"), HF_ENDPOINT=endpoint, HF_TOKEN=token)
            answer = examiner.ask("ana/diary", revision=kept.oid)
            examiner.close()
            return answer

        assert ask_with("hf_ana_made_up")["splits"] == {"train": 20}
        reason = "ana/diary is not on the Hub, or is private and cannot be read with this token."
        assert ask_with("hf_dee_made_up") == {"ok": False, "reason": reason, "kind": "hub"}


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listening.close()


def test_one_of_several_configs_must_be_named(examiner: Examiner, tmp_path: Path) -> None:
    configs = "".join(f"- config_name: {name}\n  data_files: {name}.csv\n" for name in ("small", "large"))
    folder = folder_with(
        tmp_path,
        README_md=f"---\nconfigs:\n{configs}---\n",
        small_csv="text,label\n" + "one,a\ntwo,b\n" * 12,
        large_csv="text,label\nx,y\n",
    )
    answer = examiner.ask(folder)
    assert (answer["ok"], answer["kind"]) == (False, "user")
    assert answer["reason"].endswith(": `small` and `large`.")
    assert examiner.ask(folder, config="small")["splits"] == {"train": 24}


def test_what_would_stop_a_run_is_said_before_it(examiner: Examiner, tmp_path: Path) -> None:
    folder = folder_with(tmp_path, train_csv="text,label\n" + "same text,a\nsame text,b\n" * 5)
    assert examiner.ask(folder)["problems"] == ["The training split has 10 rows; at least 20 are needed."]
    wrong = examiner.ask(folder, label="stars")
    reason = "There is no label column `stars`. The columns are `text` and `label`."
    assert wrong == {"ok": False, "reason": reason, "kind": "data"}


def test_a_split_that_would_stop_the_run_is_told_before_it(examiner: Examiner, tmp_path: Path) -> None:
    rows = "text,label\n" + "".join(f"text {i},{'ab'[i % 2]}\n" for i in range(40))
    answer = examiner.ask(folder_with(tmp_path, train_csv=rows, test_csv="body,label\none,a\ntwo,b\n"))
    reason = "There is no text column `text`. The columns are `body` and `label`."
    assert (answer["trainable"], answer["problems"]) == (False, [reason])


def test_words_with_tags_are_a_task_of_their_own(examiner: Examiner, tmp_path: Path) -> None:
    row = {"tokens": ["Ana", "in", "Graz"], "ner_tags": ["B-PERSON", "O", "B-PLACE"]}
    lines = [json.dumps({**row, "tokens": [*row["tokens"][:2], f"Graz{i}"]}) + "\n" for i in range(30)]
    answer = examiner.ask(folder_with(tmp_path, train_jsonl="".join(lines)))
    assert (answer["trainable"], answer["task"]) == (True, "token-classification")
    assert answer["roles"] == {"text": "tokens", "label": "ner_tags"}
    assert answer["counts"] == {"O": 30, "B-PERSON": 30, "B-PLACE": 30}
    wrong = lines[0].replace("B-PERSON", "I-PERSON")
    (tmp_path / "dataset" / "train.jsonl").write_text("".join([*lines, wrong]))
    (problem,) = examiner.ask(tmp_path / "dataset")["problems"]
    assert problem.startswith("Row 31 of `train` has the tag `I-PERSON` at word 1 without the `B-PERSON`")


LABELLED = "text,label\n" + "".join(f"text {at},{'ab'[at % 2]}\n" for at in range(40))
HINT = "Choose an encoder such as BERT, RoBERTa or DeBERTa."


@pytest.mark.parametrize("base_type", ["bert", "xlm-roberta", "deberta-v2", "modernbert", None])
def test_a_common_base_is_known_without_torch(examiner: Examiner, tmp_path: Path, base_type: str | None) -> None:
    answer = examiner.ask(folder_with(tmp_path, train_csv=LABELLED), base="acme/base", base_type=base_type)
    assert (answer["ok"], answer["trainable"]) == (True, True)


@pytest.mark.parametrize(
    ("base_type", "wrong"),
    [
        ("whisper", "which cannot classify text"),
        ("vit", "which cannot classify text"),
        ("clip", "which cannot classify text"),
        ("marian", "which cannot classify text"),
        ("made-up", "which cannot classify text"),
        ("layoutlmv3", "which reads more than a text (pages, tables or HTML)"),
        ("tapas", "which reads more than a text (pages, tables or HTML)"),
    ],
)
def test_a_base_that_cannot_get_the_head_is_refused_before_there_is_a_plan(base_type: str, wrong: str) -> None:
    assert cannot_head(base_type, "AutoModelForSequenceClassification", "classify text") == (
        f"is of the kind `{base_type}`, {wrong}. {HINT}"
    )


@pytest.mark.parametrize("base_type", ["gpt2", "qwen3", "xlnet", "bart"])
def test_a_rare_base_that_can_get_it_is_let_through(base_type: str) -> None:
    assert cannot_head(base_type, "AutoModelForSequenceClassification", "classify text") == ""


def test_the_examiner_names_the_base_that_the_data_cannot_teach(tmp_path: Path) -> None:
    """In a process of its own, because only transformers knows the type, and it brings torch."""
    question = {
        "repo": str(folder_with(tmp_path, train_csv=LABELLED)),
        "revision": "main",
        "base": "openai/whisper-tiny",
        "base_type": "whisper",
    }
    process = subprocess.run(
        [sys.executable, "-m", "jobs.training.examine"],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "1"},
        check=True,
    )
    assert json.loads(process.stdout) == {
        "ok": False,
        "reason": f"openai/whisper-tiny is of the kind `whisper`, which cannot classify text. {HINT}",
        "kind": "user",
    }


def test_an_incomplete_request_is_answered_too(examiner: Examiner, tmp_path: Path) -> None:
    assert {"ok": False, "kind": "user"}.items() <= examiner.ask("acme/tickets", revision=None).items()
