"""Collections, as the clients list, make and fill them."""

from starlette.responses import JSONResponse, Response

from sandbox.hub.api.call import Call, done, repo_kind
from sandbox.hub.collections import CollectionEntry, RepoCollection
from sandbox.hub.errors import BadRequest, NotFound
from sandbox.hub.shapes import CollectionRecord, EntryRecord

PAGE = 100
# A list shows the first ones of each collection.
ENTRIES_IN_LISTS = 4


def list_collections(call: Call) -> Response:
    """Those that the caller may see, of one `owner`, or with one `item` (such as `models/ns/name`) in them."""
    owner, item = call.query.get("owner"), call.query.get("item")
    matches = [
        one
        for one in call.hub.collections.all()
        if _may_see(call, one) and (not owner or one.owner == owner) and (not item or item in _items(call, one))
    ]
    page, headers = call.page(matches, PAGE)
    return JSONResponse([_described(call, one, ENTRIES_IN_LISTS) for one in page], headers=headers)


def create_collection(call: Call) -> Response:
    account, body = call.writer(), call.json()
    owner = body.get("namespace") or account.name
    call.require_member(account, owner)
    fields = (call.text("title"), body.get("description"), body.get("private") is True)
    collection = call.hub.collections.create(owner, *fields)
    return JSONResponse({**_described(call, collection), "position": _position(call, collection)})


def show_collection(call: Call) -> Response:
    collection = _visible(call)
    # Where it stands among its owner's is a part of one collection alone, not of lists.
    return JSONResponse({**_described(call, collection), "position": _position(call, collection)})


def change_collection(call: Call) -> Response:
    collection, body = _own(call), call.json()
    values = {key: body[key] for key in ("title", "description", "private", "theme") if key in body}
    collection = call.hub.collections.change(collection.slug, **values)
    return JSONResponse({"data": {**_described(call, collection), "position": _position(call, collection)}})


def delete_collection(call: Call) -> Response:
    call.hub.collections.delete(_own(call).slug)
    return done()


def add_entry(call: Call) -> Response:
    collection, item = _own(call), call.json().get("item")
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        raise BadRequest('"item" must be an object with an id and a type.')
    kind = repo_kind(item.get("type"))
    repo = call.hub.store.find_repo(kind, item["id"])
    if repo is None or not call.may_see(repo):
        raise NotFound(f"{kind} not found: {item['id']}")
    call.hub.collections.add(collection.slug, kind, repo.id, call.json().get("note"))
    return show_collection(call)


def change_entry(call: Call) -> Response:
    collection, body = _own(call), call.json()
    call.hub.collections.change_entry(collection.slug, call.param("entry"), body.get("note"), body.get("position"))
    return done()


def remove_entry(call: Call) -> Response:
    call.hub.collections.remove(_own(call).slug, call.param("entry"))
    return done()


def _may_see(call: Call, collection: RepoCollection) -> bool:
    return not collection.private or call.hub.people.is_member(call.account, collection.owner)


def _visible(call: Call) -> RepoCollection:
    collection = call.hub.collections.get(f"{call.param('ns')}/{call.param('slug')}")
    if not _may_see(call, collection):
        raise NotFound("Collection not found")
    return collection


def _own(call: Call) -> RepoCollection:
    collection = _visible(call)
    call.require_member(call.writer(), collection.owner)
    return collection


def _position(call: Call, collection: RepoCollection) -> int:
    return [one for one in call.hub.collections.all() if one.owner == collection.owner].index(collection)


def _items(call: Call, collection: RepoCollection) -> list[str]:
    return [f"{one.kind}s/{one.name}" for one in call.hub.collections.entries(collection.slug)]


def _described(call: Call, collection: RepoCollection, most: int | None = None) -> CollectionRecord:
    entries = call.hub.collections.entries(collection.slug)
    visible = [one for one in entries if _entry_is_visible(call, one)]
    return {
        "slug": collection.slug,
        "title": collection.title,
        "description": collection.description,
        "owner": collection.owner,
        "private": collection.private,
        "theme": collection.theme,
        "upvotes": 0,
        "lastUpdated": collection.updated_at,
        "items": [_entry(one, entries.index(one)) for one in visible[:most]],
    }


def _entry_is_visible(call: Call, entry: CollectionEntry) -> bool:
    repo = call.hub.store.find_repo(repo_kind(entry.kind), entry.name)
    return repo is not None and call.may_see(repo)


def _entry(entry: CollectionEntry, position: int) -> EntryRecord:
    record: EntryRecord = {"_id": entry.id, "id": entry.name, "type": entry.kind, "position": position}
    return record if entry.note is None else {**record, "note": {"text": entry.note, "html": ""}}
