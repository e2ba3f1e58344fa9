"""`python -m sandbox.seed STATE [--tiny]`: fills the sandbox Hub's state folder.

Progress goes to standard error. A run that was interrupted is continued by running it again, and a folder of an earlier
version is brought up to date: repos that are complete are left alone. The last thing written is `seeded.json` in the
state folder.
"""

import argparse
import logging
import os
import signal
import sys
from pathlib import Path


def main() -> None:
    """Reads the command line, and fills the state folder."""
    arguments = argparse.ArgumentParser(prog="python -m sandbox.seed", description="Fills the sandbox Hub.")
    arguments.add_argument("state", type=Path, help="the Hub's state folder")
    arguments.add_argument("--tiny", action="store_true", help="train for moments only, as the tests do")
    options = arguments.parse_args()
    # An exception, in place of the sudden end that is the default, lets the folder of half-made models go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("sandbox").setLevel(logging.INFO)
    # Read once, when torch is loaded. Threads that wait by spinning make a training ten times slower as soon
    # as another process wants the same cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from sandbox.seed.fill import FULL, TINY, fill

    fill(options.state, TINY if options.tiny else FULL)


if __name__ == "__main__":
    main()
