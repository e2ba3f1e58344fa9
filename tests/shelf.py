"""Models that a worker finds as if they had been downloaded, and the question to ask of one."""

import os
import shutil
import uuid
from pathlib import Path
from typing import Any

from jobs.inference.client import InferenceClient
from jobs.inference.protocol import Answer, Request

SHA = "a" * 40


class Shelf:
    """A Hugging Face cache with models in it, as if they had been downloaded; there is no Hub behind it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {
            "HF_HOME": str(folder), "HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_OFFLINE": "1",
        }  # fmt: skip

    def put(self, name: str, files: Path) -> Path:
        """Lays a model's files out where `name` at SHA is looked for."""
        snapshot = self.files(name)
        shutil.copytree(files, snapshot)
        return snapshot

    def files(self, name: str) -> Path:
        """Where they lie."""
        return self.folder / "hub" / f"models--{name.replace('/', '--')}" / "snapshots" / SHA


def ask(client: InferenceClient, model: str, task: str, *inputs: str, **options: Any) -> Answer:
    return client.ask(Request(uuid.uuid4().hex, model, SHA, task, list(inputs), options), 60)
