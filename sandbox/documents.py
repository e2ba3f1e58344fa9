"""JSON objects, as both servers of the sandbox read and write them."""

from typing import Any

# An object in a shape that Slack's reference defines: a message, a block, a view, a channel. Which keys it has is
# checked where it comes in (`workspace/rules`), so it is read by key after that.
Document = dict[str, Any]
# What somebody sent and nobody has checked yet.
Body = dict[str, object]
