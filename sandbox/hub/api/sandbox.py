"""The sandbox's own switches: rate limits, faults, who serves which model, and who may pay for it."""

from dataclasses import asdict

from starlette.responses import JSONResponse, Response

from sandbox.documents import Document
from sandbox.hub.api.call import Call
from sandbox.hub.errors import BadRequest
from sandbox.hub.limits import HubFault

_KINDS = ("rate_limit", "server_error", "hang", "cut")


def set_limits(call: Call) -> Response:
    return JSONResponse({"ok": True, "limits": call.hub.limits.set(call.json())})


def set_providers(call: Call) -> Response:
    """`{model, providers: [offer…]}`: replaces the model's offers; see `providers.ProviderOffer` for their fields."""
    repo = call.hub.store.repo("model", call.text("model"))
    offers = call.hub.providers.serve(repo, call.objects("providers", "provider", "task"))
    return JSONResponse({"ok": True, "providers": [one.model_dump() for one in offers]})


def set_billing(call: Call) -> Response:
    """`{account, credits?: US dollars or null, permitted?}`, of an account or an organisation."""
    body, name = call.json(), call.text("account")
    if not isinstance(body.get("credits"), int | float | None) or not isinstance(body.get("permitted", True), bool):
        raise BadRequest("credits must be a number or null, and permitted true or false.")
    call.hub.billing.set(name, {key: body[key] for key in ("credits", "permitted") if key in body})
    return JSONResponse({"ok": True, **asdict(call.hub.billing.state(name))})


def show_billing(call: Call) -> Response:
    """The state of `?account=`, and every call that was paid for."""
    state = asdict(call.hub.billing.state(call.query["account"])) if "account" in call.query else {}
    return JSONResponse({"ok": True, **state, "calls": call.hub.billing.calls()})


def add_fault(call: Call) -> Response:
    body = call.json()
    call.hub.limits.add_fault(_fault(body))
    return JSONResponse({"ok": True})


def _fault(body: Document) -> HubFault:
    kind, count, seconds = body.get("kind"), body.get("count", 1), body.get("seconds")
    if kind not in _KINDS:
        raise BadRequest(f"kind must be one of: {', '.join(_KINDS)}")
    if not isinstance(count, int) or count < 1 or not (seconds is None or isinstance(seconds, int | float)):
        raise BadRequest("count must be a positive number, and seconds a number.")
    return HubFault(kind, str(body.get("path") or ""), count, seconds)
