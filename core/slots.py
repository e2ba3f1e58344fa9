"""When a schedule is due: wall-clock times of a zone, each once, whatever the clocks do meanwhile."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

# No zone has moved its clocks by more than a day (Samoa left one out in 2011).
LARGEST_SHIFT = timedelta(hours=26)


def next_times(at: float | None, cron: str | None, zone: str, after: float, count: int) -> list[float]:
    """The next `count` slots after `after` (Unix seconds) of a moment `at`, or of a crontab line in a zone.

    Eight o'clock stays eight o'clock. A time that the clocks skip comes as much later as they jump; one that they
    repeat comes once, except for what runs every hour, which runs in every hour that passes.
    """
    if at is not None:
        return [at] if at > after else []
    slots: list[float] = []
    for slot in _slots(cron or "", ZoneInfo(zone), after):
        slots.append(slot)
        if len(slots) == count:
            break
    return slots


def _slots(cron: str, zone: ZoneInfo, after: float) -> Iterator[float]:
    """Slots after `after`, ascending, for ever or until the calendar of the crontab line ends."""
    is_hourly = cron.split()[1] == "*"
    begin = datetime.fromtimestamp(after, tz=UTC).astimezone(zone).replace(tzinfo=None) - LARGEST_SHIFT
    last = after
    waiting: list[float] = []
    for wall in CronSim(cron, begin):
        # What the clocks repeat lies an hour behind the next wall times, so a day's worth is put in order first.
        waiting += {wall.replace(tzinfo=zone, fold=fold).timestamp() for fold in ((0, 1) if is_hourly else (0,))}
        horizon = (wall - LARGEST_SHIFT).replace(tzinfo=zone).timestamp()
        for slot in sorted(slot for slot in waiting if slot <= horizon):
            if slot > last:
                yield slot
                last = slot
        waiting = [slot for slot in waiting if slot > horizon]
    for slot in sorted(waiting):
        if slot > last:
            yield slot
            last = slot
