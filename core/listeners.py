"""Who hears when something has happened; what happens tells them without knowing who they are."""

import logging
from collections.abc import Callable
from typing import Generic, ParamSpec

log = logging.getLogger(__name__)
What = ParamSpec("What")


class Listeners(Generic[What]):
    """Functions that are called, in the order they were connected, each time something has happened."""

    def __init__(self) -> None:
        self._connected: list[Callable[What, object]] = []

    def connect(self, listener: Callable[What, object]) -> None:
        self._connected.append(listener)

    def tell(self, *what: What.args, **named: What.kwargs) -> None:
        """Calls each of them; one that stumbles holds up no other, nor who tells."""
        for listener in self._connected:
            try:
                listener(*what, **named)
            except Exception:  # the edge of one listener: what happened has happened, and the others must hear of it
                log.exception("a listener stumbled")
