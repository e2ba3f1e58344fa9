"""Chat completions, whole or as a stream of events, in the shapes of the OpenAI API."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from starlette.responses import JSONResponse, Response, StreamingResponse

from sandbox.hub.providers import ProviderOffer
from sandbox.hub.standin import Utterance, reply, tokens_of

FINGERPRINT = "sandbox-provider"
ROLES = ("system", "developer", "user", "assistant", "tool")
# Called once, with the numbers of tokens read and written.
Paid = Callable[[tuple[int, int]], None]


def _refusal(message: str, param: str, code: str) -> JSONResponse:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return JSONResponse({"error": error}, 400)


def refuse_model(name: str) -> JSONResponse:
    message = f"The requested model '{name}' is not supported by any provider you have enabled."
    return _refusal(message, "model", "model_not_supported")


def _content(message: object) -> str | None:
    """The text of a message, also of one in parts; None for what is not a message."""
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(message, dict) or message.get("role") not in ROLES or not isinstance(content, str | list | None):
        return None
    if not isinstance(content, list):
        return content or ""
    return " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))


@dataclass(frozen=True)
class Conversation:
    """A request that was read; `texts` is None where its messages are not messages."""

    model: str
    served: ProviderOffer
    texts: list[str] | None
    options: Mapping[str, object]

    @classmethod
    def read(cls, body: Mapping[str, object], model: str, offer: ProviderOffer) -> "Conversation":
        messages = body.get("messages")
        contents = [_content(one) for one in messages] if isinstance(messages, list) and messages else [None]
        texts = [text for text in contents if text is not None]
        return cls(model, offer, texts if len(texts) == len(contents) else None, body)

    @property
    def tokens_in(self) -> int:
        return sum(len(tokens_of(text)) for text in self.texts or ())


def answer_chat(conversation: Conversation, bill: Paid) -> Response:
    """The answer, or what is wrong with the question."""
    if conversation.texts is None:
        return _refusal("'messages' must be a list of messages with a role and content.", "messages", "invalid_value")
    most = conversation.served.context_length
    if most is not None and conversation.tokens_in > most:
        message = (
            f"This model's maximum context length is {most} tokens. "
            f"However, your messages resulted in {conversation.tokens_in} tokens."
        )
        return _refusal(message, "messages", "context_length_exceeded")
    generated = reply(conversation.model, conversation.texts, conversation.options)
    headers = {"x-inference-provider": conversation.served.provider}
    if conversation.options.get("stream"):
        events = _events(conversation, generated, bill)
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)
    tokens = (conversation.tokens_in, len(generated.tokens))
    bill(tokens)
    spoken = {"role": "assistant", "content": "".join(generated.tokens)}
    choice = {"index": 0, "message": spoken, "logprobs": None, "finish_reason": generated.finish_reason}
    body = {**_head(conversation, "chat.completion"), "choices": [choice], "usage": _usage(tokens)}
    return JSONResponse(body, headers=headers)


def _head(conversation: Conversation, kind: str) -> dict[str, object]:
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": kind,
        "created": int(time.time()),
        "model": conversation.served.provider_id,
        "system_fingerprint": FINGERPRINT,
    }


def _usage(tokens: tuple[int, int]) -> dict[str, int]:
    return {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)}


async def _events(conversation: Conversation, generated: Utterance, bill: Paid) -> AsyncIterator[str]:
    """One event a token, at the provider's pace; what was written is paid for, also when the reader goes away."""
    head, count = _head(conversation, "chat.completion.chunk"), 0
    pause = 1 / conversation.served.throughput if conversation.served.throughput else 0.0

    def event(delta: dict[str, str] | None, reason: str | None = None) -> str:
        choices = [] if delta is None else [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]
        usage = {} if choices else {"usage": _usage((conversation.tokens_in, count))}
        return f"data: {json.dumps({**head, 'choices': choices, **usage})}\n\n"

    try:
        for token in generated.tokens:
            count += 1
            yield event({"role": "assistant", "content": token})
            await asyncio.sleep(pause)
        yield event({"role": "assistant", "content": ""}, generated.finish_reason)
        options = conversation.options.get("stream_options")
        if isinstance(options, dict) and options.get("include_usage"):
            yield event(None)
        yield "data: [DONE]\n\n"
    finally:
        bill((conversation.tokens_in, count))
