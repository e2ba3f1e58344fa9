"""What a model drew or spoke: pictures go up and into the answer, sounds are kept until they are shared."""

import logging
import shutil
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from slack_sdk.errors import SlackApiError

from core.answers import Answer, Sound
from core.blocks.inference import PICTURES
from core.blocks.parts import Block, context
from core.results import Artefact, Result
from core.slack_sender import Sender
from core.store.answers import KEPT_SECONDS
from core.words import escape
from jobs.inference.asking.inputs import Inputs
from jobs.inference.asking.workbench import Workbench

log = logging.getLogger(__name__)
# How the folders of sounds begin that are kept until somebody posts them.
ASIDE = "sounds-"
Drawn = TypeVar("Drawn", bound=Artefact)


def own_names(results: Sequence[Result], folder: Path) -> Sequence[Result]:
    """The results, their files renamed, so that a second answer into the same folder takes none of them away."""
    return [_own_name(result, folder) if isinstance(result, Artefact) else result for result in results]


def _own_name(result: Drawn, folder: Path) -> Drawn:
    file = folder / Path(result.file).name
    if not result.file or not file.is_file():
        return replace(result, file="")
    return replace(result, file=file.rename(folder / f"made-{uuid.uuid4().hex}{file.suffix.lower()}").name)


def finish(bench: Workbench, inputs: Inputs, answer: Answer, results: Sequence[Result]) -> Answer:
    """The answer with its pictures uploaded and its sounds put aside; whatever else is in the folder may go now."""
    sounds = [
        (inputs.folder / result.file, result.alt or "a sound")
        for result in results
        if isinstance(result, Artefact) and result.file and not result.file.endswith(PICTURES)
    ]
    blocks = [_shown(bench, inputs.folder, block) for block in answer.blocks]
    return replace(answer, blocks=blocks, sounds=_put_aside(bench, sounds))


def sweep(folder: Path, *, is_start: bool = False) -> None:
    """Removes what tries left behind more than a day ago; at the start also what a bot that is gone was working on."""
    for path in folder.glob("*"):
        is_cut_off = is_start and not path.name.startswith(ASIDE)
        if is_cut_off or path.stat().st_mtime < time.time() - KEPT_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def _shown(bench: Workbench, folder: Path, block: Block) -> Block:
    """A picture's block with the uploaded file in it; its words where Slack does not take the file."""
    name = block.get("slack_file", {}).get("id", "")
    if not name.startswith("@"):
        return block
    try:
        uploaded = Sender(bench.client).upload(folder / Path(name[1:]).name, block["alt_text"])
    except (SlackApiError, OSError):
        log.warning("a picture of an answer could not be uploaded", exc_info=True)
        return context(f"_The picture could not be uploaded: {escape(block['alt_text'])}_")
    return block | {"slack_file": {"id": uploaded}}


def _put_aside(bench: Workbench, sounds: list[tuple[Path, str]]) -> tuple[Sound, ...]:
    if not sounds:
        return ()
    sweep(bench.folder)
    folder = bench.folder / f"{ASIDE}{uuid.uuid4().hex}"
    folder.mkdir(parents=True, mode=0o700)
    return tuple(
        (str(shutil.move(path, folder / f"{number}{path.suffix}")), alt) for number, (path, alt) in enumerate(sounds, 1)
    )
