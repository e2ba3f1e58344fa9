"""Runs this Python with the given arguments, tied to the process that asked: a killed test run leaves none behind.

`python tied.py -m bot serve`; the process id stays the same.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(os.environ.pop("TIED_TO")):
            sys.exit("the process that asked for this one is gone")
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])  # noqa: S606  # no shell is what is wanted


if __name__ == "__main__":
    main()
