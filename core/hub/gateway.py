"""How the Hub is called: one client with time limits, and one place where its errors become ours."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from http import HTTPStatus
from typing import Any

import httpx2
from huggingface_hub import HfApi, constants, set_client_factory
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalTokenNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import (  # type: ignore[attr-defined]  # public, but loaded lazily
    build_hf_headers,
    disable_progress_bars,
    parse_ratelimit_headers,
)

from core.errors import Gated, HubError, NotOnHub

READ_SECONDS = 15.0
WRITE_SECONDS = 60.0  # a commit of many large files is checked by the Hub before it answers
DEFAULT_RETRY_AFTER = 60

# True inside `Gateway.asking`. Upload threads of huggingface_hub do not see it and keep its retries.
_inside: ContextVar[bool] = ContextVar("inside", default=False)


class _BoundedClient(httpx2.Client):
    """huggingface_hub's session: no request without a time limit, and no hidden minutes of waiting.

    huggingface_hub passes `timeout=None` on most calls and sleeps through a rate limit inside its retry loop;
    a person who waits for an answer is better served by being told when to try again.
    """

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        given = request.extensions.get("timeout") or {}
        bound = READ_SECONDS if request.method in ("GET", "HEAD") else WRITE_SECONDS
        request.extensions["timeout"] = {
            step: given.get(step) or bound for step in ("connect", "read", "write", "pool")
        }
        if not _inside.get():
            return super().send(request, **options)
        try:
            response = super().send(request, **options)
            if response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR or request.method != "GET":
                return _unless_refused(response)
            response.close()
        except httpx2.TimeoutException as error:
            raise _unreachable(error) from error
        except httpx2.TransportError as error:
            if request.method != "GET" or isinstance(error, httpx2.ConnectError):
                raise _unreachable(error) from error
        return self._send_again(request, options)

    def _send_again(self, request: httpx2.Request, options: Mapping[str, Any]) -> httpx2.Response:
        """The one repetition of a read: a dropped keep-alive connection or a passing 5xx is common."""
        try:
            return _unless_refused(super().send(request, **options))
        except httpx2.TransportError as error:
            raise _unreachable(error) from error


def _is_busy(status: int) -> bool:
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _unless_refused(response: httpx2.Response) -> httpx2.Response:
    if _is_busy(response.status_code):
        response.close()
        raise _busy(response)
    return response


def _busy(response: httpx2.Response) -> HubError:
    if response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
        return HubError(
            f"The Hub has trouble (it answered {response.status_code}). Try again in a minute.",
            status=response.status_code,
        )
    seconds = _retry_after(response.headers)
    return HubError(
        f"The Hub takes no more requests from me for {seconds} seconds (rate limit). Try again after that.",
        status=429,
        retry_after=seconds,
    )


def _retry_after(headers: Mapping[str, str]) -> int:
    limit = parse_ratelimit_headers(headers)
    if limit is not None:
        return limit.reset_in_seconds
    given = headers.get("retry-after", "")
    return int(given) if given.isdigit() else DEFAULT_RETRY_AFTER


def _unreachable(error: httpx2.TransportError) -> HubError:
    if isinstance(error, httpx2.TimeoutException):
        return HubError(
            "The Hub did not answer in time. Try again in a minute.",
            reason="timeout",
        )
    return HubError(
        "The Hub cannot be reached from here. Try again in a minute; if it stays, ask whoever runs me "
        "to check HF_ENDPOINT and the network.",
        reason="unreachable",
    )


@cache
def _install_client() -> None:
    # Once: replacing the session would cut the calls of other threads off.
    constants.HF_HUB_DISABLE_TELEMETRY = True
    disable_progress_bars()  # uploads would draw on the log
    set_client_factory(lambda: _BoundedClient(follow_redirects=True, timeout=READ_SECONDS))


class Gateway:
    """Calls to one Hub with one token; every failure leaves as HubError, NotOnHub or Gated."""

    def __init__(self, endpoint: str, token: str) -> None:
        _install_client()
        self.endpoint = endpoint.rstrip("/")
        self.api = HfApi(endpoint=self.endpoint, token=token, library_name="hugops")
        self.headers = build_hf_headers(token=token, library_name="hugops")

    def url(self, kind: str, repo: str) -> str:
        """The page of a repo for people."""
        return f"{self.endpoint}/{'' if kind == 'model' else f'{kind}s/'}{repo}"

    @contextmanager
    def asking(self, about: str = "") -> Iterator[None]:
        """The seam: errors of huggingface_hub and of the network become ours, `about` names the repo."""
        mark = _inside.set(True)
        try:
            yield
        except (HfHubHTTPError, HFValidationError, EntryNotFoundError, LocalTokenNotFoundError) as error:
            raise self._translated(error, about) from error
        except httpx2.TransportError as error:
            raise _unreachable(error) from error
        except json.JSONDecodeError as error:
            raise HubError(
                f"What answers at {self.endpoint} is not a Hub. Ask whoever runs me to check HF_ENDPOINT.",
                reason="garbled",
            ) from error
        finally:
            _inside.reset(mark)

    def _translated(self, error: Exception, about: str) -> HubError:
        name = plain(about)
        if isinstance(error, GatedRepoError):
            return Gated(
                f"`{name}` is gated: its owners want its terms accepted first. Open {self.endpoint}/{name}, "
                "ask for access with the account of the token I use, then try again.",
                repo=about,
            )
        if isinstance(error, HFValidationError):
            return NotOnHub(f"`{name}` is not the name of a repo. Write it as `owner/name`.", repo=about)
        if isinstance(error, RevisionNotFoundError):
            return NotOnHub(
                f"`{name}` has no such revision. Name a branch, a tag or a commit, or leave it out for main.",
                repo=about,
                missing="revision",
            )
        if isinstance(error, EntryNotFoundError):
            return NotOnHub(f"`{name}` has no such file. Look at its files on the Hub.", repo=about, missing="file")
        if isinstance(error, RepositoryNotFoundError):
            return self._no_repo(about)
        if isinstance(error, HfHubHTTPError):
            return self._refusal(error, about)
        return self._bad_token()

    def _no_repo(self, about: str) -> NotOnHub:
        name = plain(about)
        words = re.sub(r"[-_.]+", " ", name.rpartition("/")[2])
        return NotOnHub(
            f"`{name}` is not on the Hub, or it is private to others. Check the spelling, "
            f"or look for it with `search {words}`.",
            repo=about,
            missing="repo",
        )

    def _refusal(self, error: HfHubHTTPError, about: str) -> HubError:
        status = error.response.status_code
        if _is_busy(status):
            return _busy(error.response)
        if status == HTTPStatus.UNAUTHORIZED:
            return self._bad_token()
        if status == HTTPStatus.FORBIDDEN:
            return HubError(
                f"The token I use may not do this on `{plain(about)}`. It needs write access there: "
                f"{self.endpoint}/settings/tokens.",
                repo=about,
                status=status,
            )
        if status == HTTPStatus.NOT_FOUND:
            return self._no_repo(about)
        told = plain(error.server_message or "no reason given")
        return HubError(f"The Hub refused this ({status}: {told}).", repo=about, status=status)

    def _bad_token(self) -> HubError:
        return HubError(
            f"The Hub does not accept the token I use. Make a new one at {self.endpoint}/settings/tokens "
            "and set it again (HF_TOKEN for the team, `login` for your own).",
            status=401,
        )


class Side:
    """One side of the Hub, which asks through the gateway that it is given."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._api = gateway.api
        self.asking = gateway.asking
        self.url = gateway.url


def plain(text: str, length: int = 200) -> str:
    """Text from outside as a harmless part of a sentence: one line, no mark-up of Slack, at most `length`."""
    clean = re.sub(r"[<>&`*\s]+", " ", text).strip()
    return clean if len(clean) <= length else clean[: length - 1] + "…"
