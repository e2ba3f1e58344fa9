"""Nothing among the files runs when it is opened: no pickle, no code."""

from core.store.releases import Finding
from jobs.publishing.checks import Subject

NAME = "safe"
UNSAFE = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".py", ".h5")


def check(subject: Subject) -> Finding:
    unsafe = [name for name in subject.names if name.endswith(UNSAFE)]
    if unsafe:
        return Finding(
            NAME,
            "blocking",
            f"{unsafe[0]} is not a safe file to publish.",
            "Only safetensors and text files are.",
        )
    return Finding(NAME, "passed", "All files are safetensors or text.")
