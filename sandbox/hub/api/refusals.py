"""Refusals as the clients, or a person with a browser, read them."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.hub.api import pages
from sandbox.hub.api.call import Moved
from sandbox.hub.errors import HubRefusal


def answer_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HubRefusal):
        raise error
    if isinstance(error, Moved):
        return _redirect(request, error.message)
    if "text/html" in request.headers.get("accept", ""):
        return pages.refusal(error)
    return JSONResponse({"error": error.message, **error.fields}, error.status, headers=error.headers())


def _redirect(request: Request, path: str) -> Response:
    """The same request again, under the repo's new name."""
    target = f"{path}?{request.url.query}" if request.url.query else path
    return Response(status_code=307, headers={"Location": target})
