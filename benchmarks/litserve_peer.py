"""The same classifier behind LitServe: `python -m benchmarks.litserve_peer FOLDER PORT`."""

import sys
from typing import Any

import litserve
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer


class Classifier(litserve.LitAPI):  # type: ignore[misc]
    """Batches of up to 32 requests that come within three milliseconds."""

    def setup(self, device: str) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
        self.model = AutoModelForSequenceClassification.from_pretrained(sys.argv[1]).eval().to(device)

    def decode_request(self, request: dict[str, Any]) -> str:
        return str(request["text"])

    def batch(self, inputs: list[str]) -> list[str]:
        return inputs

    @torch.inference_mode()
    def predict(self, texts: list[str]) -> list[list[float]]:
        batch = self.tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
        scores: list[list[float]] = self.model(**batch).logits.softmax(-1).tolist()
        return scores

    def unbatch(self, output: list[list[float]]) -> list[list[float]]:
        return output

    def encode_response(self, output: list[float]) -> dict[str, list[float]]:
        return {"scores": output}


if __name__ == "__main__":
    server = litserve.LitServer(Classifier(max_batch_size=32, batch_timeout=0.003), accelerator="cpu")
    server.run(host="127.0.0.1", port=int(sys.argv[2]), generate_client_file=False, log_level="warning")
