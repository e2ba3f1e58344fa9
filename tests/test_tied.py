"""What the tests start ends with them, however they end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from world.driver import wait_for

PARENT = """
import signal, subprocess
from world.driver import tied
print(tied(["-c", "import signal; print('up', flush=True); signal.pause()"], stdout=subprocess.PIPE).pid, flush=True)
signal.pause()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_a_sandbox_does_not_outlive_a_test_run_that_is_killed() -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
    wait_for(lambda: is_gone(child), 20, "the end of the child")


def is_gone(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
