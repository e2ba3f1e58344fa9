"""`make bench`: what each part costs, side by side in one run, as medians and ratios. Nothing is asserted."""

import json
import os
import platform
import sys
import tempfile
from pathlib import Path

# Before torch is imported: threads that spin would take the cores from whoever is measured next.
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
ROOT = Path(__file__).parents[1]
# The tests' driver of a sandbox and a bot is used here as well.
sys.path.insert(0, str(ROOT / "tests"))


def main() -> None:
    """Prints a table and writes `benchmarks/results.json`; with names of parts (bot, inference, …), those alone."""
    from benchmarks import bot, inference, subject, training

    parts = sys.argv[1:] or ["bot", "inference", "training"]
    path = ROOT / "benchmarks" / "results.json"
    results: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        classifier = Path(folder) / "classifier"
        subject.save_classifier(classifier)
        if "bot" in parts:
            results |= bot.measure(classifier)
        if "inference" in parts:
            results |= inference.measure(Path(folder), classifier)
        if "training" in parts:
            (Path(folder) / "training").mkdir()
            results |= training.measure(Path(folder) / "training")
    for name, value in results.items():
        print(f"{name:<52} {value:10.2f}")
    about = {"machine": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}
    path.write_text(json.dumps({"about": about, "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
