"""Collections: lists of repos under a title, owned by an account or an organisation."""

import re
import secrets
import sqlite3
from dataclasses import dataclass

from sandbox.hub.database import HubDatabase
from sandbox.hub.errors import HubConflict, NotFound
from sandbox.hub.records import now

DEFAULT_THEME = "blue"


@dataclass(frozen=True)
class RepoCollection:
    slug: str
    owner: str
    title: str
    description: str | None
    private: bool
    theme: str
    updated_at: str


@dataclass(frozen=True)
class CollectionEntry:
    id: str
    kind: str
    name: str
    note: str | None


class CollectionShelf:
    def __init__(self, database: HubDatabase) -> None:
        self._database = database

    def create(self, owner: str, title: str, description: str | None, private: bool) -> RepoCollection:
        """Raises HubConflict, with the slug of the one that is there, for a title that the owner has already."""
        words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        slug = f"{owner}/{words}-{secrets.token_hex(12)}"
        with self._database.writing() as db:
            known = db.execute("SELECT slug FROM collections WHERE owner = ? AND title = ?", (owner, title)).fetchone()
            if known:
                raise HubConflict("This collection exists already.", fields={"slug": known["slug"]})
            values = (slug, owner, title, description, private, DEFAULT_THEME, now())
            db.execute("INSERT INTO collections VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        return self.get(slug)

    def get(self, slug: str) -> RepoCollection:
        for collection in self.all():
            if collection.slug == slug:
                return collection
        raise NotFound("Collection not found")

    def all(self) -> list[RepoCollection]:
        """The one that changed last comes first."""
        with self._database.reading() as db:
            rows = db.execute("SELECT * FROM collections ORDER BY updated_at DESC").fetchall()
        return [RepoCollection(**{**dict(row), "private": bool(row["private"])}) for row in rows]

    def change(self, slug: str, **values: str | bool | None) -> RepoCollection:
        """Sets `title`, `description`, `private` or `theme`."""
        with self._database.writing() as db:
            for column in ("title", "description", "private", "theme"):
                if column in values:
                    db.execute(f"UPDATE collections SET {column} = ? WHERE slug = ?", (values[column], slug))  # noqa: S608 one of the four above
            _touch(db, slug)
        return self.get(slug)

    def delete(self, slug: str) -> None:
        with self._database.writing() as db:
            db.execute("DELETE FROM collections WHERE slug = ?", (slug,))

    def entries(self, slug: str) -> list[CollectionEntry]:
        with self._database.reading() as db:
            rows = db.execute(
                "SELECT id, kind, name, note FROM collection_entries WHERE slug = ? ORDER BY place", (slug,)
            ).fetchall()
        return [CollectionEntry(**dict(row)) for row in rows]

    def add(self, slug: str, kind: str, name: str, note: str | None) -> None:
        """Puts a repo at the end; HubConflict when it is there already."""
        entries = self.entries(slug)
        if any((one.kind, one.name) == (kind, name) for one in entries):
            raise HubConflict("This item is in the collection already.")
        self._write(slug, [*entries, CollectionEntry(secrets.token_hex(12), kind, name, note)])

    def change_entry(self, slug: str, entry_id: str, note: str | None, place: int | None) -> None:
        """Another note, another place, or both; None leaves it as it is."""
        entries = self.entries(slug)
        entry = _find(entries, entry_id)
        place = entries.index(entry) if place is None else place
        entries.remove(entry)
        entries.insert(place, CollectionEntry(entry.id, entry.kind, entry.name, entry.note if note is None else note))
        self._write(slug, entries)

    def remove(self, slug: str, entry_id: str) -> None:
        entries = self.entries(slug)
        entries.remove(_find(entries, entry_id))
        self._write(slug, entries)

    def _write(self, slug: str, entries: list[CollectionEntry]) -> None:
        rows = [(one.id, slug, place, one.kind, one.name, one.note) for place, one in enumerate(entries)]
        with self._database.writing() as db:
            db.execute("DELETE FROM collection_entries WHERE slug = ?", (slug,))
            db.executemany("INSERT INTO collection_entries VALUES (?, ?, ?, ?, ?, ?)", rows)
            _touch(db, slug)


def _find(entries: list[CollectionEntry], entry_id: str) -> CollectionEntry:
    for entry in entries:
        if entry.id == entry_id:
            return entry
    raise NotFound("Collection item not found")


def _touch(db: sqlite3.Connection, slug: str) -> None:
    db.execute("UPDATE collections SET updated_at = ? WHERE slug = ?", (now(), slug))
