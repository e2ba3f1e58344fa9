"""A look into a dataset: what is in it, and more of its rows."""

from dataclasses import replace
from datetime import UTC, datetime

from pydantic import ValidationError

from core.blocks.dataset import build_inspection, build_rows
from core.commands import InspectDataset, parse, to_text
from core.commands.fields import Columns
from core.commands.repos import is_data_file
from core.data_files import SHORT_HASH
from core.errors import Mistake
from core.examination import Inspection
from core.usability import usability
from handlers import data_files
from handlers.listeners import Answer, Caller, Commands, Parts

GONE = "I no longer know which dataset this button belongs to. Type `dataset org/name` again."


def inspect(parts: Parts, caller: Caller, command: InspectDataset) -> Answer:
    """What is in the dataset, or in a file that came along or was given before."""
    if is_data_file(command.dataset):
        file = data_files.given(parts, caller, command.dataset, command.revision)
        command = command.model_copy(update={"dataset": file.name, "revision": file.sha256[:SHORT_HASH]})
    look = parts.planner.inspect(command, caller.user)
    tune = _with_columns(command, look.seen)
    # It counted tokens, so that its files may be read.
    if look.base and usability(replace(look.base.traits, readable=True)).no_tune:
        tune = tune.model_copy(update={"base": None})
    return Answer(*build_inspection(look.source, look.license, look.seen, to_text(command), to_text(tune)))


def more_rows(parts: Parts, caller: Caller, value: str) -> Answer:
    """More rows: those after the ones that were shown."""
    first, _, line = value.partition(" ")
    if not first.isdecimal():
        raise Mistake(GONE)
    command = read_line(line)
    look = parts.planner.inspect(command, caller.user, first=int(first), rows_only=True)
    return Answer(*build_rows(look.source, look.seen, to_text(command)))


def read_line(line: str) -> InspectDataset:
    """The command that a button carries; Mistake where it is not one of ours."""
    try:
        command = parse(line, lambda: datetime.now(UTC))
    except Mistake as error:
        raise Mistake(GONE) from error
    if not isinstance(command, InspectDataset):
        raise Mistake(GONE)
    return command


def _with_columns(command: InspectDataset, seen: Inspection) -> InspectDataset:
    # Naming one of two columns would leave the other out.
    if "text_pair" in seen.roles:
        return command
    try:
        columns = Columns(text=seen.roles.get("text"), label=seen.roles.get("label"))
    except ValidationError:  # nobody could type such a name; they are found by themselves
        return command
    return command.model_copy(update={"columns": columns})


COMMANDS: Commands = {InspectDataset: inspect}
