"""Words for Slack: escaping, and counts, sizes, times as people write them."""

from collections.abc import Sequence
from datetime import UTC, datetime

# The longest fragment of what somebody typed that a sentence repeats, before and after escaping.
QUOTED, QUOTED_ESCAPED = 40, 60
# A duration below this is told in seconds, minutes, hours.
IN_SECONDS, IN_MINUTES, IN_HOURS = 90, 90 * 60, 48 * 3600
# From here on three digits would round up to four.
THREE_DIGITS = 999.5


def escape(text: str) -> str:
    """Text as data inside mrkdwn: it can neither link nor ping."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(sentence: str) -> str:
    """A sentence for mrkdwn where Slack shows plain text, as under a field."""
    return sentence.replace("`", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def quote(text: str) -> str:
    """What somebody typed, in one line, short and in backticks, for a sentence."""
    seen = "".join(sign if sign.isprintable() and sign != "`" else " " for sign in text[:1000])
    short = shorten(" ".join(seen.split()), QUOTED)
    while len(escape(short)) > QUOTED_ESCAPED:
        short = shorten(short, len(short) - 1)
    return f"`{escape(short) or ' '}`"


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def count(number: float) -> str:
    """`12.4k` for 12,400."""
    return _scaled(number, ("", "k", "M", "B", "T"))


def as_typed(number: int) -> str:
    """A whole number as people type it, without rounding: `500M`, `1500k`, `1234`."""
    for unit, letter in ((10**9, "B"), (10**6, "M"), (10**3, "k")):
        if number and number % unit == 0:
            return f"{number // unit}{letter}"
    return str(number)


def plural(number: float, one: str, many: str = "") -> str:
    """`1 like`, `12.4k likes`; `many` where an s is not enough."""
    return f"{count(number)} {one if number == 1 else many or f'{one}s'}"


def decimal(number: float) -> str:
    """`5e-5` for 0.00005, as people type it: without the zero that Python puts into the exponent."""
    if 0 < abs(number) < 1e-3:
        digits, _, exponent = f"{number:.5e}".partition("e")
        return f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}"
    return f"{number:g}".replace("e+0", "e")


def size(number: float) -> str:
    """`91 MB` for 91,000,000 bytes."""
    return _scaled(number, (" B", " kB", " MB", " GB", " TB"))


def rough_size(number: float) -> str:
    """`1.2 GB` for 1,152,000,000 bytes: an estimate is not known any better."""
    return size(float(f"{number:.2g}"))


def duration(seconds: float) -> str:
    """`4 min` for 240 seconds."""
    if seconds < IN_SECONDS:
        return f"{max(0, round(seconds))} s"
    if seconds < IN_MINUTES:
        return f"{round(seconds / 60)} min"
    if seconds < IN_HOURS:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86400:.1f} days"


def date(moment: float | datetime, tokens: str = "{date_short_pretty} {time}") -> str:
    """A time that each reader sees in their own zone; the fallback is in UTC and says so."""
    unix = moment.timestamp() if isinstance(moment, datetime) else moment
    fallback = datetime.fromtimestamp(unix, tz=UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(unix)}^{tokens}|{fallback}>"


def link(url: str, label: str) -> str:
    """A link that neither its label nor its address can end early; the label alone where there is no address."""
    if not url:
        return escape(label)
    address = escape(url.replace("<", "%3C").replace(">", "%3E").replace("|", "%7C").replace(" ", "%20"))
    return f"<{address}|{escape(label).replace('|', '¦')}>"


def bar(fraction: float, width: int = 16) -> str:
    """`▓▓▓░░░` for a share between 0 and 1."""
    full = round(max(0.0, min(1.0, fraction)) * width)
    return "▓" * full + "░" * (width - full)


def _scaled(number: float, units: Sequence[str]) -> str:
    """Three significant digits before the largest unit that leaves at least one."""
    for unit in units[:-1]:
        if abs(number) < THREE_DIGITS:
            return f"{number:.3g}{unit}"
        number /= 1000
    return f"{number:,.0f}{units[-1]}" if number >= 10 else f"{number:.3g}{units[-1]}"
