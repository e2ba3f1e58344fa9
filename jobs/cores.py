"""How much of the machine a model may use."""

import os


def threads() -> int:
    """One thread for each core that this process may run on, or as many as OMP_NUM_THREADS says."""
    told = os.environ.get("OMP_NUM_THREADS", "")
    return int(told) if told.isdecimal() and int(told) else len(os.sched_getaffinity(0))
