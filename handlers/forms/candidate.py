"""Try under an approval card: what would be published, before anybody decides."""

from core.blocks.try_form import TryFields
from core.ids import RUN
from core.recipe import pipeline_of
from handlers.forms import try_model
from handlers.listeners import Caller, Parts


def open_form(parts: Parts, caller: Caller, release_id: str) -> None:
    """The form of Try for the commit that approvers are asked about; its answer is for this person alone."""
    release = parts.releases.candidate(release_id, caller.user)
    run = parts.runs.get(RUN.write(release.run))
    filled = TryFields(model=f"{release.repo}@{release.head}", task=pipeline_of(str(run.recipe.get("task") or "")))
    try_model.show(parts, caller, filled)
