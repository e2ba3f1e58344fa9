"""Which models are served for inference, by whom, at which price: the Hub's record of Inference Providers."""

import json
from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from sandbox.hub.database import HubDatabase
from sandbox.hub.errors import BadRequest
from sandbox.hub.records import StoredRepo

CHAT = "conversational"


class Pricing(BaseModel):
    """US dollars: for a million tokens in and out, or for a second of computing."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    input: float = 0.0
    output: float = 0.0
    second: float = 0.0


class ProviderOffer(BaseModel):
    """One provider's offer of a model. `throughput` (tokens a second) slows down what is streamed."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    provider: str
    task: str
    provider_id: str = ""
    status: Literal["live", "staging", "error"] = "live"
    pricing: Pricing | None = None
    context_length: int | None = None
    throughput: float | None = None
    first_token_latency_ms: float | None = None
    supports_tools: bool = False
    supports_structured_output: bool = False

    def cost(self, tokens_in: int, tokens_out: int, seconds: float) -> float:
        price = self.pricing or Pricing()
        return (tokens_in * price.input + tokens_out * price.output) / 1e6 + seconds * price.second

    def mapping(self) -> dict[str, object]:
        """As it stands in a model's info."""
        return {"status": self.status, "providerId": self.provider_id, "task": self.task, "isModelAuthor": False}

    def offer(self) -> dict[str, object]:
        """As it stands in the router's list of models."""
        tools = {"supports_tools": self.supports_tools, "supports_structured_output": self.supports_structured_output}
        record: dict[str, object] = {
            "provider": self.provider,
            "status": self.status,
            "context_length": self.context_length,
        }
        if self.pricing:
            record["pricing"] = {"input": self.pricing.input, "output": self.pricing.output}
        record |= {"throughput": self.throughput, "first_token_latency_ms": self.first_token_latency_ms}
        record |= {**tools, "is_model_author": False}
        return {name: value for name, value in record.items() if value is not None}


class OfferBook:
    def __init__(self, database: HubDatabase) -> None:
        self._database = database

    def serve(self, repo: StoredRepo, offers: Sequence[Mapping[str, object]]) -> list[ProviderOffer]:
        """Replaces all offers of the model, in the order of preference; BadRequest for what is not one."""
        try:
            checked = [ProviderOffer.model_validate({"provider_id": repo.id, **offer}) for offer in offers]
        except (ValidationError, TypeError) as error:
            raise BadRequest(f"Not an offer of a provider: {error}") from error
        if len({one.provider for one in checked}) < len(checked):
            raise BadRequest("A provider offers a model once.")
        with self._database.writing() as db:
            db.execute("DELETE FROM providers WHERE repo = ?", (repo.number,))
            rows = [(repo.number, place, one.model_dump_json()) for place, one in enumerate(checked)]
            db.executemany("INSERT INTO providers VALUES (?, ?, ?)", rows)
        return checked

    def of(self, repo: StoredRepo) -> list[ProviderOffer]:
        with self._database.reading() as db:
            rows = db.execute("SELECT body FROM providers WHERE repo = ? ORDER BY place", (repo.number,)).fetchall()
        return [ProviderOffer(**json.loads(row["body"])) for row in rows]

    def repos(self) -> list[str]:
        """The ids of all models with an offer."""
        with self._database.reading() as db:
            rows = db.execute(
                "SELECT DISTINCT repos.id FROM repos JOIN providers ON providers.repo = repos.number"
                " WHERE repos.kind = 'model' ORDER BY repos.id"
            ).fetchall()
        return [row["id"] for row in rows]
