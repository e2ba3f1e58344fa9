"""The command line: `python -m bot serve`, `doctor` and `manifest`."""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from core.errors import SettingsError


def main() -> int:
    """Runs one subcommand; 2 means that a setting is missing or wrong, 1 that something was found."""
    parser = argparse.ArgumentParser(
        prog="hugops", description="The life of a model on the Hugging Face Hub, in Slack."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="answer in Slack until stopped")
    commands.add_parser("doctor", help="say in words what is missing")
    manifest = commands.add_parser("manifest", help="print the manifest to create the Slack app from")
    manifest.add_argument("--http", metavar="URL", help="for HTTP mode: the https address under which Slack finds me")
    arguments = parser.parse_args()
    if arguments.command == "manifest":
        return show_manifest(arguments.http)
    environment = read_environment()
    return serve(environment) if arguments.command == "serve" else examine(environment)


def read_environment() -> dict[str, str]:
    """The environment over what `.env` in the current folder says."""
    from_file = {key: value for key, value in dotenv_values(Path(".env")).items() if value is not None}
    return {**from_file, **os.environ}


def serve(environment: Mapping[str, str]) -> int:
    """Answers in Slack until SIGINT or SIGTERM; trainings go on afterwards."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    for chatty in ("apscheduler", "httpx2"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    from core import settings

    calls = logging.getLogger("slack_sdk.web.base_client")
    calls.setLevel(logging.CRITICAL)  # what is wrong with the settings is said below, in one line
    try:
        # huggingface_hub reads these when it is imported, so they are set before it is.
        read = settings.read(environment)
        os.environ["HF_ENDPOINT"] = read.hf_endpoint
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        # Uploads remember by address what a Hub has; two Hubs that had one address after the other must not mix.
        os.environ.setdefault("HF_XET_CACHE", str(read.home / "xet"))
        from bot.app import build

        service = build(read, environment)
    except SettingsError as error:
        print(error.sentence, file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"SLACK_API_URL does not answer ({error}). Is {read.slack_api_url} right, and up?",
            file=sys.stderr,
        )
        return 2
    calls.setLevel(logging.NOTSET)
    service.start()
    logging.getLogger("bot").info("hugops serves; state is in %s", read.database)
    stop.wait()
    service.stop()
    return 0


def show_manifest(http: str | None) -> int:
    """Prints the manifest; 2 for an address that Slack cannot call."""
    from bot.manifest import print_manifest

    try:
        print(print_manifest(http))
    except SettingsError as error:
        print(error.sentence, file=sys.stderr)
        return 2
    return 0


def examine(environment: Mapping[str, str]) -> int:
    """Prints one line per thing that is needed; 1 when one is missing."""
    from bot.doctor import diagnose

    findings = diagnose(environment)
    for finding in findings:
        print(f"{'ok     ' if finding.good else 'missing'}  {finding.sentence}")
    return 0 if all(finding.good for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
