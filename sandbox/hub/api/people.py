"""Accounts and organisations, access to gated repos, and webhook settings."""

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from sandbox.accounts import Account
from sandbox.hub.api.call import Call, done
from sandbox.hub.errors import BadRequest, NotFound
from sandbox.hub.people import AccessRequest, AccessStatus
from sandbox.hub.records import Kind
from sandbox.hub.shapes import AccessRecord, PersonRecord

_COUNTED: Mapping[Kind, str] = {"model": "Models", "dataset": "Datasets", "space": "Spaces"}
_SINCE = "2026-01-01T00:00:00.000Z"


def whoami(call: Call) -> Response:
    account = call.signed_in()
    orgs = [
        {"type": "org", "id": f"org-{name}", "name": name, "fullname": name, "roleInOrg": account.role}
        for name in call.hub.people.orgs_of(account)
    ]
    token = {"displayName": f"{account.name}-sandbox", "role": account.role, "createdAt": _SINCE}
    return JSONResponse(
        {
            "type": "user",
            "id": f"user-{account.name}",
            **_person(account),
            "name": account.name,
            "email": account.email,
            "emailVerified": True,
            "canPay": False,
            "isPro": False,
            "periodEnd": None,
            "orgs": orgs,
            "auth": {"type": "access_token", "accessToken": token},
        }
    )


def show_user(call: Call) -> Response:
    account = call.hub.people.by_name(call.param("user"))
    if account is None:
        raise NotFound("User not found")
    orgs = [{"name": name, "fullname": name, "avatarUrl": ""} for name in call.hub.people.orgs_of(account)]
    return JSONResponse({**_person(account), **_counts(call, account.name), "isPro": False, "orgs": orgs})


def show_org(call: Call) -> Response:
    name = call.param("org")
    if call.hub.people.by_name(name) is not None or call.hub.people.is_free(name):
        raise NotFound("Organization not found")
    members = len(call.hub.people.members(name))
    fields = {"name": name, "fullname": name, "avatarUrl": "", "numUsers": members, "isVerified": False}
    return JSONResponse({**fields, **_counts(call, name)})


def list_members(call: Call) -> Response:
    return JSONResponse([_person(account) for account in call.hub.people.members(call.param("org"))])


def no_likes(_: Call) -> Response:
    """Who likes what is not recorded here: only numbers of likes are."""
    return JSONResponse([])


def _person(account: Account) -> PersonRecord:
    return {"user": account.name, "fullname": account.fullname, "avatarUrl": "", "type": "user"}


def _counts(call: Call, namespace: str) -> dict[str, int]:
    return {
        f"num{plural}": sum(
            repo.namespace.lower() == namespace.lower() and call.may_see(repo)
            for repo, _ in call.hub.store.list_repos(kind)
        )
        for kind, plural in _COUNTED.items()
    }


def ask_access(call: Call) -> Response:
    """Stands in for the form that a gated repo's page shows."""
    return JSONResponse({"status": call.hub.people.ask_access(call.repo(), call.signed_in())})


def list_access_requests(call: Call) -> Response:
    repo, status = call.own_repo(), call.param("status")
    if not repo.gated:
        raise BadRequest("This repo is not gated.")
    page, headers = call.page(call.hub.people.requests(repo, status), 1000)
    return JSONResponse([_request(call, request) for request in page], headers=headers)


def _request(call: Call, request: AccessRequest) -> AccessRecord:
    account = call.hub.people.by_name(request.account)
    person = {"user": request.account, "fullname": account.fullname, "email": account.email} if account else None
    return {"requestId": request.id, "status": request.status, "timestamp": request.at, "user": person}


def handle_access_request(call: Call) -> Response:
    repo, body = call.own_repo(), call.json()
    status: AccessStatus
    match call.text("status"):
        case "pending" | "accepted" | "rejected" as status:
            pass
        case unknown:
            raise BadRequest(f"Unknown status: {unknown}")
    user = body.get("user") or _asker(call, str(body.get("requestId")))
    call.hub.people.decide(repo, user, status, asked=True)
    return done()


def _asker(call: Call, request_id: str) -> str:
    for status in ("pending", "accepted", "rejected"):
        for request in call.hub.people.requests(call.repo(), status):
            if request.id == request_id:
                return request.account
    raise NotFound("There is no such request.")


def grant_access(call: Call) -> Response:
    call.hub.people.decide(call.own_repo(), call.text("user"), "accepted", asked=False)
    return done()


def list_webhooks(call: Call) -> Response:
    return JSONResponse([webhook.described() for webhook in call.hub.webhooks.of(call.signed_in().name)])


def show_webhook(call: Call) -> Response:
    webhook = call.hub.webhooks.get(call.signed_in().name, call.param("webhook"))
    return JSONResponse({"webhook": webhook.described()})


def create_webhook(call: Call) -> Response:
    return JSONResponse({"webhook": call.hub.webhooks.save(call.writer().name, call.json()).described()})


def change_webhook(call: Call) -> Response:
    webhook = call.hub.webhooks.save(call.writer().name, call.json(), call.param("webhook"))
    return JSONResponse({"webhook": webhook.described()})


def enable_webhook(call: Call) -> Response:
    return _set_disabled(call, False)


def disable_webhook(call: Call) -> Response:
    return _set_disabled(call, True)


def _set_disabled(call: Call, disabled: bool) -> Response:
    webhook = call.hub.webhooks.set_disabled(call.writer().name, call.param("webhook"), disabled)
    return JSONResponse({"webhook": webhook.described()})


def delete_webhook(call: Call) -> Response:
    call.hub.webhooks.delete(call.writer().name, call.param("webhook"))
    return done()
