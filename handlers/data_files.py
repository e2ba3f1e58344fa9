"""Files with rows that a command names: fetched out of Slack and kept, or known from before."""

from pathlib import Path
from tempfile import TemporaryDirectory

from core.attachments import Attachment, fetch, read_attachment
from core.errors import Mistake
from core.kinds import LIMITS
from core.store.data_files import DataFile
from core.words import quote
from handlers.listeners import Caller, Parts
from jobs.inference.asking.inputs import attached

# What is trained on may be more than what is looked at in chat; the reader holds all of it in memory.
MOST_BYTES = {**LIMITS, "text": 100 * 2**20, "Parquet file": 100 * 2**20}


def given(parts: Parts, caller: Caller, name: str, start: str | None) -> DataFile:
    """The file of that name that came along, else one of this person's earlier; by the beginning of its hash there.

    Mistake where there is none, or it holds no rows.
    """
    files = [] if start else [read_attachment(parts.client, each) for each in attached(parts.workbench, caller)]
    same = [each for each in files if each.name.casefold() == name.casefold()]
    if files and not same:
        there = ", ".join(quote(each.name) for each in files)
        raise Mistake(f"There is no {quote(name)} here, but {there}. Name the file as it is called.", field="dataset")
    return _take(parts, caller.user, same[-1]) if same else parts.data_files.find(name, start, caller.user)


def _take(parts: Parts, user: str, file: Attachment) -> DataFile:
    with TemporaryDirectory(prefix="hugops-") as folder:
        got = fetch(parts.client, file, Path(folder), MOST_BYTES)
        if got.kind not in ("text", "Parquet file"):
            raise Mistake(
                f"{quote(got.name)} is a {got.kind}, whatever its name says. Attach a CSV, TSV, JSON, JSON lines or "
                "Parquet file with one row an example."
            )
        return parts.data_files.keep(got.path, got.name, user)
