"""Slack's rate limits: each method by its tier in minutes, posting by the second in each channel."""

import math
import time
from collections import defaultdict, deque

from sandbox.workspace.errors import ApiError

SPECIAL = 300
POSTS_PER_SECOND = 1.0
POST_BURST = 5.0


class RateLimitedError(ApiError):
    """Answered with HTTP 429 and a `Retry-After` of so many seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


class RateLimits:
    """Counts the app's calls; both checks raise RateLimitedError when one is too many."""

    def __init__(self) -> None:
        self._calls: dict[str, deque[float]] = defaultdict(deque)
        self._posts: dict[str, tuple[float, float]] = {}

    def count_call(self, method: str, per_minute: int) -> None:
        now = time.monotonic()
        calls = self._calls[method]
        while calls and calls[0] <= now - 60:
            calls.popleft()
        if len(calls) >= per_minute:
            raise RateLimitedError(math.ceil(calls[0] + 60 - now))
        calls.append(now)

    def count_post(self, channel: str) -> None:
        now = time.monotonic()
        tokens, since = self._posts.get(channel, (POST_BURST, now))
        tokens = min(POST_BURST, tokens + (now - since) * POSTS_PER_SECOND)
        self._posts[channel] = (tokens, now)
        if tokens < 1:
            raise RateLimitedError(math.ceil((1 - tokens) / POSTS_PER_SECOND))
        self._posts[channel] = (tokens - 1, now)
