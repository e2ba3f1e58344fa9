"""Large files through LFS: the batch, the upload URLs that it gives out, and what arrives there."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.hub.api.call import Call, HubParts, done
from sandbox.hub.errors import BadRequest, Forbidden, NotFound
from sandbox.hub.shapes import UploadAction, UploadAddress

MULTIPART_FROM = 16 * 1024 * 1024
PART_SIZE = 8 * 1024 * 1024
_LFS_TYPE = "application/vnd.git-lfs+json"


def lfs_batch(call: Call) -> Response:
    """Where to upload each object; an object that is here already gets no address."""
    call.writer()
    call.open_repo()
    body, entries = call.json(), call.objects("objects", "oid", "size")
    if body.get("operation") != "upload":
        raise BadRequest("Only uploads go through the LFS batch; files are read from their resolve URLs.")
    multipart = "multipart" in body.get("transfers", [])
    objects = [_upload_address(call, str(item["oid"]), int(item["size"]), multipart) for item in entries]
    transfer = "multipart" if any("chunk_size" in _header(item) for item in objects) else "basic"
    return JSONResponse({"transfer": transfer, "objects": objects}, media_type=_LFS_TYPE)


def _header(address: UploadAddress) -> dict[str, str]:
    return address["actions"]["upload"].get("header", {}) if "actions" in address else {}


def _upload_address(call: Call, oid: str, size: int, multipart: bool) -> UploadAddress:
    address: UploadAddress = {"oid": oid, "size": size, "authenticated": True}
    if call.hub.store.blobs.has(oid):
        return address
    # The client sends no token to this address, so the address carries the permission itself.
    href = f"{call.base_url}/_lfs/{oid}/{size}/{call.hub.signer.sign(f'lfs {oid} {size}')}"
    upload: UploadAction = {"href": href}
    if multipart and size > MULTIPART_FROM:
        parts = -(-size // PART_SIZE)
        urls = {f"{number:05d}": f"{href}/{number}" for number in range(1, parts + 1)}
        upload["header"] = {"chunk_size": str(PART_SIZE), **urls}
    return {**address, "actions": {"upload": upload, "verify": {"href": f"{call.base_url}/_lfs/verify"}}}


def lfs_verify(call: Call) -> Response:
    call.signed_in()
    blobs, oid = call.hub.store.blobs, call.text("oid")
    if not blobs.has(oid) or blobs.size(oid) != call.json().get("size"):
        raise NotFound("The object was not uploaded in full.")
    return done()


async def lfs_put(hub: HubParts, request: Request) -> Response:
    """Takes an object, or one part of it."""
    oid, size = _signed_object(hub, request)
    with hub.store.blobs.incoming() as path:
        etag = await _receive(path, request.stream(), limit=size)
        if "part" not in request.path_params:
            await anyio.to_thread.run_sync(hub.store.blobs.adopt, path, oid)
        else:
            place = _part(hub, oid, int(request.path_params["part"]))
            place.parent.mkdir(parents=True, exist_ok=True)
            path.replace(place)
    return Response(headers={"ETag": f'"{etag}"'})


async def _receive(path: Path, stream: AsyncIterator[bytes], limit: int) -> str:
    """Writes the stream and returns its sha256."""
    digest, written = hashlib.sha256(), 0
    async with await anyio.open_file(path, "wb") as file:
        async for piece in stream:
            written += len(piece)
            if written > limit:
                raise BadRequest("The object is larger than was announced.")
            digest.update(piece)
            await file.write(piece)
    return digest.hexdigest()


def lfs_complete(call: Call) -> Response:
    """Puts the parts of an object together."""
    oid, _ = _signed_object(call.hub, call.request)
    parts = [_part(call.hub, oid, int(part["partNumber"])) for part in call.objects("parts", "partNumber")]
    with call.hub.store.blobs.incoming() as path:
        with path.open("wb") as out:
            for part in parts:
                if not part.exists():
                    raise BadRequest("A part is missing.")
                out.write(part.read_bytes())
        call.hub.store.blobs.adopt(path, oid)
    for part in parts:
        part.unlink(missing_ok=True)
    return done()


def _part(hub: HubParts, oid: str, number: int) -> Path:
    return hub.store.path / "parts" / hub.store.blobs.path(oid).name / str(number)


def _signed_object(hub: HubParts, request: Request) -> tuple[str, int]:
    oid, size = request.path_params["oid"], request.path_params["size"]
    if not hub.signer.is_signed(f"lfs {oid} {size}", request.path_params["signature"]):
        raise Forbidden("This upload address was not given out by this Hub.")
    return oid, int(size)
