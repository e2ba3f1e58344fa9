"""Permissions that travel in a URL or a token: what the Hub has signed, it recognises later."""

import hashlib
import hmac
import secrets
import time
from pathlib import Path


class Signer:
    """The key lives in a file of its own, so that an upload survives a restart of the Hub."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32), encoding="ascii")
        self._key = path.read_text(encoding="ascii").encode()

    def sign(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    def is_signed(self, text: str, signature: str) -> bool:
        return hmac.compare_digest(self.sign(text).encode(), signature.encode())

    def token(self, purpose: str, seconds: int) -> tuple[str, int]:
        """A token for one purpose, and the Unix second at which it ends."""
        expires = int(time.time()) + seconds
        return f"{expires}.{self.sign(f'{purpose} {expires}')}", expires

    def accepts(self, purpose: str, token: str) -> bool:
        expires, _, signature = token.partition(".")
        fresh = expires.isdigit() and int(expires) > time.time()
        return fresh and self.is_signed(f"{purpose} {expires}", signature)
