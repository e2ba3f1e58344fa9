"""Approval cards, announcements, and what the requester hears."""

from collections.abc import Sequence

from core.blocks.parts import Block, Blocks, actions, button, context, link_button, repo_link, section, sections
from core.blocks.run import metrics_line
from core.store.releases import Finding, Release
from core.store.runs import Run
from core.words import date, escape, link, plural, shorten, size

STATE_WORDS = {
    "checking": "being checked",
    "waiting": "waiting for approval",
    "approved": "approved",
    "publishing": "being published",
    "published": "published",
    "blocked": "blocked",
    "rejected": "rejected",
    "withdrawn": "withdrawn",
    "void": "void",
}
MARKS = {"published": ":white_check_mark:", "rejected": ":no_entry:", "void": ":warning:", "blocked": ":x:"}
CHECK_MARKS = {"passed": "✔", "warning": "⚠", "blocking": "✖"}
FILES_SHOWN = 8
PROBLEM_SHOWN, FINDING_SHOWN, REASON_SHOWN = 1000, 400, 500  # characters
REASON_LONGEST = 1000


def build_approval(release: Release, run: Run, quorum: int, approvers: str, url: str) -> tuple[str, Blocks]:
    """The card in the approval channel, for every state; buttons only while a vote counts."""
    audience = "public" if release.public else "private"
    name = f"{release.repo}{f' {release.version}' if release.version else ''}"
    mark = MARKS.get(release.state, ":package:")
    if release.state == "waiting":
        head = f"{mark} *{release.id} · Publish {link(url, name)} ({audience})* · asked by <@{release.requested_by}>"
        text = f"{release.id} · Publish {name} ({audience}) · {metrics_line(run.metrics)} · waits for approval"
    else:
        head = f"{mark} *{release.id} · {link(url, name)} is {_outcome(release)}*"
        text = f"{release.id} · {name} is {STATE_WORDS[release.state]}"
    blocks: Blocks = [section(head), section("\n".join(_facts(release, run)))]
    if release.state == "waiting":
        so_far = ", ".join(f"<@{user}>" for user in release.approved_by) or "—"
        blocks.append(section(f"needs {quorum} of {escape(approvers)} · so far: {so_far}"))
        blocks.append(
            actions(
                f"{release.id}.decision",
                button("release.approve", "Approve", release.id, "primary"),
                button("release.reject", "Reject…", release.id, "danger"),
                button("release.withdraw", "Withdraw", release.id),
                link_button("release.open", "View on the Hub", f"{url}/discussions/{release.pull_request}"),
            )
        )
    if release.problem:
        blocks.append(section(f":warning: {_problem(release)}"))
    return text, blocks


def build_announcement(release: Release, run: Run, url: str) -> tuple[str, Blocks]:
    """What the team hears when a release is out."""
    by = " and ".join(f"<@{user}>" for user in release.approved_by)
    text = f"{release.repo} {release.version} is published · {metrics_line(run.metrics)}"
    audience = "public" if release.public else "private"
    return text, [
        section(f":package: *{link(url, f'{release.repo} {release.version}')} is published* ({audience})"),
        section(
            f"{metrics_line(run.metrics)}{_majority(run)}\n"
            f"{escape(run.title)}, from {run.id} by <@{run.requested_by}> · approved by {by}"
        ),
        context(
            f"base {repo_link(run.recipe['base'])} · data {repo_link(run.recipe['dataset'])} · "
            f"commit {link(f'{url}/commit/{release.commit_sha}', str(release.commit_sha)[:7])}"
        ),
        actions(
            f"{release.id}.published",
            button("model.try", "Try", release.repo),
            button("model.details", "Details", release.repo),
            button("model.watch", "Watch", release.repo),
        ),
    ]


def build_told(release: Release, url: str) -> str | None:
    """What the requester hears in the run's thread; None where there is nothing new."""
    person = f"<@{release.requested_by}>"
    name = link(url, release.repo)
    problem = _problem(release)
    if release.state == "void":
        return f"{person} {release.id} is void: {problem} Ask again with `/hf publish`."
    if problem:
        goes_on = "" if release.state == "blocked" else " I go on trying by myself."
        return f"{person} {release.id}: {problem}{goes_on}"
    if release.state == "waiting" and not release.votes:
        return f"{release.id} asks for {name}; it waits for approval."
    if release.state == "published":
        by = " and ".join(f"<@{user}>" for user in release.approved_by)
        return f"{person} {release.id}: {name} {release.version} is published, approved by {by}."
    if release.state == "rejected":
        reason = escape(shorten(release.reason or "", REASON_LONGEST))
        return f"{person} {release.id} was rejected by <@{list(release.votes)[-1]}>: {reason}"
    if release.state == "withdrawn":
        return f"{release.id} was withdrawn."
    return None


