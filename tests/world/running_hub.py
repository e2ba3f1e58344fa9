"""A sandbox Hub on a free port, and a small model to put on it."""

import json
import os
import socket
import struct
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from huggingface_hub import HfApi

from sandbox.accounts import Account
from sandbox.hub.app import build_hub
from sandbox.hub.records import Gated
from sandbox.hub.store import HubStore

ACCOUNTS = (
    Account("ana", "hf_ana", ("acme",), "Ana Ruiz", "ana@acme.example"),
    Account("bo", "hf_bo", ("acme",), "Bo Lindqvist", "bo@acme.example"),
    Account("dee", "hf_dee", (), "Dee Tanaka", "dee@acme.example"),
    Account("rio", "hf_rio", ("acme",), "Rio Sato", "rio@acme.example", role="read"),
)


class RunningHub:
    """A Hub on a free port of the loopback interface."""

    def __init__(self, state: Path, url: str) -> None:
        self.state, self.url, self.store = state, url, HubStore(state)

    def api(self, name: str | None) -> HfApi:
        return HfApi(endpoint=self.url, token=f"hf_{name}" if name else False)

    def post(self, path: str, body: Mapping[str, object]) -> httpx.Response:
        return httpx.post(self.url + path, json=body, headers={"Authorization": "Bearer hf_ana"}, trust_env=False)

    def client(self, home: Path, code: str, **env: str) -> Any:
        """Runs code in a process of its own that knows this Hub by HF_ENDPOINT; its `answer` as JSON."""
        program = textwrap.dedent(code) + "\nimport json; print('\\n' + json.dumps(answer))"
        settings = {
            "HF_ENDPOINT": self.url,
            "HF_HOME": str(home),
            "HF_TOKEN": "hf_ana",
            "NO_PROXY": "127.0.0.1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_UPDATE_DOWNLOAD_COUNTS": "0",
        }
        process = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, **settings, **env},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert process.returncode == 0, process.stderr
        return json.loads(process.stdout.splitlines()[-1])


@contextmanager
def running(state: Path) -> Iterator[RunningHub]:
    server = uvicorn.Server(uvicorn.Config(build_hub(state, ACCOUNTS), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    listening = threading.Event()
    startup = server.startup

    async def announced_startup(sockets: list[socket.socket] | None = None) -> None:
        await startup(sockets)
        listening.set()

    server.startup = announced_startup  # type: ignore[method-assign]
    thread.start()
    assert listening.wait(10)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield RunningHub(state, f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join(10)


def safetensors(**shapes: tuple[int, ...]) -> bytes:
    """A safetensors file of float32 zeros."""
    header, at = {}, 0
    for name, shape in shapes.items():
        size = 4
        for width in shape:
            size *= width
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(at)


CARD = b"""---
license: apache-2.0
language: en
base_model: acme/base
datasets: [acme/reviews]
tags: [reviews]
model-index:
- name: tiny
  results:
  - task: {type: text-classification}
    dataset: {type: reviews, name: Reviews}
    metrics: [{type: accuracy, value: 0.75}]
---
# Tiny <b>model</b>
"""


def put_model(hub: RunningHub, repo_id: str, *, private: bool = False, gated: Gated = False) -> str:
    hub.store.create_repo("model", repo_id, private=private, gated=gated, owner="ana")
    config = {"architectures": ["BertForSequenceClassification"], "model_type": "bert"}
    files = {
        "README.md": CARD,
        "config.json": json.dumps(config).encode(),
        "model.safetensors": safetensors(weight=(2, 3), bias=(2,)),
    }
    return hub.store.commit("model", repo_id, files, "Add the model", "ana")
