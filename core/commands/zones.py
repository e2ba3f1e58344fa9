"""Time zones as people write them behind a time: names of places, and the abbreviations that mean one thing."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

# Abbreviations that mean one thing the world over, or nearly, and a place that keeps that time in its season.
FIXED = {
    "utc": "UTC",
    "gmt": "Etc/GMT",
    "z": "UTC",
    "wet": "Etc/GMT",
    "west": "Etc/GMT-1",
    "cet": "Etc/GMT-1",
    "cest": "Etc/GMT-2",
    "eet": "Etc/GMT-2",
    "eest": "Etc/GMT-3",
    "msk": "Etc/GMT-3",
    "est": "Etc/GMT+5",
    "edt": "Etc/GMT+4",
    "cdt": "Etc/GMT+5",
    "mdt": "Etc/GMT+6",
    "pdt": "Etc/GMT+7",
    "sgt": "Etc/GMT-8",
    "hkt": "Etc/GMT-8",
    "jst": "Etc/GMT-9",
    "kst": "Etc/GMT-9",
    "aest": "Etc/GMT-10",
    "aedt": "Etc/GMT-11",
    "nzst": "Etc/GMT-12",
    "nzdt": "Etc/GMT-13",
}
# Those that mean different times to different people, with the places that use them.
SHARED = {
    "ist": ("Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"),
    "cst": ("America/Chicago", "Asia/Shanghai", "America/Havana"),
    "bst": ("Europe/London", "Asia/Dhaka"),
    "pst": ("America/Los_Angeles", "Asia/Manila"),
    "mst": ("America/Denver", "Asia/Kuala_Lumpur"),
    "ast": ("America/Halifax", "Asia/Riyadh"),
    "gst": ("Asia/Dubai", "Atlantic/South_Georgia"),
    "sst": ("Pacific/Pago_Pago", "Asia/Singapore"),
    "amt": ("America/Manaus", "Asia/Yerevan"),
}


def find_zone(word: str) -> ZoneInfo | None:
    """The zone called so (`Europe/Berlin`, `Berlin`, `CET`), in any case; None where there is none or several."""
    name = FIXED.get(word) or _names().get(word)
    return ZoneInfo(name) if name else None


@cache
def _names() -> dict[str, str]:
    """Zones by their names and by the names of their cities alone, in small letters."""
    names: dict[str, str] = {}
    for zone in sorted(available_timezones()):
        area, slash, place = zone.partition("/")
        if slash and area not in ("Etc", "posix", "right", "SystemV"):
            names[zone.lower()] = zone
            names.setdefault(place.rpartition("/")[2].lower(), zone)
            names.setdefault(place.rpartition("/")[2].lower().replace("_", " "), zone)
    return names
