"""The parts of the running workspace, handed to every Web API method and user's action."""

from dataclasses import dataclass, field

from sandbox.accounts import Secrets
from sandbox.documents import Document
from sandbox.workspace.calls import CallLog
from sandbox.workspace.events import EventsApi
from sandbox.workspace.faults import Faults
from sandbox.workspace.files import FileShelf
from sandbox.workspace.http_mode import HttpMode
from sandbox.workspace.live import LivePages
from sandbox.workspace.manifest import Manifest
from sandbox.workspace.messages import MessageBook
from sandbox.workspace.rate_limits import RateLimits
from sandbox.workspace.sockets import Sockets
from sandbox.workspace.state import WorkspaceState
from sandbox.workspace.transport import Transport
from sandbox.workspace.triggers import ResponseUrls, Triggers
from sandbox.workspace.view_stacks import ViewStacks


@dataclass(frozen=True)
class WorkspaceParts:
    """`base_url` ends in a slash. `suggested` and `message_state` are what users' clients hold in memory."""

    base_url: str
    secrets: Secrets
    workspace: WorkspaceState
    live: LivePages
    sockets: Sockets
    http_mode: HttpMode | None
    faults: Faults
    events: EventsApi
    messages: MessageBook
    files: FileShelf
    views: ViewStacks
    triggers: Triggers
    response_urls: ResponseUrls
    limits: RateLimits
    calls: CallLog
    suggested: dict[tuple[str, str], list[Document]] = field(default_factory=dict)
    message_state: dict[tuple[str, str, str], dict[str, Document]] = field(default_factory=dict)

    @property
    def manifest(self) -> Manifest:
        return self.workspace.manifest

    @property
    def transport(self) -> Transport:
        return self.http_mode or self.sockets


def build_parts(
    base_url: str, secrets: Secrets, workspace: WorkspaceState, http_mode_url: str | None
) -> WorkspaceParts:
    """Puts the parts together; with an address, the app is reached over HTTP instead of sockets."""
    live, faults = LivePages(), Faults()
    sockets = Sockets(faults)
    http_mode = HttpMode(http_mode_url, secrets.signing_secret, secrets.verification_token) if http_mode_url else None
    events = EventsApi(workspace, http_mode or sockets, secrets.verification_token)
    return WorkspaceParts(
        base_url=base_url,
        secrets=secrets,
        workspace=workspace,
        live=live,
        sockets=sockets,
        http_mode=http_mode,
        faults=faults,
        events=events,
        messages=MessageBook(workspace, events, live),
        files=FileShelf(workspace, base_url),
        views=ViewStacks(workspace, live),
        triggers=Triggers(),
        response_urls=ResponseUrls(base_url),
        limits=RateLimits(),
        calls=CallLog(),
    )
