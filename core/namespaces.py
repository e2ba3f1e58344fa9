"""Where the Hub lets us write: asked of it once in a while, and remembered."""

import time
from collections.abc import Callable

from core.errors import HubError, Refused
from core.hub.facts import Who
from core.hub.gateway import plain

FRESH_SECONDS = 600.0


class Namespaces:
    """The organisations of the token's account and the account itself, organisations first."""

    def __init__(self, whoami: Callable[[], Who], clock: Callable[[], float] = time.monotonic) -> None:
        self._whoami = whoami
        self._clock = clock
        self._who: Who | None = None
        self._asked = 0.0

    def known(self) -> tuple[str, ...]:
        """What is remembered, without asking; empty before the Hub was asked."""
        return (*self._who.orgs, self._who.name) if self._who else ()

    def current(self) -> tuple[str, ...]:
        """The same, asked anew where it is old; HubError where nothing is remembered and the Hub does not answer."""
        if self._who is None or self._clock() - self._asked > FRESH_SECONDS:
            try:
                self._ask()
            except HubError:
                if self._who is None:
                    raise
        return self.known()

    def own(self, repo: str) -> str:
        """The repo with its owner written as the Hub does; Refused unless the token may write there."""
        owner, _, name = repo.partition("/")
        if self._spelt(owner) is None:
            self._ask()  # an organisation may have let us in a moment ago
        spelt = self._spelt(owner)
        if spelt is None:
            raise Refused(
                f"The token I use may not write to `{plain(owner)}`, only to {_listed(self.known())}. "
                "Publish to a name there, or give its account write access on the Hub.",
                field="repo",
            )
        if self._who and self._who.role == "read":
            raise Refused(
                "The token I use may only read. Whoever runs me has to set one that may write (HF_TOKEN).",
                field="repo",
            )
        return f"{spelt}/{name}"

    def _ask(self) -> None:
        self._who, self._asked = self._whoami(), self._clock()

    def _spelt(self, owner: str) -> str | None:
        return next((name for name in self.known() if name.lower() == owner.lower()), None)


def _listed(names: tuple[str, ...]) -> str:
    """`acme`, `dee-labs` and 4 more."""
    shown = [f"`{plain(name)}`" for name in names[:8]]
    more = [f"{len(names) - 8} more"] if len(names) > 8 else []
    *first, last = [*shown, *more]
    return f"{', '.join(first)} and {last}" if first else last
