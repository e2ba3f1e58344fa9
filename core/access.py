"""Who may do what. Being in a channel grants nothing."""

from core.errors import Refused
from core.settings import Settings
from core.words import plural
from core.workspace import Workspace

SHORTEST_USER_ID = 7


class Access:
    """Roles from the settings; workspace admins are admins, and approvers, until somebody is named."""

    def __init__(self, settings: Settings, workspace: Workspace) -> None:
        self._settings = settings
        self._workspace = workspace

    def is_admin(self, user: str) -> bool:
        if self._settings.admins:
            return self._is_named(user, self._settings.admins)
        return self._workspace.person(user).is_admin

    def may_train(self, user: str) -> bool:
        return not self._settings.trainers or self._is_named(user, self._settings.trainers) or self.is_admin(user)

    def may_approve(self, user: str) -> bool:
        if self._settings.approvers:
            return self._is_named(user, self._settings.approvers)
        return self.is_admin(user)

    def admins(self) -> frozenset[str] | None:
        """User ids of the admins; None in a workspace with too many people to count."""
        if not self._settings.admins:
            return self._workspace.admins()
        return frozenset().union(*(self._members(name) for name in self._settings.admins))

    def ensure_trainer(self, user: str) -> None:
        if not self.may_train(user):
            raise Refused(
                f"Only {self._say(self._settings.trainers)} may start trainings. Ask one of them, or an admin."
            )

    def ensure_owner(self, user: str, owner: str, thing: str) -> None:
        """Refused unless `user` asked for the thing or is an admin."""
        if user != owner and not self.is_admin(user):
            raise Refused(f"{thing} belongs to <@{owner}>. Only they or an admin may do that.")

    def ensure_reader(self, user: str, owner: str, channel: str, thing: str) -> None:
        """Refused unless the thing is the person's own, or they can read the channel that it was started in."""
        if not self.may_see(user, owner, channel):
            raise Refused(f"{thing} was started in a channel that you are not in. Ask <@{owner}> to let you in.")

    def may_see(self, user: str, owner: str, channel: str) -> bool:
        """Whether what `owner` started in the channel is the person's own, or stands where they can read it."""
        return user == owner or self.is_admin(user) or self._workspace.may_read(user, channel)

    def ensure_approver(self, user: str, requested_by: str) -> None:
        """Refused for people without the role, and for the requester whatever their role."""
        if user == requested_by:
            raise Refused("You asked for this release, so somebody else has to decide. It goes on waiting.")
        if not self.may_approve(user):
            raise Refused(f"Only {self.approvers()} may decide on releases. The request goes on waiting.")

    def approval_obstacles(self, requested_by: str = "") -> list[str]:
        """Why no release could ever be approved, or none that this person asks for; empty when all is well.

        Without a person, also what is wrong in the settings though enough others can approve. Asks Slack.
        """
        key = "HUGOPS_APPROVERS" if self._settings.approvers else "HUGOPS_ADMINS"
        names = self._settings.approvers or self._settings.admins
        members = {name: self._members(name) for name in names}
        people = frozenset().union(*members.values()) if names else self._workspace.admins()
        if people is None:  # too many to count, so somebody will be there
            return []
        obstacles = [
            f"{key} names @{name.removeprefix('@')}, and there is no such user group, or nobody is in it. "
            "Correct the name, or add people to the group."
            for name in names
            if not members[name]
        ]
        short = self._too_few(len(people - {requested_by}), requested_by in people)
        if short:
            return [*obstacles, short]
        return [] if requested_by else obstacles

    def channel_obstacles(self) -> list[str]:
        """Why releases could not be asked for or told in the channels that are set; empty when all is well. Asks
        Slack."""
        channels = release_channels(self._settings).items()
        sentences = (self._workspace.posting_obstacle(key, name) for key, name in channels if name)
        return [sentence for sentence in sentences if sentence]

    def _too_few(self, others: int, is_own: bool) -> str:
        """What is said where so few can approve, besides the one who asks; empty where they are enough."""
        quorum = self._settings.quorum
        if others >= quorum:
            return ""
        if others:
            return (
                f"A release needs {quorum} approvals, and only {plural(others, 'person', 'people')}"
                f"{' besides you' if is_own else ''} can give one. An admin has to lower HUGOPS_QUORUM, or name more "
                "people in HUGOPS_APPROVERS, and restart me."
            )
        if is_own:
            return (
                "Nobody but you can approve a release, and whoever asks does not decide. "
                "An admin has to name somebody else in HUGOPS_APPROVERS and restart me."
            )
        return (
            "Nobody can approve a release. "
            "An admin has to name people or a user group in HUGOPS_APPROVERS and restart me."
        )

    def approvers(self) -> str:
        """The approvers in words, without pinging anybody."""
        return self._say(self._settings.approvers) if self._settings.approvers else "workspace admins"

    def _members(self, name: str) -> frozenset[str]:
        return frozenset({name}) if _is_user(name) else self._workspace.members_of(name)

    def _is_named(self, user: str, names: tuple[str, ...]) -> bool:
        return user in names or any(user in self._workspace.members_of(name) for name in names if not _is_user(name))

    def _say(self, names: tuple[str, ...]) -> str:
        return ", ".join(
            self._workspace.person(name).name if _is_user(name) else f"@{name.removeprefix('@')}" for name in names
        )


def release_channels(settings: Settings) -> dict[str, str]:
    """The channels of releases by the names of their settings; empty where one is not set."""
    return {
        "HUGOPS_APPROVAL_CHANNEL": settings.approval_channel,
        "HUGOPS_ANNOUNCE_CHANNEL": settings.announce_channel,
    }


def _is_user(name: str) -> bool:
    return name[:1] in "UW" and name.isupper() and name.isalnum() and len(name) >= SHORTEST_USER_ID
