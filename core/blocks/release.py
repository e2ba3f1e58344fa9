"""Approval cards, announcements, and what the requester hears."""

from collections.abc import Sequence

from core.blocks.parts import Block, Blocks, View, actions, button, context, link_button, repo_link, section, sections
from core.blocks.run import metrics_line
from core.contents import compare, what_is
from core.figures import baselines, main_figure, read_figures
from core.store.releases import Finding, Question, Release, Surroundings
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
IN_VAIN = ("rejected", "void", "blocked", "withdrawn")
MARKS = {"published": ":white_check_mark:", "rejected": ":no_entry:", "void": ":warning:", "blocked": ":x:"}
CHECK_MARKS = {"passed": "✔", "warning": "⚠", "blocking": "✖"}
FILES_SHOWN = 8
PROBLEM_SHOWN, FINDING_SHOWN, REASON_SHOWN = 1000, 400, 500  # characters
REASON_LONGEST = 1000
QUESTION_SHOWN, QUESTIONS_SHOWN, NOTABLE_SHOWN = 200, 3, 3
PLUMBING = ".gitattributes"


def build_approval(
    release: Release, run: Run, quorum: int, approvers: str, url: str, before: tuple[str, Run] | None = None
) -> tuple[str, Blocks]:
    """The card in the approval channel, for every state; buttons only while a vote counts.

    `before` is the version that this one would follow, with the run it came from.
    """
    audience = "public" if release.public else "private"
    version = release.version or (release.surroundings.version if release.surroundings else "")
    name = f"{release.repo} {version}".strip()
    mark = MARKS.get(release.state, ":package:")
    if release.state == "waiting":
        head = f"{mark} *{release.id} · Publish {link(url, name)} ({audience})* · asked by <@{release.requested_by}>"
        text = f"{release.id} · Publish {name} ({audience}) · {metrics_line(run.metrics)} · waits for approval"
    else:
        head = f"{mark} *{release.id} · {link(url, name)} is {_outcome(release)}*"
        text = f"{release.id} · {name} is {STATE_WORDS[release.state]}"
    blocks: Blocks = [section(head), section("\n".join(_facts(release, run, url, before)))]
    if release.state == "waiting":
        so_far = ", ".join(f"<@{user}>" for user in release.approved_by) or "—"
        blocks.append(section(f"needs {quorum} of {escape(approvers)} · so far: {so_far}"))
        blocks.append(
            actions(
                f"{release.id}.decision",
                approve_button(release),
                button("release.reject", "Reject…", release.id, "danger"),
                button("release.try", "Try", release.id),
                button("release.ask", "Ask…", release.id),
                link_button("release.open", "View on the Hub", f"{url}/discussions/{release.pull_request}"),
            )
        )
    if release.problem:
        blocks.append(section(f":warning: {_problem(release)}"))
    if left := _left_over(release, url):
        blocks.append(context(left))
    return text, blocks


def approve_button(release: Release) -> Block:
    """Asks once more where what is private becomes public for everybody."""
    shown = button("release.approve", "Approve", release.id, "primary")
    if not release.public or (release.surroundings and release.surroundings.was_private is False):
        return shown
    return shown | {
        "confirm": {
            "title": {"type": "plain_text", "text": "Make it public?"},
            "text": {
                "type": "plain_text",
                "text": shorten(f"{release.repo} becomes public with your approval, if no other is needed.", 300),
            },
            "confirm": {"type": "plain_text", "text": "Approve"},
            "deny": {"type": "plain_text", "text": "Back"},
        }
    }


