"""The gateway to the Hugging Face Hub: search, look-ups, pushes, and the steps of publishing.

The only importer of huggingface_hub outside the workers. Its errors are HubError, NotOnHub and Gated.
"""

from core.hub.facts import (
    Change,
    Commit,
    Dataset,
    File,
    Head,
    Hit,
    Kind,
    Memory,
    Metric,
    Model,
    Page,
    PullRequest,
    Push,
    Query,
    RemoteFile,
    Repo,
    Searched,
    Who,
    memory_needed,
    next_version,
)
from core.hub.labels import Labelling
from core.hub.publish import Publishing
from core.hub.search import cached, filters_of, without
from core.hub.summary import summarize

__all__ = [
    "Change",
    "Commit",
    "Dataset",
    "File",
    "Head",
    "Hit",
    "Hub",
    "Kind",
    "Memory",
    "Metric",
    "Model",
    "Page",
    "PullRequest",
    "Push",
    "Query",
    "RemoteFile",
    "Repo",
    "Searched",
    "Who",
    "cached",
    "filters_of",
    "memory_needed",
    "next_version",
    "summarize",
    "without",
]


class Hub(Labelling, Publishing):
    """One Hub, asked with one token: `Hub(endpoint, token)`."""
