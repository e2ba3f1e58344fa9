"""`.gitignore`: which paths of a folder are not to be uploaded, by the rules of git."""

import re
from collections.abc import Iterator


class Ignore:
    """The patterns of one `.gitignore`; the last one that matches a path, or a folder above it, decides."""

    def __init__(self, text: str) -> None:
        self._rules = list(_rules(text))

    def matches(self, path: str) -> bool:
        parts = path.split("/")
        # What lies in an ignored folder cannot be taken back in.
        return any(self._decides("/".join(parts[:end]), end < len(parts)) for end in range(1, len(parts) + 1))

    def _decides(self, path: str, is_folder: bool) -> bool:
        verdict = False
        for pattern, takes_back, folders_only in self._rules:
            if (is_folder or not folders_only) and pattern.fullmatch(path):
                verdict = not takes_back
        return verdict


def _rules(text: str) -> Iterator[tuple[re.Pattern[str], bool, bool]]:
    """Each line's pattern, whether it takes back in (`!`), and whether it is for folders alone (`/` at the end)."""
    for line in text.splitlines():
        rule = line.rstrip()
        if not rule or rule.startswith("#"):
            continue
        takes_back = rule.startswith("!")
        rule = rule.removeprefix("!").removeprefix("\\")
        folders_only = rule.endswith("/")
        rule = rule.rstrip("/")
        anchored = "/" in rule
        body = _expression(rule.lstrip("/"))
        yield re.compile(body if anchored else f"(?:.*/)?{body}"), takes_back, folders_only


_WILDCARDS = re.compile(r"\*\*/|/\*\*$|\*|\?|\[[^\]]+\]")


def _expression(pattern: str) -> str:
    """A glob of git as a regular expression: `*` stays within one part of the path, `**` does not."""
    pieces, position = [], 0
    for match in _WILDCARDS.finditer(pattern):
        pieces.append(re.escape(pattern[position : match.start()]))
        fixed = {"**/": "(?:.*/)?", "/**": "/.*", "*": "[^/]*", "?": "[^/]"}
        pieces.append(fixed.get(match.group()) or match.group().replace("[!", "[^"))
        position = match.end()
    return "".join([*pieces, re.escape(pattern[position:])])