def build_announcement(release: Release, run: Run, url: str) -> tuple[str, Blocks]:
    """What the team hears when a release is out."""
    by = " and ".join(f"<@{user}>" for user in release.approved_by)
    text = f"{release.repo} {release.version} is published · {metrics_line(run.metrics)}"
    audience = "public" if release.public else "private"
    return text, [
        section(f":package: *{link(url, f'{release.repo} {release.version}')} is published* ({audience})"),
        section(
            f"{metrics_line(run.metrics)}{_baselines(run)}\n"
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


def build_asked(release: Release, url: str) -> str:
    """What the run's thread says of a new request."""
    audience = "public" if release.public else "private"
    return (
        f"Asked as {release.id}: <@{release.requested_by}> wants it to become {link(url, release.repo)} ({audience}). "
        f"It is checked first; `/hf withdraw {release.id}` takes it back."
    )


def build_question(release: Release, question: Question) -> str:
    """What the requester reads of an approver's question."""
    asked = escape(shorten(question.text, REASON_LONGEST))
    return f"<@{release.requested_by}> <@{question.user}> asks about {release.id}: {asked}"


def build_news(release: Release, news: str) -> Blocks:
    """The requester's news, with the way to ask again where the request came to nothing."""
    if release.state not in IN_VAIN or release.state == "withdrawn":
        return []
    return [section(news), actions(f"{release.id}.again", button("release.again", "Ask again", release.id))]


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
        return f"{person} {release.id} was rejected by <@{list(release.votes)[-1]}>: {reason}{_after(release, url)}"
    if release.state == "withdrawn":
        return f"{release.id} was withdrawn.{_after(release, url)}"
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


def build_reject_form(release: Release) -> View:
    """The modal that asks for the reason of a rejection."""
    told = f"The request to *{escape(release.repo)}* is closed, and <@{release.requested_by}> told why."
    return _text_form("release.reject", f"Reject {release.id}", "Reject", release, told, ("reason", "Reason"))


def build_question_form(release: Release) -> View:
    """The modal behind Ask…, whose text goes to the requester."""
    told = f"<@{release.requested_by}> reads it in the run's thread, and it is noted on the card."
    return _text_form("release.ask", f"Ask about {release.id}", "Ask", release, told, ("question", "Question"))


def _text_form(callback: str, title: str, submit: str, release: Release, told: str, field: tuple[str, str]) -> View:
    key, label = field
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": release.id,
        "title": {"type": "plain_text", "text": shorten(title, 24)},
        "submit": {"type": "plain_text", "text": submit},
        "close": {"type": "plain_text", "text": "Back"},
        "blocks": [
            section(told),
            {
                "type": "input",
                "block_id": key,
                "label": {"type": "plain_text", "text": label},
                "element": {
                    "type": "plain_text_input",
                    "action_id": key,
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


def _facts(release: Release, run: Run, url: str, before: tuple[str, Run] | None) -> list[str]:
    around = release.surroundings or Surroundings()
    base = f"base {repo_link(run.recipe['base'])}{_in_brackets(around.base_license)}"
    data = f"data {repo_link(run.recipe['dataset'])}{_in_brackets(around.data_license)}"
    facts = [
        build_figures(run, before),
        f"from {run.id} · {base} · {data}",
        *_checks(release.findings),
    ]
    if release.pull_request is None:
        return facts
    pull = link(f"{url}/discussions/{release.pull_request}", f"pull request {release.pull_request}")
    asked = [
        f"<@{question.user}> asked: {escape(shorten(question.text, QUESTION_SHOWN))}"
        for question in release.questions[-QUESTIONS_SHOWN:]
    ]
    return [
        *facts,
        *([_visibility(release, release.surroundings)] if release.surroundings else []),
        _files(release),
        f"{pull} at {str(release.head)[:7]}",
        *asked,
    ]


def build_figures(run: Run, before: tuple[str, Run] | None) -> str:
    """The main figure, what guessing would reach, and the figure of the version before."""
    return f"{metrics_line(run.metrics)}{_baselines(run)}{_compared(run, before)}"


def _in_brackets(license_id: str) -> str:
    return f" ({escape(shorten(license_id, 60))})" if license_id else ""


def _visibility(release: Release, around: Surroundings) -> str:
    afterwards = "public" if release.public else "private"
    if around.was_private is None:
        return f"new on the Hub, {afterwards} afterwards"
    today = "private" if around.was_private else "public"
    return f"{today} today and afterwards" if today == afterwards else f"{today} today, {afterwards} afterwards"


def _compared(run: Run, before: tuple[str, Run] | None) -> str:
    """The figure of the version before, as it was recorded, and on which other data."""
    if before is None:
        return ""
    version, earlier = before
    new, old = (main_figure(read_figures(each.metrics)) for each in (run, earlier))
    if old is None or old.value is None:
        return ""
    same = new is not None and new.value is not None and new.name == old.name
    change = f", {new.value - old.value:+.3f}" if same and new and new.value is not None else ""
    datasets = [each.recipe["dataset"] for each in (run, earlier)]
    other = "" if datasets[0]["repo"] == datasets[1]["repo"] else f" on {repo_link(datasets[1])}"
    return f" · {escape(version)} had {old.text()}{other}{change}"


def _files(release: Release) -> str:
    """Over what is there, what becomes of it; otherwise what the repo will hold."""
    there = [file for file in release.surroundings.files if file.path != PLUMBING] if release.surroundings else []
    files = release.files
    total = f"{plural(len(files), 'file')}, {size(sum(file.size for file in files))}"
    if there and release.surroundings:
        contents = compare(release.surroundings.files, files)
        changes = {
            "replaces": contents.replaced,
            "adds": contents.added,
            "removes": contents.removed,
            "leaves": contents.left,
        }
        return f"{total}: " + ", ".join(f"{verb} {_notable(paths)}" for verb, paths in changes.items() if paths)
    listed = ", ".join(f"`{escape(file.path)}` {size(file.size)}" for file in files[:FILES_SHOWN])
    more = f" and {len(files) - FILES_SHOWN} more" if len(files) > FILES_SHOWN else ""
    return f"{total}: {listed}{more}"


def _notable(paths: Sequence[str]) -> str:
    """`4 (model.safetensors)`: how many, and which of them are weights, code or pickles."""
    names = [f"`{escape(path)}`" for path in paths if what_is(path)]
    more = [f"{len(names) - NOTABLE_SHOWN} more"] if len(names) > NOTABLE_SHOWN else []
    return f"{len(paths)}" + (f" ({', '.join([*names[:NOTABLE_SHOWN], *more])})" if names else "")


def _left_over(release: Release, url: str) -> str:
    """The empty repo that a request which came to nothing leaves, and what to do with it."""
    if release.state not in ("rejected", "withdrawn") or not release.is_repo_new or not release.pull_request:
        return ""
    return (
        f"{link(url, release.repo)} was made for it and stays, private and empty: "
        f"delete it in {link(f'{url}/settings', 'its settings')}, or leave it for the next request."
    )


def _after(release: Release, url: str) -> str:
    left = _left_over(release, url)
    return f" {left}" if left else ""


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


def _baselines(run: Run) -> str:
    return "".join(f" · {each}" for each in baselines(run.metrics))


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
