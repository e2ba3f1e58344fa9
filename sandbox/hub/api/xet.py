"""The Xet storage API: tokens, what is uploaded, and how files are put together again."""

import re

from starlette.responses import JSONResponse, Response

from sandbox.hub.api.call import Call
from sandbox.hub.errors import BadRequest, Forbidden, NotFound, Unauthorized
from sandbox.hub.xet_reading import pack, reconstruction

TOKEN_SECONDS = 3600
READ, WRITE = "xet read", "xet write"
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


def write_token(call: Call) -> Response:
    """A token for uploads, and where the storage is."""
    call.writer()
    call.open_repo()
    return _token(call, WRITE)


def read_token(call: Call) -> Response:
    """A token for downloads: for everybody to whom the repo's files are open."""
    call.open_repo()
    return _token(call, READ)


def _token(call: Call, purpose: str) -> Response:
    token, expires = call.hub.signer.token(purpose, TOKEN_SECONDS)
    url = storage_url(call)
    headers = {"X-Xet-Cas-Url": url, "X-Xet-Access-Token": token, "X-Xet-Token-Expiration": str(expires)}
    return JSONResponse({"accessToken": token, "exp": expires, "casUrl": url}, headers=headers)


def storage_url(call: Call) -> str:
    # Clients remember by this address what a storage holds, so two Hubs on one port must not share it.
    return f"{call.base_url}/_cas/{call.hub.signer.sign('xet storage')[:16]}"


def add_xorb(call: Call) -> Response:
    _require_token(call, WRITE)
    return JSONResponse({"was_inserted": call.hub.xet.add_xorb(call.param("hash"), call.body)})


def add_shard(call: Call) -> Response:
    _require_token(call, WRITE)
    call.hub.xet.add_shard(call.body)
    return JSONResponse({"result": 1})


def show_reconstruction(call: Call) -> Response:
    """Which chunks a file, or the range of it that was asked for, is made of. A file's hash is its sha256 here."""
    _require_token(call, READ)
    sha256, blobs = call.param("hash"), call.hub.store.blobs
    if not blobs.has(sha256):
        raise NotFound(f"No such file: {sha256}")
    size = blobs.size(sha256)
    match = _RANGE.fullmatch(call.request.headers.get("range", "bytes=0-"))
    if match is None:
        raise BadRequest("Only one range, with a beginning, is answered.")
    first, last = int(match[1]), int(match[2] or size - 1)
    if first >= size:
        return Response(status_code=416)
    # Packs are fetched without the token: their addresses carry the permission.
    permission, _ = call.hub.signer.token(f"pack {sha256}", TOKEN_SECONDS)
    packs = f"{storage_url(call)}/packs/{permission}"
    return JSONResponse(reconstruction(sha256, size, first, last, packs))


def send_pack(call: Call) -> Response:
    """A pack of chunks, or the range of it that was asked for."""
    sha256 = call.param("hash")
    if not call.hub.signer.accepts(f"pack {sha256}", call.param("permission")):
        raise Forbidden("This address has expired.")
    content = pack(call.hub.store.blobs, sha256, int(call.request.path_params["number"]))
    match = _RANGE.fullmatch(call.request.headers.get("range", "bytes=0-"))
    if match is None or int(match[1]) >= len(content):
        return Response(status_code=416)
    first, last = int(match[1]), min(int(match[2] or len(content)), len(content) - 1)
    headers = {"Content-Range": f"bytes {first}-{last}/{len(content)}"}
    return Response(content[first : last + 1], 206, headers, media_type="application/octet-stream")


def _require_token(call: Call, purpose: str) -> None:
    token = call.request.headers.get("authorization", "").removeprefix("Bearer ")
    if not call.hub.signer.accepts(purpose, token):
        raise Unauthorized("This token is not valid for the Xet storage.")
