"""Every task answers what the bare model answers; the models are tiny and random, made here."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from core import results
from core.errors import Mistake
from core.results import Entities, Ranked, Scores, Span, Tokens, Written
from core.task_choice import resolve_task, task_implied
from core.tasks import TASKS
from jobs.inference.client import InferenceClient, InferenceFailed
from world import text_models
from world.model_shelf import Shelf, ask, by_pipeline, results_of, save_marian

pytestmark = pytest.mark.xdist_group("inference")
LONG = "the film is lovely and warm with its music " * 20


@pytest.fixture(scope="module")
def shelf(shared_shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    for name, files in text_models.save_all(tmp_path_factory.mktemp("models")).items():
        shared_shelf.put(f"acme/{name}", files)
    return shared_shelf


def bare(shelf: Shelf, name: str, auto: str) -> tuple[Any, Any]:
    """Model and tokenizer by plain transformers."""
    import transformers

    files = shelf.snapshot(name)
    model = getattr(transformers, auto).from_pretrained(files).eval()
    return model, transformers.AutoTokenizer.from_pretrained(files)


@pytest.mark.parametrize("text", ["the film is lovely and warm", "Music, dull actors; a scene"])
def test_entities_are_those_of_the_pipeline_of_transformers(client: InferenceClient, shelf: Shelf, text: str) -> None:
    expected = by_pipeline(shelf.snapshot("acme/tagger"), "ner", text, aggregation_strategy="first")
    found = results_of(ask(client, "acme/tagger", "token-classification", text), Entities)[0].entities
    assert expected
    assert [(each.label, each.start, each.end) for each in found] == [
        (each["entity_group"], each["start"], each["end"]) for each in expected
    ]
    assert [each.score for each in found] == pytest.approx([float(each["score"]) for each in expected], abs=1e-5)


def test_entities_of_a_long_text_are_found_up_to_its_end(client: InferenceClient) -> None:
    result = results_of(ask(client, "acme/tagger", "token-classification", LONG), Entities)[0]
    assert result.note
    assert result.note.unit == "windows"
    assert max(each.end for each in result.entities) > len(LONG) - 60
    ends = [0, *(each.end for each in result.entities)]
    assert all(end <= each.start for end, each in zip(ends, result.entities, strict=False))


def best_span(shelf: Shelf, question: str, text: str) -> tuple[str, float]:
    """The likeliest span by trying every one of them."""
    import torch

    model, tokenizer = bare(shelf, "acme/reader", "AutoModelForQuestionAnswering")
    encoded = tokenizer(question, text, return_tensors="pt", return_offsets_mapping=True)
    offsets, of = encoded.pop("offset_mapping")[0].tolist(), encoded.sequence_ids(0)
    with torch.inference_mode():
        out = model(**encoded)
    places = [0, *(at for at in range(len(of)) if of[at] == 1)]
    start = dict(zip(places, out.start_logits[0, places].softmax(-1).tolist(), strict=True))
    end = dict(zip(places, out.end_logits[0, places].softmax(-1).tolist(), strict=True))
    spans = [(start[a] * end[b], offsets[a][0], offsets[b][1]) for a in places[1:] for b in places[1:] if a <= b]
    score, first, last = max(spans)
    return text[first:last], score


def test_the_answer_to_a_question_is_the_likeliest_span(client: InferenceClient, shelf: Shelf) -> None:
    question, texts = "is the film funny", ("the story is dull, the music lovely", "a warm and funny film")
    found = results_of(ask(client, "acme/reader", "question-answering", question, *texts), Span)
    for text, result in zip(texts, found, strict=True):
        answer, score = best_span(shelf, question, text)
        assert result.answer == answer == text[result.start : result.end]
        assert result.score == pytest.approx(score, abs=1e-5)


def test_a_long_text_is_searched_in_windows(client: InferenceClient) -> None:
    result = results_of(ask(client, "acme/reader", "question-answering", "is the film funny", LONG), Span)[0]
    assert result.note
    assert result.note.unit == "windows"
    assert LONG[result.start : result.end] == result.answer != ""


def test_labels_of_ones_own_are_ranked_by_entailment(client: InferenceClient, shelf: Shelf) -> None:
    import torch

    text, labels = "the film is lovely", ["music", "story", "dull"]
    model, tokenizer = bare(shelf, "acme/nli", "AutoModelForSequenceClassification")
    batch = tokenizer([text] * 3, [f"This example is {label}." for label in labels], return_tensors="pt", padding=True)
    with torch.inference_mode():
        expected = model(**batch).logits[:, 2].softmax(-1).tolist()
    found = ask(client, "acme/nli", "zero-shot-classification", text, labels="music, story,dull")
    scores = results_of(found, Scores)[0].scores
    assert {each.label: each.score for each in scores} == pytest.approx(
        dict(zip(labels, expected, strict=True)), abs=1e-5
    )
    assert [each.score for each in scores] == pytest.approx(sorted(expected, reverse=True), abs=1e-5)


def test_texts_are_scored_together_with_the_query(client: InferenceClient, shelf: Shelf) -> None:
    import torch

    query, texts = "a warm film", ["the music is lovely", "film", "a dull story with actors"]
    model, tokenizer = bare(shelf, "acme/ranker", "AutoModelForSequenceClassification")
    with torch.inference_mode():
        expected = [
            float(model(**tokenizer(query, text, return_tensors="pt")).logits.sigmoid().squeeze()) for text in texts
        ]
    found = results_of(ask(client, "acme/ranker", "text-ranking", query, *texts), Ranked)
    assert [each.text for each in found] == texts
    assert [each.score for each in found] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("task", "options", "prefix", "arguments"),
    [
        ("text2text-generation", {"max_new_tokens": 6}, "", {"max_new_tokens": 6}),
        ("summarization", {}, "film ", {"max_new_tokens": 9, "min_length": 4, "num_beams": 2}),
        ("summarization", {"max_new_tokens": 3}, "film ", {"max_new_tokens": 3, "min_length": 3, "num_beams": 2}),
        ("translation", {"source": "en", "target": "fr"}, "music ", {"max_new_tokens": 7}),
        ("translation", {}, "scene ", {"max_new_tokens": 7}),
    ],
)
def test_what_is_written_is_what_generate_writes(
    client: InferenceClient, shelf: Shelf, task: str, options: dict[str, Any], prefix: str, arguments: dict[str, Any]
) -> None:
    text = "the film is lovely"
    model, tokenizer = bare(shelf, "acme/rewriter", "AutoModelForSeq2SeqLM")
    batch = tokenizer(prefix + text, return_tensors="pt")
    out = model.generate(batch["input_ids"], attention_mask=batch["attention_mask"], do_sample=False, **arguments)[0]
    result = results_of(ask(client, "acme/rewriter", task, text, **options), Written)[0]
    assert result.text == tokenizer.decode(out, skip_special_tokens=True)
    assert 0 < result.new_tokens <= arguments["max_new_tokens"]


@pytest.mark.parametrize(
    ("model", "task", "inputs", "options", "part"),
    [
        ("acme/reader", "question-answering", ["alone"], {}, "needs a text"),
        ("acme/reader", "question-answering", ["film " * 60, "a film"], {}, "question is too long"),
        ("acme/ranker", "text-ranking", ["film"], {}, "a query and then texts"),
        ("acme/nli", "text-ranking", ["film", "a film"], {}, "labels, not one score"),
        ("acme/nli", "zero-shot-classification", ["film"], {}, "Say between which labels"),
        ("acme/nli", "zero-shot-classification", ["film"], {"labels": "one,"}, "Say between which labels"),
        ("acme/ranker", "zero-shot-classification", ["film"], {"labels": "a,b"}, "natural language inference"),
        (
            "acme/tagger",
            "zero-shot-classification",
            ["film"],
            {"labels": "a,b"},
            "was trained for token-classification, not for zero-shot",
        ),
        ("acme/rewriter", "translation", ["film"], {"target": "xx"}, "en_to_de, en_to_fr"),
        ("acme/reader", "fill-mask", ["a [MASK]"], {}, "was not trained for fill-mask"),
        ("acme/reader", "summarization", ["film"], {}, "architecture"),
    ],
)
def test_what_a_task_cannot_do_is_said_with_what_to_do(
    client: InferenceClient, model: str, task: str, inputs: list[str], options: dict[str, Any], part: str
) -> None:
    with pytest.raises(InferenceFailed) as refusal:
        ask(client, model, task, *inputs, **options)
    assert part in refusal.value.message


def test_a_model_of_many_languages_is_told_which(tmp_path: Path) -> None:
    from jobs.inference.worker.errors import CannotAnswer
    from jobs.inference.worker.loading import Loaded
    from jobs.inference.worker.tasks.translation import _languages

    loaded = Loaded(None, text_models.many_languages(), "cpu", 64, tmp_path)
    number = loaded.tokenizer.convert_tokens_to_ids("deu_Latn")
    assert _languages(loaded, "eng", "de") == {"forced_bos_token_id": number, "source": "eng_Latn"}
    with pytest.raises(CannotAnswer, match="Into which language"):
        _languages(loaded, None, None)
    with pytest.raises(CannotAnswer, match=r"target=e is not clear\. This model knows eng_Latn, est_Latn"):
        _languages(loaded, None, "e")


def test_a_translation_begins_with_the_language_that_is_asked_for(client: InferenceClient, shelf: Shelf) -> None:
    def expected(source: str, target: str) -> str:
        tokenizer.src_lang = source
        batch = tokenizer("film film", return_tensors="pt")
        number = tokenizer.convert_tokens_to_ids(target)
        out = model.generate(**batch, forced_bos_token_id=number, max_new_tokens=5, do_sample=False)
        return str(tokenizer.decode(out[0], skip_special_tokens=True)).strip()

    def found(**options: Any) -> str:
        answer = ask(client, "acme/languages", "translation", "film film", max_new_tokens=5, **options)
        return results_of(answer, Written)[0].text

    model, tokenizer = bare(shelf, "acme/languages", "AutoModelForSeq2SeqLM")
    assert (
        len({expected("eng_Latn", "est_Latn"), expected("eng_Latn", "deu_Latn"), expected("deu_Latn", "est_Latn")}) == 3
    )
    assert found(source="deu", target="est") == expected("deu_Latn", "est_Latn")
    # The source of one request does not stay for the next.
    assert found(target="est_Latn") == expected("eng_Latn", "est_Latn")


@pytest.mark.parametrize(
    ("tag", "architecture", "asked", "task"),
    [
        ("token-classification", "X", None, "token-classification"),
        (None, "BertForTokenClassification", None, "token-classification"),
        (None, "BertForQuestionAnswering", None, "question-answering"),
        (None, "BartForConditionalGeneration", None, "text2text-generation"),
        (None, "T5WithLMHeadModel", None, "text2text-generation"),
        (None, "GPT2LMHeadModel", None, "text-generation"),
        (None, "MarianMTModel", None, "translation"),
        (None, "BertModel", None, "sentence-similarity"),
        (None, "HubertForCTC", None, "automatic-speech-recognition"),
        (None, "WhisperForConditionalGeneration", None, "automatic-speech-recognition"),
        (None, "ASTForAudioClassification", None, "audio-classification"),
        (None, "Wav2Vec2ForSequenceClassification", None, "audio-classification"),
        (None, "TapasForQuestionAnswering", None, "table-question-answering"),
        ("text-to-speech", "VitsModel", None, "text-to-audio"),
        ("translation", "LlamaForCausalLM", None, "text-generation"),
        (
            "text-classification",
            "BertForSequenceClassification",
            "zero-shot-classification",
            "zero-shot-classification",
        ),
        ("feature-extraction", "BertModel", None, "sentence-similarity"),
        (None, "ViTForImageClassification", None, "image-classification"),
        (None, "MaskFormerForInstanceSegmentation", None, "image-segmentation"),
        (None, "OwlViTForObjectDetection", None, "zero-shot-object-detection"),
        (None, "ViltForQuestionAnswering", None, "visual-question-answering"),
        (None, "Qwen2VLForConditionalGeneration", None, "image-text-to-text"),
        ("image-to-text", "GitForCausalLM", None, "image-text-to-text"),
        (None, "CLIPModel", "vqa", "visual-question-answering"),
    ],
)
def test_the_task_is_found(tag: str | None, architecture: str, asked: str | None, task: str) -> None:
    assert resolve_task(tag, [architecture], asked) == task


def test_options_that_one_task_alone_has_choose_it() -> None:
    assert {task for task in TASKS if not find_spec(f"jobs.inference.worker.tasks.{task.replace('-', '_')}")} == set()
    seen = [("zero-shot-image-classification", []), (None, ["OwlViTForObjectDetection"]), ("vqa", ["BlipModel"])]
    assert [task_implied({"labels": "a,b"}, *about) for about in seen] == [
        "zero-shot-image-classification",
        "zero-shot-object-detection",
        "zero-shot-classification",
    ]
    assert [task_implied(options) for options in ({}, {"labels": "a,b"}, {"target": "de"}, {"seed": 1})] == [
        None,
        "zero-shot-classification",
        "translation",
        None,
    ]
    assert task_implied({"labels": "a,b"}, None, ["ClapModel"]) == "zero-shot-audio-classification"
    assert task_implied({"target": "en"}, "automatic-speech-recognition") == "automatic-speech-recognition"
    with pytest.raises(Mistake, match="`/hf help run` lists the tasks"):
        resolve_task("image-to-image", [], None)


def test_pieces_carry_their_ids_and_the_characters_that_they_stand_for(client: InferenceClient, shelf: Shelf) -> None:
    text = "A lovely Film"
    result = results_of(ask(client, "acme/tagger", "tokenize", text), Tokens)[0]
    _, tokenizer = bare(shelf, "acme/tagger", "AutoModelForTokenClassification")
    assert [each.id for each in result.pieces] == tokenizer(text)["input_ids"]
    assert [(each.piece, text[each.start : each.end]) for each in result.pieces if not each.special] == [
        ("a", "A"),
        ("love", "love"),
        ("##ly", "ly"),
        ("film", "Film"),
    ]
    assert (result.count, result.special, result.characters) == (6, 2, len(text))
    assert (result.tokenizer.algorithm, result.tokenizer.vocabulary) == ("WordPiece", 33)
    assert result.tokenizer.normalizer == "BertNormalizer (clean_text, handle_chinese_chars, lowercase)"


def test_a_byte_level_tokenizer_is_named_so(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    from jobs.inference.worker.tasks.tokenize import describe

    tokenizer = Tokenizer(models.BPE({"Ġ": 0, "a": 1}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    tokenizer.decoder = decoders.ByteLevel()
    about = describe(PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>"))
    assert about == results.Tokenizer("byte-level BPE", "", 3, ("</s>",))


def test_a_tokenizer_is_enough_to_tokenize(client: InferenceClient, shelf: Shelf) -> None:
    bare_files = shelf.put("acme/no-weights", shelf.snapshot("acme/tagger"))
    (bare_files / "model.safetensors").unlink()
    assert results_of(ask(client, "acme/no-weights", "tokenize", "a film"), Tokens)[0].count == 4


@pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")
def test_a_marian_model_translates_with_its_sentence_pieces(
    client: InferenceClient, shelf: Shelf, tmp_path: Path
) -> None:
    save_marian(tmp_path, LONG)
    shelf.put("acme/marian", tmp_path)
    model, tokenizer = bare(shelf, "acme/marian", "AutoModelForSeq2SeqLM")
    out = model.generate(**tokenizer("the film is lovely", return_tensors="pt"), max_new_tokens=6, num_beams=1)
    result = results_of(ask(client, "acme/marian", "translation", "the film is lovely", max_new_tokens=6), Written)[0]
    assert result.text == tokenizer.decode(out[0], skip_special_tokens=True).strip() != ""


def test_a_missing_sentencepiece_is_named() -> None:
    from jobs.inference.worker.errors import translate

    raised = ImportError("M2M100Tokenizer requires the SentencePiece library but it was not found in your environment.")
    assert translate(raised, "acme/many").message == (
        "acme/many needs the Python package sentencepiece. Ask whoever runs me to install it."
    )


@pytest.mark.parametrize(
    ("model", "task", "options", "part"),
    [
        ("acme/rewriter", "summarization", {"target": "de"}, "`target` is not an option of summarization"),
        ("acme/rewriter", "text2text-generation", {"top_p": 2}, "0.01 to 1"),
        ("acme/rewriter", "translation", {"labels": "a,b"}, "`labels` is not an option of translation"),
    ],
)
def test_an_option_of_another_task_or_out_of_range_is_told(
    client: InferenceClient, model: str, task: str, options: dict[str, Any], part: str
) -> None:
    with pytest.raises(InferenceFailed) as refusal:
        ask(client, model, task, "film", **options)
    assert (refusal.value.kind, part in refusal.value.message) == ("input", True)
