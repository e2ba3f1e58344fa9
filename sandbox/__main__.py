"""`python -m sandbox`: a Slack workspace and a Hugging Face Hub on this machine.

When both are ready it prints one line of JSON with their addresses and tokens; it serves until stopped.
"""

import argparse
import asyncio
import json
import logging
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from sandbox.accounts import load_secrets
from sandbox.hub.app import build_hub
from sandbox.seed.contents import is_filled
from sandbox.servers import LoopServer, bind, url_of
from sandbox.workspace.app import build_workspace, describe
from sandbox.workspace.manifest import Manifest, ManifestError, read_manifest


def parse_arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--slack-port", type=int, default=0, metavar="N", help="0 (the default) means any")
    parser.add_argument("--hub-port", type=int, default=0, metavar="N", help="0 (the default) means any")
    parser.add_argument("--state", type=Path, metavar="DIR", help="kept between runs; default: a fresh folder")
    parser.add_argument("--manifest", type=Path, default=Path("manifest.yml"), metavar="FILE")
    parser.add_argument("--empty", action="store_true", help="a Hub without the seeded repos")
    parser.add_argument("--http-mode", metavar="URL", help="reach the app at this address, not over sockets")
    return parser.parse_args(argv)


async def seed(hub_dir: Path) -> None:
    """Puts into the Hub's folder what it does not have yet; raises RuntimeError where that fails."""
    if is_filled(hub_dir):
        return
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.seed", str(hub_dir), stdout=sys.stderr
    )
    try:
        code = await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    if code:
        raise RuntimeError(f"filling the Hub failed (exit code {code})")


async def serve(options: argparse.Namespace, manifest: Manifest, state_dir: Path) -> None:
    """Serves both until the task is cancelled."""
    tokens = load_secrets(state_dir)
    hub_dir = state_dir / "hub"
    hub_dir.mkdir(exist_ok=True)
    slack_socket, hub_socket = bind(options.slack_port), bind(options.hub_port)
    base_url = url_of(slack_socket) + "/"
    http_mode_url = options.http_mode or manifest.request_url
    workspace = build_workspace(state_dir, manifest, tokens, base_url, http_mode_url)
    async with AsyncExitStack() as stack:
        hub = LoopServer(build_hub(hub_dir, tokens.accounts()), hub_socket)
        slack = LoopServer(workspace, slack_socket)
        for server in (hub, slack):
            await server.start()
            stack.push_async_callback(server.stop)
        stack.callback(workspace.state.parts.live.close_all)
        if not options.empty:
            await seed(hub_dir)
        ready = {
            **describe(workspace.state.parts),
            "hub_endpoint": url_of(hub_socket),
            "hub_token": tokens.hub["hugops-bot"],
            "hub_tokens": tokens.hub,
        }
        print(json.dumps(ready), flush=True)
        await asyncio.Event().wait()


async def run(options: argparse.Namespace, manifest: Manifest, state_dir: Path) -> None:
    """Serves until SIGINT or SIGTERM."""
    task = asyncio.create_task(serve(options, manifest, state_dir))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await asyncio.wait({task})
    if not task.cancelled():
        await task


def main(argv: Sequence[str] | None = None) -> int:
    options = parse_arguments(argv)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        manifest = read_manifest(options.manifest)
        if options.state is not None:
            options.state.mkdir(parents=True, exist_ok=True)
            asyncio.run(run(options, manifest, options.state.resolve()))
        else:
            with tempfile.TemporaryDirectory(prefix="sandbox-") as folder:
                asyncio.run(run(options, manifest, Path(folder)))
    except ManifestError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2
    except (OSError, RuntimeError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
