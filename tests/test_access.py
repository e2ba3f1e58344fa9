"""Who may do what: roles by name and by user group, and the defaults before anybody is named."""

from types import SimpleNamespace
from typing import Any

import pytest
from test_slack_sender import refusal

from core import settings
from core.access import Access
from core.errors import Refused
from core.workspace import Workspace
from world.core import ANA, BO, CY, DEE, EVE, NEEDED, Colleagues, sentence_of

EVERYBODY = (ANA, BO, CY, DEE, EVE)


def access(**environment: str) -> Access:
    return Access(settings.read(NEEDED | environment), Colleagues())  # type: ignore[arg-type]


def may(act: Any) -> str:
    return " ".join(Colleagues().person(user).name for user in EVERYBODY if act(user))


@pytest.mark.parametrize(
    ("environment", "admins", "trainers", "approvers"),
    [
        ({}, "cy", "ana bo cy dee eve", "cy"),
        ({"HUGOPS_ADMINS": EVE}, "eve", "ana bo cy dee eve", "eve"),
        ({"HUGOPS_APPROVERS": "@ml-leads"}, "cy", "ana bo cy dee eve", "bo dee"),
        ({"HUGOPS_APPROVERS": "ml-leads"}, "cy", "ana bo cy dee eve", "bo dee"),
        ({"HUGOPS_APPROVERS": "S0LEADS"}, "cy", "ana bo cy dee eve", "bo dee"),
        ({"HUGOPS_APPROVERS": f"@ml-leads, {ANA},"}, "cy", "ana bo cy dee eve", "ana bo dee"),
        ({"HUGOPS_APPROVERS": "@nobody"}, "cy", "ana bo cy dee eve", ""),
        ({"HUGOPS_TRAINERS": ANA}, "cy", "ana cy", "cy"),
        ({"HUGOPS_TRAINERS": f"{ANA} @ml-leads", "HUGOPS_ADMINS": EVE}, "eve", "ana bo dee eve", "eve"),
    ],
)
def test_roles_are_those_of_the_settings(
    environment: dict[str, str], admins: str, trainers: str, approvers: str
) -> None:
    rules = access(**environment)
    assert (may(rules.is_admin), may(rules.may_train), may(rules.may_approve)) == (admins, trainers, approvers)


def test_a_refusal_names_who_may_without_pinging_them() -> None:
    rules = access(HUGOPS_APPROVERS=f"@ml-leads,{ANA}", HUGOPS_TRAINERS=BO)
    with pytest.raises(Refused) as approving:
        rules.ensure_approver(EVE, requested_by=ANA)
    with pytest.raises(Refused) as training:
        rules.ensure_trainer(EVE)
    assert (sentence_of(approving.value), sentence_of(training.value)) == (
        "Only @ml-leads, ana may decide on releases. The request goes on waiting.",
        "Only bo may start trainings. Ask one of them, or an admin.",
    )
    assert access().approvers() == "workspace admins"


def test_a_thing_is_its_owners_and_the_admins() -> None:
    rules = access()
    rules.ensure_owner(ANA, ANA, "R1")
    rules.ensure_owner(CY, ANA, "R1")
    with pytest.raises(Refused, match=f"R1 belongs to <@{ANA}>. Only they or an admin may do that"):
        rules.ensure_owner(BO, ANA, "R1")


MISTYPED = (
    "HUGOPS_APPROVERS names @ml-lead, and there is no such user group, or nobody is in it. "
    "Correct the name, or add people to the group."
)
NOBODY = "Nobody can approve a release. An admin has to name people or a user group in HUGOPS_APPROVERS and restart me."
ONLY_YOU = (
    "Nobody but you can approve a release, and whoever asks does not decide. "
    "An admin has to name somebody else in HUGOPS_APPROVERS and restart me."
)


def too_few(quorum: int, people: str) -> str:
    return (
        f"A release needs {quorum} approvals, and only {people} can give one. An admin has to lower HUGOPS_QUORUM, "
        "or name more people in HUGOPS_APPROVERS, and restart me."
    )


@pytest.mark.parametrize(
    ("approvers", "quorum", "asks", "obstacles"),
    [
        ("@ml-leads", 1, "", []),
        ("@ml-leads", 1, BO, []),
        ("@ml-leads", 2, ANA, []),
        ("@ml-leads", 2, BO, [too_few(2, "1 person besides you")]),
        ("@ml-leads", 3, "", [too_few(3, "2 people")]),
        ("@ml-leads", 3, ANA, [too_few(3, "2 people")]),
        ("@ml-lead", 1, "", [MISTYPED, NOBODY]),
        ("@ml-lead", 1, ANA, [MISTYPED, NOBODY]),
        (f"ml-lead {BO}", 1, "", [MISTYPED]),
        (f"ml-lead {BO}", 1, ANA, []),
        (ANA, 1, "", []),
        (ANA, 1, ANA, [ONLY_YOU]),
        ("", 1, ANA, []),
        ("", 1, CY, [ONLY_YOU]),
    ],
)
def test_what_would_let_a_release_wait_for_ever_is_known(
    approvers: str, quorum: int, asks: str, obstacles: list[str]
) -> None:
    rules = access(HUGOPS_APPROVERS=approvers, HUGOPS_QUORUM=str(quorum))
    assert rules.approval_obstacles(asks) == obstacles


