"""HTTP mode: signed requests to the app's own address."""

import hashlib
import hmac
import json
import secrets
import time
from urllib.parse import urlencode

import httpx

from sandbox.documents import Document
from sandbox.workspace.transport import ACK_SECONDS, AppAck, AppDelivery, UndeliveredError, read_response

USER_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"
REASONS = {"timeout": "http_timeout", "connection_failed": "connection_failed"}


def sign(signing_secret: str, timestamp: str, body: bytes) -> str:
    """The `X-Slack-Signature` of a body, as Slack computes it (version v0)."""
    base = f"v0:{timestamp}:".encode() + body
    return "v0=" + hmac.new(signing_secret.encode(), base, hashlib.sha256).hexdigest()


class HttpMode:
    """Delivers to one address, which first has to answer Slack's challenge."""

    def __init__(self, url: str, signing_secret: str, verification_token: str) -> None:
        self._url = url
        self._secret = signing_secret
        self._token = verification_token
        self._verified = False
        self._client = httpx.AsyncClient(trust_env=False, timeout=ACK_SECONDS, max_redirects=2)

    async def close(self) -> None:
        await self._client.aclose()

    async def _post(self, body: bytes, content_type: str, extra: dict[str, str]) -> httpx.Response:
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": content_type,
            "User-Agent": USER_AGENT,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self._secret, timestamp, body),
            **extra,
        }
        try:
            return await self._client.post(self._url, content=body, headers=headers, follow_redirects=True)
        except httpx.TooManyRedirects as error:
            raise UndeliveredError("too_many_redirects") from error
        except httpx.TimeoutException as error:
            raise UndeliveredError("timeout") from error
        except httpx.TransportError as error:
            raise UndeliveredError("connection_failed") from error

    async def _verify(self) -> None:
        challenge = secrets.token_urlsafe(32)
        body = {"token": self._token, "challenge": challenge, "type": "url_verification"}
        answer = await self._post(json.dumps(body).encode(), "application/json", {})
        if answer.status_code != httpx.codes.OK or challenge not in answer.text:
            raise UndeliveredError("http_error")
        self._verified = True

    async def send(self, delivery: AppDelivery) -> AppAck:
        """See Transport. The address is verified before the first delivery."""
        if not self._verified:
            await self._verify()
        body, content_type = encode(delivery)
        extra = {}
        if delivery.retry:
            reason = REASONS.get(delivery.retry_reason, delivery.retry_reason)
            extra = {"X-Slack-Retry-Num": str(delivery.retry), "X-Slack-Retry-Reason": reason}
        started = time.perf_counter()
        answer = await self._post(body, content_type, extra)
        if not answer.is_success:
            raise UndeliveredError("http_error", retry=answer.headers.get("x-slack-no-retry") != "1")
        return AppAck((time.perf_counter() - started) * 1000, _read(answer))


def _read(answer: httpx.Response) -> Document | None:
    if "json" in answer.headers.get("content-type", "") and answer.content:
        try:
            return read_response(answer.json())
        except ValueError as error:
            raise UndeliveredError("http_error") from error
    return read_response(answer.text)


def encode(delivery: AppDelivery) -> tuple[bytes, str]:
    """Events are JSON, a command is a form, an interaction is a form with one field of JSON."""
    if delivery.kind == "events_api":
        return json.dumps(delivery.payload).encode(), "application/json"
    fields = delivery.payload
    if delivery.kind == "interactive":
        fields = {"payload": json.dumps(delivery.payload)}
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"
