"""Pages for people: what the links in chat messages open."""

from html import escape
from urllib.parse import quote

from starlette.responses import HTMLResponse, Response

from sandbox.hub import cards, git
from sandbox.hub.api.call import Call
from sandbox.hub.api.pulls import diff
from sandbox.hub.errors import HubRefusal, RepoNotFound
from sandbox.hub.records import MAIN, StoredCommit, StoredRepo, Tree

_STYLE = """
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem}
a{color:#2563eb;text-decoration:none}a:hover{text-decoration:underline}h1{font-size:1.4rem}h2{font-size:1.05rem}
table{border-collapse:collapse;width:100%}td{padding:.3rem .8rem .3rem 0;border-top:1px solid #8884}
td:last-child{text-align:right}pre{white-space:pre-wrap;border:1px solid #8884;border-radius:8px;padding:1rem}
.tag{display:inline-block;border:1px solid #8886;border-radius:99px;padding:0 .6rem;margin:.1rem;font-size:.85rem}
nav a{margin-right:1rem}small{opacity:.7}
"""

UNIT = 1000


def home(call: Call) -> Response:
    """All repos that may be seen without a token, or those of one namespace."""
    namespace = call.param("ns") if "ns" in call.request.path_params else None
    parts = []
    for kind in ("model", "dataset", "space"):
        repos = [repo for repo, _ in call.hub.store.list_repos(kind) if call.may_see(repo)]
        matches = [repo for repo in repos if namespace in (None, repo.namespace)]
        rows = [
            f"<tr><td>{_link(repo.web_path, repo.id)}</td><td><small>{repo.updated_at[:10]}</small></td>"
            f"<td>{repo.downloads:,} downloads · {repo.likes:,} likes</td></tr>"
            for repo in sorted(matches, key=lambda repo: -repo.downloads)
        ]
        if rows:
            parts.append(f"<h2>{kind.title()}s</h2><table>{''.join(rows)}</table>")
    if namespace and not parts:
        call.follow_ownerless_name()
        raise RepoNotFound("Not found")
    return _page(namespace or "Models and datasets", "".join(parts) or "<p>Nothing here yet.</p>")


def show_repo(call: Call) -> Response:
    """Card, files, last commits, tags and pull requests."""
    repo = call.repo()
    head = call.hub.store.resolve(repo, MAIN)
    facts = call.hub.facts.read(repo.kind, head)
    parts = [_heading(repo), f"<p>{''.join(_tag(tag) for tag in facts.tags)}</p>"]
    if facts.safetensors:
        parts.append(f"<p>{facts.safetensors['total']:,} parameters</p>")
    if call.hub.people.may_open(call.account, repo):
        parts.append(_card(call, head.tree))
        parts.append(f"<h2>Files</h2>{_files(repo, head, '')}")
        parts.append(f"<h2>Last commits</h2>{_commits(repo, call.hub.store.log(repo, head)[:10])}")
    else:
        parts.append("<p>This repo is gated: its files are shown to people who were given access.</p>")
    parts.append(_references(call, repo))
    return _page(repo.id, "".join(parts))


def show_tree(call: Call) -> Response:
    repo = call.open_repo()
    commit = call.commit(repo)
    folder = call.param("path").strip("/") if "path" in call.request.path_params else ""
    title = f"{repo.id} at {call.param('rev')}"
    return _page(title, _heading(repo) + _files(repo, commit, f"{folder}/" if folder else ""))


def show_commit(call: Call) -> Response:
    repo = call.open_repo()
    commit = call.commit(repo)
    log = call.hub.store.log(repo, commit)
    before: Tree = log[1].tree if len(log) > 1 else {}
    rows = "".join(f"<tr><td>{escape(path)}</td></tr>" for path in git.changed_paths(before, commit.tree))
    about = (
        f"<p>{escape(commit.author)} · {commit.date}</p><pre>{escape(commit.title)}\n\n{escape(commit.message)}</pre>"
    )
    changes = f"<h2>Changed files</h2><table>{rows}</table>"
    files = f"<h2>All files at this commit</h2>{_files(repo, commit, '')}"
    return _page(f"{commit.title} · {repo.id}", _heading(repo) + about + changes + files)


def list_commits(call: Call) -> Response:
    repo = call.open_repo()
    log = call.hub.store.log(repo, call.commit(repo))
    return _page(f"Commits of {repo.id}", _heading(repo) + _commits(repo, log))


def list_discussions(call: Call) -> Response:
    repo = call.open_repo()
    return _page(f"Discussions of {repo.id}", _heading(repo) + _references(call, repo))


