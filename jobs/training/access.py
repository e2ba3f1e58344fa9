"""May this token read the repo? The local cache would hand out what somebody else fetched. Torch-free."""

from pathlib import Path
from typing import Literal

import httpx2
from huggingface_hub import HfApi

from core.recipe import DatasetSource
from jobs.training.errors import DataError, RunError, recognize


def require_data(source: DatasetSource) -> None:
    """The same for the data of a run, which may be a file of this machine."""
    if source.folder is None:
        require_readable(source.repo, "dataset")
    elif not Path(source.folder).is_dir():
        raise DataError(f"{source.repo} is not here any more. Attach it anew.")


def require_readable(repo: str, repo_type: Literal["model", "dataset"]) -> None:
    """Raise RunError unless the Hub lets the token of the environment read the files of `repo`."""
    # A folder is read as such by the libraries, without the Hub.
    if Path(repo).is_dir():
        return
    try:
        HfApi().auth_check(repo, repo_type=repo_type)
    except (OSError, httpx2.HTTPError) as error:
        raise recognize(error, repo) or RunError(f"The Hub gave no access to {repo}.", "hub") from error
    except ValueError as error:
        raise RunError(f"`{repo}` is no name of a repo. It looks like `org/name`.", "user") from error