def build_releases(releases: Sequence[Release], url: str) -> tuple[str, Blocks]:
    """A list, newest first; an empty one teaches."""
    if not releases:
        return "No releases yet.", [
            section("*No releases yet.* When a run is done: `/hf publish R1 to org/name` asks the approvers.")
        ]
    lines = [
        f"{MARKS.get(release.state, ':package:')} *{release.id}* {link(f'{url}/{release.repo}', release.repo)} "
        f"{release.version or ''} · {_outcome(release)} · from R{release.run} by <@{release.requested_by}> · "
        f"{date(release.created)}"
        for release in releases
    ]
    return f"{plural(len(lines), 'release')}, newest first", sections(["*Releases, newest first*", *lines])


def build_reject_form(release: Release) -> Block:
    """The modal that asks for the reason of a rejection."""
    return {
        "type": "modal",
        "callback_id": "release.reject",
        "private_metadata": release.id,
        "title": {"type": "plain_text", "text": f"Reject {release.id}"},
        "submit": {"type": "plain_text", "text": "Reject"},
        "close": {"type": "plain_text", "text": "Back"},
        "blocks": [
            section(f"The request to *{escape(release.repo)}* is closed, and <@{release.requested_by}> told why."),
            {
                "type": "input",
                "block_id": "reason",
                "label": {"type": "plain_text", "text": "Reason"},
                "element": {
                    "type": "plain_text_input",
                    "action_id": "reason",
                    "multiline": True,
                    "max_length": REASON_LONGEST,
                    "focus_on_load": True,
                },
            },
        ],
    }


def describe_pull_request(release: Release, run: Run) -> str:
    """What the pull request on the Hub says of itself; no names of people."""
    recipe = run.recipe
    return (
        f"{run.title}: {metrics_line(run.metrics)}.\n\n"
        f"Base {recipe['base']['repo']} at {recipe['base']['revision']}, "
        f"data {recipe['dataset']['repo']} at {recipe['dataset']['revision']}. "
        f"Waiting for approval as {release.id}."
    )


def _facts(release: Release, run: Run) -> list[str]:
    facts = [
        f"{metrics_line(run.metrics)}{_majority(run)}",
        f"from {run.id} · base {repo_link(run.recipe['base'])} · data {repo_link(run.recipe['dataset'])}",
        *_checks(release.findings),
    ]
    if release.pull_request is None:
        return facts
    files = release.files
    total = sum(file.size for file in files)
    listed = ", ".join(f"`{escape(file.path)}` {size(file.size)}" for file in files[:FILES_SHOWN])
    more = f" and {len(files) - FILES_SHOWN} more" if len(files) > FILES_SHOWN else ""
    return [
        *facts,
        f"{plural(len(files), 'file')}, {size(total)}: {listed}{more}",
        f"pull request {release.pull_request} at {str(release.head)[:7]}",
    ]


def _checks(findings: Sequence[Finding]) -> list[str]:
    """`✔ files ✔ safe ✖ name` in one line, then a line for each warning with how to mend it."""
    marked = [
        f"{CHECK_MARKS[finding.outcome]} {escape(finding.name)}" for finding in findings if finding.outcome != "warning"
    ]
    warnings = [
        f"{CHECK_MARKS['warning']} {escape(shorten(finding.sentence, FINDING_SHOWN))}"
        for finding in findings
        if finding.outcome == "warning"
    ]
    return [*([" ".join(marked)] if marked else []), *warnings]


def _problem(release: Release) -> str:
    """What stands in the way: one sentence, or a list where several checks block."""
    blocking = [finding.sentence for finding in release.findings if finding.outcome == "blocking"]
    if release.state == "blocked" and len(blocking) > 1:
        lines = [f"• {escape(shorten(sentence, FINDING_SHOWN))}" for sentence in blocking]
        return "\n".join([f"{len(lines)} things stand in the way:", *lines])
    return escape(shorten(release.problem or "", PROBLEM_SHOWN))


def _majority(run: Run) -> str:
    majority = run.metrics.get("majority")
    return f" · majority class {majority:.3f}" if isinstance(majority, float) else ""


def _outcome(release: Release) -> str:
    deciding = "reject" if release.state == "rejected" else "approve"
    by = " and ".join(f"<@{user}>" for user, verdict in release.votes.items() if verdict == deciding)
    when = f", {date(release.decided)}" if release.decided else ""
    if release.state in ("approved", "publishing"):
        return f"{STATE_WORDS[release.state]} by {by}{when}"
    if release.state == "published":
        audience = "public" if release.public else "published (private)"
        return f"{audience} · approved by {by}{when} · commit {str(release.commit_sha)[:7]}"
    if release.state == "rejected":
        return f"rejected by {by}{when}: {escape(shorten(release.reason or '', REASON_SHOWN))}"
    return STATE_WORDS[release.state] + when