def show_discussion(call: Call) -> Response:
    repo = call.open_repo()
    discussion = call.hub.discussions.get(repo, call.number("num"))
    parts = [_heading(repo), f"<h2>{escape(discussion.title)} <small>#{discussion.num}</small></h2>"]
    parts.append(f"<p>{_tag(discussion.status)} by {escape(discussion.author)} · {discussion.created_at}</p>")
    for event in call.hub.discussions.events(repo, discussion.num):
        data = event.data
        if event.type == "comment":
            text = "(hidden)" if data["hidden"] else data["latest"]["raw"]
            parts.append(f"<p><b>{escape(event.author)}</b></p><pre>{escape(text)}</pre>")
        elif event.type == "commit":
            link = _link(f"{repo.web_path}/commit/{data['oid']}", data["subject"])
            parts.append(f"<p>Commit {link}</p>")
        else:
            what = data.get("status") or f"new title: {data.get('to')}"
            parts.append(f"<p><small>{escape(event.author)} → {escape(what)}</small></p>")
    if discussion.is_pull_request:
        parts.append(f"<h2>Changes</h2><pre>{escape(diff(call, repo, discussion)) or 'None yet.'}</pre>")
    return _page(f"{discussion.title} · {repo.id}", "".join(parts))


def refusal(error: HubRefusal) -> Response:
    """For a browser: it carries no token, so a private repo looks like a missing one."""
    hint = "<p>It does not exist here, or it is private: pages are shown without anybody's token.</p>"
    text = f"<p>{escape(error.message)}</p>{hint if isinstance(error, RepoNotFound) else ''}"
    return _page(f"Error {error.status}", f"<h1>Error {error.status}</h1>{text}", error.status)


def _heading(repo: StoredRepo) -> str:
    marks = ["private" if repo.private else "public", *([f"gated ({repo.gated})"] if repo.gated else [])]
    pages = {"Card": "", "Files": "/tree/main", "Commits": "/commits/main", "Discussions": "/discussions"}
    links = "".join(_link(repo.web_path + path, name) for name, path in pages.items())
    owner = _link(f"/{repo.namespace}", repo.namespace)
    counts = f"{repo.downloads:,} downloads · {repo.likes:,} likes"
    title = f"<h1>{owner} / {_link(repo.web_path, repo.name)} {''.join(_tag(mark) for mark in marks)}</h1>"
    return f"{title}<p><small>{counts} · updated {repo.updated_at}</small></p><nav>{links}</nav>"


def _card(call: Call, tree: Tree) -> str:
    text = cards.split(call.hub.facts.text(tree, "README.md"))[1].strip()
    return f"<pre>{escape(text)}</pre>" if text else "<p>No card.</p>"


def _files(repo: StoredRepo, commit: StoredCommit, prefix: str) -> str:
    rows = [
        f"<tr><td>{_link(f'{repo.web_path}/resolve/{commit.sha}/{quote(path)}', path)}</td>"
        f"<td><small>{'LFS' if entry.lfs else ''}</small></td><td>{_size(entry.size)}</td></tr>"
        for path, entry in commit.tree.items()
        if path.startswith(prefix)
    ]
    return f"<table>{''.join(rows)}</table>"


def _commits(repo: StoredRepo, commits: list[StoredCommit]) -> str:
    rows = [
        f"<tr><td>{_link(f'{repo.web_path}/commit/{commit.sha}', commit.title)}</td>"
        f"<td>{escape(commit.author)}</td><td><code>{commit.sha[:8]}</code> · {commit.date[:16]}</td></tr>"
        for commit in commits
    ]
    return f"<table>{''.join(rows)}</table>"


def _references(call: Call, repo: StoredRepo) -> str:
    refs = [name for name in call.hub.store.refs(repo) if name.startswith(("refs/heads/", "refs/tags/"))]
    names = [name.removeprefix("refs/heads/").removeprefix("refs/tags/") for name in refs]
    links = " ".join(_link(f"{repo.web_path}/tree/{quote(name, safe='')}", name) for name in names)
    rows = [
        f"<tr><td>{_link(f'{repo.web_path}/discussions/{item.num}', item.title)}</td>"
        f"<td>{'pull request' if item.is_pull_request else 'discussion'} #{item.num}</td><td>{item.status}</td></tr>"
        for item in call.hub.discussions.of(repo)
    ]
    table = f"<table>{''.join(rows)}</table>" if rows else "<p>None yet.</p>"
    return f"<h2>Branches and tags</h2><p>{links}</p><h2>Discussions and pull requests</h2>{table}"


def _link(path: str, text: str) -> str:
    return f'<a href="{escape(path)}">{escape(text)}</a>'


def _tag(text: str) -> str:
    return f'<span class="tag">{escape(text)}</span>'


def _size(size: int) -> str:
    scaled = float(size)
    for unit in ("B", "kB", "MB"):
        if scaled < UNIT:
            return f"{scaled:.3g} {unit}"
        scaled /= UNIT
    return f"{scaled:.3g} GB"


def _page(title: str, body: str, status: int = 200) -> Response:
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    home_link = '<p><a href="/">Hub</a></p>'
    policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    page = f"<!doctype html><html lang=en><head>{head}</head><body>{home_link}{body}</body></html>"
    return HTMLResponse(page, status, headers=policy)
