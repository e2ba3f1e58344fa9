"""What `python -m sandbox.seed --tiny` puts on the sandbox Hub: is it there, and is what it says true?"""

import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from itertools import batched, combinations
from pathlib import Path

import datasets
import pytest
import torch
from huggingface_hub import DatasetCard, ModelCard
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

from sandbox.hub.store import HubStore
from sandbox.seed.fill import TINY, fill
from sandbox.seed.minilm import weights_folder
from sandbox.seed.reviews import Review, split_reviews
