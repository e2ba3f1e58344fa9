"""Rules for rich_text blocks: sections, lists, quotes and preformatted text, and what stands in them."""

from sandbox.workspace.rules.checks import FLAG, TYPE, Check, array, by_type, integer, matching, one_of, record, string

_STYLE = record({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline", "unlink"), FLAG))
_MENTION_STYLE = record(
    {}, dict.fromkeys(("bold", "italic", "strike", "code", "highlight", "client_highlight", "unlink"), FLAG)
)
_LINK = string(3000, 1)
INLINE = matching(
    by_type(
        {
            "text": record({"type": TYPE, "text": string(12_000, counted=True)}, {"style": _STYLE}),
            "link": record(
                {"type": TYPE, "url": _LINK},
                {"text": string(12_000, counted=True), "unsafe": FLAG, "style": _STYLE},
            ),
            "emoji": record(
                {"type": TYPE, "name": string(100, 1)},
                {"unicode": string(100), "skin_tone": integer(1, 6), "style": _STYLE},
            ),
            "user": record({"type": TYPE, "user_id": string(100, 1, r"[UW][A-Z0-9]+")}, {"style": _MENTION_STYLE}),
            "usergroup": record({"type": TYPE, "usergroup_id": string(100, 1)}, {"style": _MENTION_STYLE}),
            "channel": record(
                {"type": TYPE, "channel_id": string(100, 1, r"[CG][A-Z0-9]+")}, {"style": _MENTION_STYLE}
            ),
            "team": record({"type": TYPE, "team_id": string(100, 1)}, {"style": _MENTION_STYLE}),
            "broadcast": record(
                {"type": TYPE, "range": one_of("here", "channel", "everyone")}, {"style": _MENTION_STYLE}
            ),
            "date": record(
                {"type": TYPE, "timestamp": integer(0, 10**11), "format": string(100, 1)},
                {"url": _LINK, "fallback": string(3000), "style": _STYLE},
            ),
            "color": record({"type": TYPE, "value": string(7, 4, r"#[0-9A-Fa-f]{3,6}")}),
        }
    )
)
_SECTION = record({"type": TYPE, "elements": array(INLINE, 0)})
_BORDER = integer(0, 1)
_PARTS: dict[str, Check] = {
    "rich_text_section": _SECTION,
    "rich_text_quote": record({"type": TYPE, "elements": array(INLINE, 0)}, {"border": _BORDER}),
    "rich_text_preformatted": record(
        {"type": TYPE, "elements": array(INLINE, 0)}, {"border": _BORDER, "language": string(100)}
    ),
    "rich_text_list": record(
        {
            "type": TYPE,
            "style": one_of("bullet", "ordered"),
            "elements": array(matching(by_type({"rich_text_section": _SECTION})), 1),
        },
        {"indent": integer(0, 8), "offset": integer(0, 10**6), "border": _BORDER},
    ),
}
RICH_TEXT = record({"type": TYPE, "elements": array(matching(by_type(_PARTS)), 0)}, {"block_id": string(255, 1)})
