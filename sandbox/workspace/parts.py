"""The parts of the running workspace, handed to every Web API method and user's action."""

from dataclasses import dataclass, field

from ..accounts import Secrets
from .calls import CallLog
from .events import Events
from .faults import Faults
from .files import Files
from .http_mode import HttpMode
from .live import Live
from .manifest import Manifest
from .messages import Messages
from .rate_limits import RateLimits
from .sockets import Sockets
from .state import Document, Workspace
from .transport import Transport
from .triggers import ResponseUrls, Triggers
from .view_stacks import ViewStacks


@dataclass(frozen=True)
class Parts:
    """`base_url` ends in a slash. `suggested` and `message_state` are what users' clients hold in memory."""

    base_url: str
    secrets: Secrets
    workspace: Workspace
    live: Live
    sockets: Sockets
    http_mode: HttpMode | None
    faults: Faults
    events: Events
    messages: Messages
    files: Files
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


def build_parts(base_url: str, secrets: Secrets, workspace: Workspace, http_mode_url: str | None) -> Parts:
    """Puts the parts together; with an address, the app is reached over HTTP instead of sockets."""
    live, faults = Live(), Faults()
    sockets = Sockets(faults)
    http_mode = HttpMode(http_mode_url, secrets.signing_secret, secrets.verification_token) if http_mode_url else None
    events = Events(workspace, http_mode or sockets, secrets.verification_token)
    return Parts(
        base_url=base_url,
        secrets=secrets,
        workspace=workspace,
        live=live,
        sockets=sockets,
        http_mode=http_mode,
        faults=faults,
        events=events,
        messages=Messages(workspace, events, live),
        files=Files(workspace, base_url),
        views=ViewStacks(workspace, live),
        triggers=Triggers(),
        response_urls=ResponseUrls(base_url),
        limits=RateLimits(),
        calls=CallLog(),
    )
