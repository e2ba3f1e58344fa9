"""What typed and stored records are made of: frozen models, and fields that are typed as `name=value`."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


@dataclass(frozen=True)
class OneOf:
    """In the type of a field: the values that it takes, where they stand in a table."""

    choices: tuple[str, ...]


def key(default: Any, description: str, example: str, **rules: Any) -> Any:
    """A field that is typed as `name=value`; `example` is a value that is good in most cases."""
    return Field(default, description=description, examples=[example], **rules)


class Frozen(BaseModel):
    # Built when the first one is made: of all commands most starts need a few.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
