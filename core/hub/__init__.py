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
    Portrait,
    PullRequest,
    Push,
    Query,
    RemoteFile,
    Repo,
    Searched,
    Who,
    memory_needed,
    next_version,
    training_memory,
)
from core.hub.find import RepoReader
from core.hub.gateway import Gateway
from core.hub.labels import Labelling
from core.hub.publish import RepoWriter
from core.hub.respelling import Respelling
from core.hub.search import Searching, cached, filters_of, without
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
    "Portrait",
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
    "training_memory",
    "without",
]


class Hub:
    """One Hub, asked with one token; each question goes to the side that answers it."""

    def __init__(self, endpoint: str, token: str) -> None:
        gateway = Gateway(endpoint, token)
        searching = Searching(gateway)
        reader = RepoReader(gateway, searching)
        labelling = Labelling(gateway, reader)
        publishing = RepoWriter(gateway, reader)
        self.endpoint = gateway.endpoint
        self.url = gateway.url
        self.search = searching.search
        self.excluding = searching.excluding
        self.other_words = Respelling(searching).other_words
        self.authors = searching.authors
        self.names = searching.names
        self.model = reader.model
        self.dataset = reader.dataset
        self.commits = reader.commits
        self.kind_of = reader.kind_of
        self.ensure_readable = reader.ensure_readable
        self.author_exists = reader.author_exists
        self.suggest = reader.suggest
        self.absent = reader.absent
        self.text = reader.text
        self.labels = labelling.labels
        self.named = labelling.named
        self.head = publishing.head
        self.author_heads = publishing.author_heads
        self.changes = publishing.changes
        self.files = publishing.files
        self.license = publishing.license
        self.portrait = publishing.portrait
        self.usability = publishing.usability
        self.whoami = publishing.whoami
        self.repo_exists = publishing.repo_exists
        self.main_sha = publishing.main_sha
        self.ensure_private_repo = publishing.ensure_private_repo
        self.open_release_pull_request = publishing.open_release_pull_request
        self.pull_request = publishing.pull_request
        self.merge = publishing.merge
        self.close = publishing.close
        self.tags = publishing.tags
        self.tag = publishing.tag
        self.set_visibility = publishing.set_visibility