@pytest.mark.parametrize(("cursor", "admins"), [("", {CY}), ("more", None)])
def test_admins_are_counted_where_slack_tells_of_everybody_at_once(cursor: str, admins: set[str] | None) -> None:
    people = [
        {"id": ANA, "is_admin": False},
        {"id": CY, "is_admin": True},
        {"id": EVE, "is_admin": True, "deleted": True},
    ]
    client = SimpleNamespace(users_list=lambda limit: {"members": people, "response_metadata": {"next_cursor": cursor}})
    assert Workspace(client).admins() == admins  # type: ignore[arg-type]


NOT_IN = (
    "{key}: {channel} is no channel that I am in. Invite me there with `/invite @hugops`, or correct the setting and "
    "restart me."
)
APPROVAL = "HUGOPS_APPROVAL_CHANNEL"


class Rooms:
    """The part of a WebClient that tells of channels: those that the bot can see, by id."""

    def __init__(self, **facts: bool) -> None:
        self.channel = {"id": "C0APPROVALS", "name": "ml-approvals", **facts}

    def conversations_list(self, **_page: object) -> dict[str, Any]:
        return {"channels": [self.channel]}

    def conversations_info(self, channel: str) -> dict[str, Any]:
        if channel != self.channel["id"]:
            raise refusal("channel_not_found")
        return {"channel": self.channel}


@pytest.mark.parametrize(
    ("name", "facts", "obstacle"),
    [
        ("", {}, ""),
        ("ml-approvals", {"is_member": True, "is_private": True}, ""),
        ("#ml-approvals", {"is_member": False, "is_private": False}, ""),
        ("C0APPROVALS", {"is_member": True}, ""),
        ("C0APPROVALS", {"is_private": True}, NOT_IN.format(key=APPROVAL, channel="C0APPROVALS")),
        ("C0NOSUCHONE", {}, NOT_IN.format(key=APPROVAL, channel="C0NOSUCHONE")),
        (
            "C0APPROVALS",
            {"is_archived": True, "is_member": True},
            f"{APPROVAL}: #ml-approvals is archived. Restore it, or set another channel and restart me.",
        ),
        (
            "nowhere",
            {},
            f"{APPROVAL}: there is no channel nowhere that I can see. Create it, or invite me with `/invite @hugops`.",
        ),
    ],
)
def test_a_channel_that_nothing_can_be_posted_in_is_known(name: str, facts: dict[str, bool], obstacle: str) -> None:
    workspace = Workspace(Rooms(**facts))  # type: ignore[arg-type]
    rules = Access(settings.read(NEEDED | {APPROVAL: name}), workspace)
    assert rules.channel_obstacles() == ([obstacle] if obstacle else [])


class OneGroup:
    """The part of a WebClient that tells of people and groups; `calls` counts what Slack was asked."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def usergroups_list(self) -> dict[str, Any]:
        self.calls.append("usergroups_list")
        return {"usergroups": [{"id": "S0LEADS", "handle": "ml-leads"}]}

    def usergroups_users_list(self, usergroup: str) -> dict[str, Any]:
        self.calls.append(f"usergroups_users_list {usergroup}")
        return {"users": [BO, DEE]}

    def users_info(self, user: str) -> dict[str, Any]:
        self.calls.append(f"users_info {user}")
        return {"user": {"id": user, "name": "cy", "tz": "Mars/Olympus", "is_owner": True}}


def test_slack_is_asked_once_for_a_group_and_a_person() -> None:
    client = OneGroup()
    rules = Access(settings.read(NEEDED | {"HUGOPS_APPROVERS": "@ml-leads"}), Workspace(client))  # type: ignore[arg-type]
    assert [rules.may_approve(user) for user in (BO, DEE, EVE)] == [True, True, False]
    assert [rules.is_admin(CY), rules.is_admin(CY)] == [True, True]
    assert client.calls == ["usergroups_list", "usergroups_users_list S0LEADS", f"users_info {CY}"]


def test_a_time_zone_that_nobody_knows_counts_as_utc() -> None:
    assert str(Workspace(OneGroup()).person(CY).zone) == "UTC"  # type: ignore[arg-type]


def test_names_are_read_whatever_separates_them() -> None:
    assert settings.read(NEEDED | {"HUGOPS_ADMINS": " U1, U2\tU3 ,, "}).admins == ("U1", "U2", "U3")
