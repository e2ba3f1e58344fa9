"""Slack's listeners: `register` connects them; `routes.py` says which of them answers what."""

from handlers.routes import register

__all__ = ["register"]
