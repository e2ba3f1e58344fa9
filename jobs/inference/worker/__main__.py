"""`python -m jobs.inference.worker SOCKET`: holds models and answers until nobody asks any more."""

import logging
import os
import sys
from pathlib import Path


def main() -> int:
    """Serves on the Unix socket until idle for fifteen minutes, or until the client hangs up."""
    # These are read when the libraries are imported, which happens with the first model.
    os.environ.setdefault("DISABLE_SAFETENSORS_CONVERSION", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # The log is a file; a bar in it is a line for each step.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    # Spinning threads of several processes take each other's cores away.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    for chatty in ("httpx2", "transformers"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    from jobs.inference.worker.server import serve

    serve(Path(sys.argv[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
