"""What Slack's client checks in a form before it sends it."""

import re
from decimal import Decimal, InvalidOperation

from sandbox.documents import Document
from sandbox.workspace.elements import VALUE_KEYS

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
MAX_FILES, MAX_CHARACTERS = 10, 3000
WEB = re.compile(r"https?://\S+")


def _number_fault(element: Document, value: str) -> str | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return "Enter a number."
    if not element["is_decimal_allowed"] and number != number.to_integral_value():
        return "Enter a whole number."
    if element.get("min_value") and number < Decimal(element["min_value"]):
        return f"Enter a number that is at least {element['min_value']}."
    if element.get("max_value") and number > Decimal(element["max_value"]):
        return f"Enter a number that is at most {element['max_value']}."
    return None


def _text_fault(element: Document, value: str) -> str | None:
    if len(value) < element.get("min_length", 0):
        return f"Enter at least {element['min_length']} characters."
    if len(value) > element.get("max_length", MAX_CHARACTERS):
        return f"Enter at most {element.get('max_length', MAX_CHARACTERS)} characters."
    return None


def _fault(element: Document, value: str | list[object]) -> str | None:
    kind = element["type"]
    most = element.get("max_files", MAX_FILES) if kind == "file_input" else element.get("max_selected_items")
    if most and len(value) > most:
        return f"Choose at most {most}."
    if not isinstance(value, str):
        return None
    if kind == "number_input":
        return _number_fault(element, value)
    if kind == "plain_text_input":
        return _text_fault(element, value)
    if kind == "email_text_input" and not EMAIL.fullmatch(value):
        return "Enter an email address."
    if kind == "url_text_input" and not WEB.fullmatch(value):
        return "Enter a link."
    return None


def find_faults(view: Document) -> dict[str, str]:
    """Block id to what is wrong with its input, for a view's present state."""
    faults: dict[str, str] = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        state = view["state"]["values"].get(block["block_id"], {}).get(element["action_id"], {})
        value = state.get(VALUE_KEYS[element["type"]])
        if value in (None, "", []):
            if not block.get("optional"):
                faults[block["block_id"]] = "Please complete this required field."
        elif fault := _fault(element, value):
            faults[block["block_id"]] = fault
    return faults
