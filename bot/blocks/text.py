"""Words for Slack: escaping, and counts, sizes, times as people write them."""

from datetime import UTC, datetime


def escape(text: str) -> str:
    """Text as data inside mrkdwn: it can neither link nor ping."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def quote(text: str) -> str:
    """What somebody typed, short and in backticks, for a sentence."""
    return f"`{escape(shorten(' '.join(text.replace('`', ' ').split()), 40))}`"


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def count(number: float) -> str:
    """`12.4k` for 12,400."""
    for unit, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if number >= unit:
            return f"{number / unit:.3g}{letter}"
    return f"{number:g}"


def size(number: float) -> str:
    """`91 MB` for 91,000,000 bytes."""
    for unit, name in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if number >= unit:
            return f"{number / unit:.3g} {name}"
    return f"{number:g} B"


def duration(seconds: float) -> str:
    """`4 min` for 240 seconds."""
    if seconds < 90:
        return f"{max(0, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def date(moment: float | datetime, tokens: str = "{date_short_pretty} {time}") -> str:
    """A time that each reader sees in their own zone; the fallback is in UTC and says so."""
    unix = moment.timestamp() if isinstance(moment, datetime) else moment
    fallback = datetime.fromtimestamp(unix, tz=UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(unix)}^{tokens}|{fallback}>"


def link(url: str, label: str) -> str:
    """A link whose label cannot end it."""
    return f"<{url}|{escape(label).replace('|', '¦')}>"


def bar(fraction: float, width: int = 16) -> str:
    """`▓▓▓░░░` for a share between 0 and 1."""
    full = round(max(0.0, min(1.0, fraction)) * width)
    return "▓" * full + "░" * (width - full)
