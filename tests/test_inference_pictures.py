"""Every task of pictures and videos answers what transformers' own pipeline answers, on tiny random models."""

import uuid
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.results import (
    Areas,
    Artefact,
    Boxes,
    Depth,
    Matches,
    PageAnswer,
    Reading,
    Scores,
    Vector,
    Written,
)
from jobs.inference.client import InferenceClient, InferenceFailed
from jobs.inference.protocol import Reply, Request
from world import picture_models
from world.model_shelf import SHA, Shelf, by_pipeline, near, results_of
from world.picture_files import film, pdf, picture

pytestmark = pytest.mark.xdist_group("inference-pictures")
QUESTION = "what is the colour of the fish"


@pytest.fixture(scope="module")
def shelf(shared_shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    import torch
    import transformers

    # Threads that wait by spinning take the worker's cores away.
    torch.set_num_threads(1)
    for name, make in picture_models.MODELS.items():
        transformers.set_seed(3)
        folder = tmp_path_factory.mktemp(name)
        make(folder)
        shared_shelf.put(f"acme/{name}", folder)
    return shared_shelf


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A request's folder with pictures in it, a video of four frames, and a page of a PDF."""
    for number, size in enumerate([(48, 40), (64, 64), (40, 40)], 1):
        picture(number, size).save(tmp_path / f"{number}.png")
    film(tmp_path / "film.mp4")
    (tmp_path / "bill.pdf").write_bytes(pdf("the total is 12 euros"))
    return tmp_path


def ask(client: InferenceClient, model: str, task: str, folder: Path, *inputs: str, **options: Any) -> Reply:
    """Asks with texts, and with files where an input is the name of one in `folder`."""
    given = [{"file": each} if (folder / each).is_file() else each for each in inputs]
    return client.ask(Request(uuid.uuid4().hex, f"acme/{model}", SHA, task, given, options, folder=str(folder)), 120)


def pipe(shelf: Shelf, model: str, task: str, *inputs: object, **options: object) -> Any:
    return by_pipeline(shelf.snapshot(f"acme/{model}"), task, *inputs, **options)


def scored(found: Any) -> dict[str, float]:
    return {each["label"]: near(each["score"], 1e-4) for each in found}


def scores(result: Scores) -> dict[str, float]:
    assert list(result.scores) == sorted(result.scores, key=lambda each: -each.score)
    return {each.label: each.score for each in result.scores}


def drawn(folder: Path, result: Artefact) -> Image.Image:
    """The picture that goes with a result, which tells in words what it shows."""
    assert result.alt
    with Image.open(folder / result.file) as image:
        assert max(image.size) <= 1600
        return image.copy()


def test_pictures_are_classified(client: InferenceClient, shelf: Shelf, folder: Path) -> None:
    found = results_of(ask(client, "vit", "image-classification", folder, "1.png", "2.png"), Scores)
    for name, result in zip(("1.png", "2.png"), found, strict=True):
        assert scores(result) == scored(pipe(shelf, "vit", "image-classification", str(folder / name)))
    assert scores(found[0]) != scores(found[1])


def test_pictures_get_the_labels_that_are_typed(client: InferenceClient, shelf: Shelf, folder: Path) -> None:
    labels = ["cat", "red fish"]
    options = {"candidate_labels": labels}
    expected = pipe(shelf, "clip", "zero-shot-image-classification", str(folder / "1.png"), **options)
    answer = ask(client, "clip", "zero-shot-image-classification", folder, "1.png", labels=", ".join(labels))
    assert scores(results_of(answer, Scores)[0]) == scored(expected)


def test_things_are_framed(client: InferenceClient, shelf: Shelf, folder: Path) -> None:
    expected = pipe(shelf, "yolos", "object-detection", str(folder / "1.png"), threshold=0.5)
    (result,) = results_of(ask(client, "yolos", "object-detection", folder, "1.png"), Boxes)
    assert expected
    check_boxes(result, expected)
    assert drawn(folder, result).size == (48, 40)
    assert result.alt.startswith(f"1.png with {len(expected)} frame")


def check_boxes(result: Boxes, expected: Any) -> None:
    in_order = sorted(expected, key=lambda each: -each["score"])
    assert [each.label for each in result.boxes] == [each["label"] for each in in_order]
    assert [list(each.box) for each in result.boxes] == [list(each["box"].values()) for each in in_order]
    assert [each.score for each in result.boxes] == pytest.approx([each["score"] for each in in_order], abs=1e-4)


def test_things_that_are_named_are_framed(client: InferenceClient, shelf: Shelf, folder: Path) -> None:
    labels = ["cat", "red fish"]
    expected = pipe(shelf, "owl", "zero-shot-object-detection", str(folder / "1.png"), candidate_labels=labels)
    (result,) = results_of(
        ask(client, "owl", "zero-shot-object-detection", folder, "1.png", labels="cat, red fish"), Boxes
    )
    assert {each["label"] for each in expected} == set(labels)
    check_boxes(result, expected)
    drawn(folder, result)


@pytest.mark.parametrize("model", ["segformer", "maskformer"])
def test_areas_are_coloured(client: InferenceClient, shelf: Shelf, folder: Path, model: str) -> None:
    expected = pipe(shelf, model, "image-segmentation", str(folder / "1.png"))
    (result,) = results_of(ask(client, model, "image-segmentation", folder, "1.png"), Areas)
    shares = sorted(((np.asarray(each["mask"]) > 0).mean() for each in expected), reverse=True)
    assert expected
    assert [each.share for each in result.segments] == pytest.approx(shares)
    kinds = [
        sorted((each["label"], round(each["score"] or 0, 3)) for each in found)
        for found in (expected, map(asdict, result.segments))
    ]
    assert kinds[0] == kinds[1]
    assert drawn(folder, result).size == (48, 40)


def test_depth_is_a_map(client: InferenceClient, shelf: Shelf, folder: Path) -> None:
    expected = pipe(shelf, "dpt", "depth-estimation", str(folder / "1.png"))
    (result,) = results_of(ask(client, "dpt", "depth-estimation", folder, "1.png"), Depth)
    values = expected["predicted_depth"]
    assert (result.least, result.most) == pytest.approx((float(values.min()), float(values.max())))
    np.testing.assert_allclose(np.asarray(drawn(folder, result)), np.asarray(expected["depth"]), atol=1)


def test_outlines_are_those_of_the_bare_model(client: InferenceClient, shelf: Shelf, folder: Path) -> None:
    import torch
    from transformers import pipeline

    bare = pipeline("mask-generation", model=str(shelf.snapshot("acme/sam")))
    # Its last step needs torchvision: of masks that overlap, it keeps the surest.
    with torch.inference_mode():
        parts = [bare._forward(dict(part)) for part in bare.preprocess(picture(1, (48, 40)))]
    certain = torch.cat([part["iou_scores"] for part in parts]).sort(descending=True).values.tolist()
    (result,) = results_of(ask(client, "sam", "mask-generation", folder, "1.png"), Areas)
    kept = [each.score or 0.0 for each in result.segments]
    assert kept == sorted(kept, reverse=True)
    assert 1 <= len(kept) < len(certain)
    assert kept[0] == pytest.approx(certain[0], abs=1e-4)
    assert result.segments[0].label == "mask 1"
    drawn(folder, result)


def test_of_boxes_that_overlap_the_surest_stays() -> None:
    import torch

    from jobs.inference.worker.tasks.mask_generation import apart

    boxes = torch.tensor([[0, 0, 10, 10], [0, 0, 10, 9], [20, 20, 30, 30], [0, 0, 10, 6]])
    assert apart(boxes, torch.tensor([0.5, 0.9, 0.1, 0.3])) == [1, 3, 2]


def test_the_same_points_are_joined(client: InferenceClient, shelf: Shelf, folder: Path) -> None:
    names = ["2.png", "3.png"]
    expected = pipe(shelf, "superglue", "keypoint-matching", [str(folder / name) for name in names])
    (result,) = results_of(ask(client, "superglue", "keypoint-matching", folder, *names), Matches)
    assert result.count == len(expected) > 0
    found = {(*each.first, *each.second): each.score for each in result.matches}
    assert found == {
        (*each["keypoint_image_0"].values(), *each["keypoint_image_1"].values()): pytest.approx(each["score"], abs=1e-4)
        for each in expected
    }
    drawn(folder, result)


def test_a_picture_is_a_vector_and_several_are_compared(client: InferenceClient, shelf: Shelf, folder: Path) -> None:
    names = ["1.png", "2.png", "1.png"]
    one, other = (
        np.array(pipe(shelf, "vit_features", "image-feature-extraction", str(folder / name)))[0, 0]
        for name in names[:2]
    )
    first, second, third = results_of(ask(client, "vit_features", "image-feature-extraction", folder, *names), Vector)
    norm = near(np.linalg.norm(one), 1e-4)
    assert first == Vector(16, norm, near(one[:8], 1e-4))
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    assert (second.score, third.score) == pytest.approx((cosine, 1.0), abs=1e-4)
    assert results_of(ask(client, "clip", "image-feature-extraction", folder, "1.png"), Vector)[0].size == 16


def test_a_video_is_classified_by_its_frames(client: InferenceClient, shelf: Shelf, folder: Path) -> None:
    expected = pipe(shelf, "videomae", "video-classification", str(folder / "film.mp4"))
    (result,) = results_of(ask(client, "videomae", "video-classification", folder, "film.mp4"), Scores)
    assert scores(result) == scored(expected)
    assert result.note == Reading("stills", 4)


def test_an_answer_about_a_picture_is_chosen(client: InferenceClient, shelf: Shelf, folder: Path) -> None:
    import torch
    from transformers import AutoProcessor, ViltForQuestionAnswering

    files = shelf.snapshot("acme/vilt")
    inputs = AutoProcessor.from_pretrained(files)(picture(1, (48, 40)), QUESTION, return_tensors="pt")
    with torch.inference_mode():
        logits = ViltForQuestionAnswering.from_pretrained(files).eval()(**inputs).logits[0]
    (result,) = results_of(ask(client, "vilt", "visual-question-answering", folder, QUESTION, "1.png"), Scores)
    expected = dict(zip(picture_models.LABELS.values(), logits.sigmoid().tolist(), strict=True))
    assert scores(result) == pytest.approx(expected, abs=1e-4)


def test_an_answer_about_a_picture_is_written(client: InferenceClient, shelf: Shelf, folder: Path) -> None:
    from transformers import AutoProcessor, BlipForQuestionAnswering

    files = shelf.snapshot("acme/blip")
    processor = AutoProcessor.from_pretrained(files)
    inputs = processor(picture(1, (48, 40)), QUESTION, return_tensors="pt")
    out = BlipForQuestionAnswering.from_pretrained(files).generate(**inputs, max_new_tokens=5, do_sample=False)
    expected = processor.decode(out[0], skip_special_tokens=True)
    options = {"max_new_tokens": 5}
    found = results_of(
        ask(client, "blip", "visual-question-answering", folder, QUESTION, "1.png", "2.png", **options), Written
    )
    assert (len(found), found[0].text) == (2, expected)


def test_a_caption_is_what_the_pipeline_writes(client: InferenceClient, shelf: Shelf, folder: Path) -> None:
    image, text = picture(1, (48, 40)), "a photo of"
    options = {"max_new_tokens": 6, "return_full_text": False}
    (expected,) = pipe(shelf, "caption", "image-text-to-text", image, text=text, **options)
    (result,) = results_of(
        ask(client, "caption", "image-text-to-text", folder, text, "1.png", max_new_tokens=6), Written
    )
    assert result.text == expected["generated_text"].strip() != ""
    assert results_of(ask(client, "caption", "image-text-to-text", folder, "1.png", max_new_tokens=4), Written)[0].text


def test_a_model_that_talks_is_asked_as_it_was_trained(client: InferenceClient, shelf: Shelf, folder: Path) -> None:
    content = [{"type": "image", "image": str(folder / "1.png")}, {"type": "text", "text": QUESTION}]
    options = {"max_new_tokens": 6, "return_full_text": False}
    turns = [{"role": "user", "content": content}]
    (expected,) = pipe(shelf, "llava", "image-text-to-text", text=turns, **options)
    # The pipeline of any-to-any cannot be made without torchvision; it writes the same way.
    for task in ("image-text-to-text", "any-to-any"):
        (result,) = results_of(ask(client, "llava", task, folder, QUESTION, "1.png", max_new_tokens=6), Written)
        assert result.text == expected["generated_text"].strip() != ""
        assert 0 < result.new_tokens <= 6
    assert results_of(ask(client, "llava", "any-to-any", folder, QUESTION, max_new_tokens=4), Written)[0].text


def test_a_model_that_could_also_see_videos_looks_at_pictures(client: InferenceClient, folder: Path) -> None:
    options = {"max_new_tokens": 6}
    found = [
        results_of(ask(client, "smolvlm", "image-text-to-text", folder, QUESTION, *names, **options), Written)[0].text
        for names in (["1.png"], ["2.png"], ["1.png", "2.png"], ["1.png"])
    ]
    assert found[0] == found[3] != ""
    assert len(set(found)) > 1


def test_an_answer_is_found_among_the_words_of_a_page(client: InferenceClient, shelf: Shelf, folder: Path) -> None:
    from jobs.inference.worker.documents import page_words

    words = page_words(folder / "bill.pdf", 0)
    assert [word for word, _ in words] == ["the", "total", "is", "12", "euros"]
    boxes = [[word, list(box)] for word, box in words]
    asked = {"question": "what is the total", "image": None, "word_boxes": boxes}
    (expected,) = pipe(shelf, "layoutlm", "document-question-answering", **asked)
    (result,) = results_of(
        ask(client, "layoutlm", "document-question-answering", folder, "what is the total", "bill.pdf"), PageAnswer
    )
    assert (result.answer, result.page) == (expected["answer"], 1)
    assert result.score == pytest.approx(expected["score"], abs=1e-4)
    drawn(folder, result)


def test_an_answer_is_read_off_a_page(client: InferenceClient, shelf: Shelf, folder: Path) -> None:
    from transformers import DonutProcessor, VisionEncoderDecoderModel

    files = shelf.snapshot("acme/donut")
    processor = DonutProcessor.from_pretrained(files)
    pixels = processor.image_processor(picture(1, (48, 40)), return_tensors="pt").pixel_values
    prompt = f"<s_docvqa><s_question>{QUESTION}</s_question><s_answer>"
    ids = processor.tokenizer(prompt, add_special_tokens=False, return_tensors="pt").input_ids
    model = VisionEncoderDecoderModel.from_pretrained(files)
    out = model.generate(pixels, decoder_input_ids=ids, max_new_tokens=6, do_sample=False, pad_token_id=0)
    written = processor.tokenizer.decode(out[0, ids.shape[1] :]).split("</s_answer>")[0]
    options = {"max_new_tokens": 6}
    (result,) = results_of(
        ask(client, "donut", "document-question-answering", folder, QUESTION, "1.png", **options), PageAnswer
    )
    assert [word for word in written.split() if "<" not in word] == result.answer.split()


def test_a_model_that_talks_chooses(client: InferenceClient, shelf: Shelf, folder: Path) -> None:
    question = {
        "type": "choice",
        "instructions": "Which of the options fits best?",
        "criteria": {"cat": "cat", "red fish": "red fish"},
    }
    request = {"state": "this is the fish", "questions": {"choice": question}}
    expected = pipe(shelf, "talker", "decision", request)["choice"]["probabilities"]
    (result,) = results_of(
        ask(client, "talker", "decision", folder, "this is the fish", labels="cat, red fish"), Scores
    )
    assert scores(result) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("model", "task", "inputs", "options", "part"),
    [
        ("vit", "image-classification", ["a cat"], {}, "Attach a picture"),
        ("vit", "image-classification", ["a cat", "1.png"], {}, "Leave the text out"),
        ("videomae", "video-classification", ["1.png"], {}, "is a still picture. Attach an MP4"),
        ("videomae", "video-classification", ["a cat"], {}, "Attach a video"),
        ("clip", "zero-shot-image-classification", ["1.png"], {}, "Say between which labels"),
        ("owl", "zero-shot-object-detection", ["1.png"], {}, "Say what to look for"),
        ("superglue", "keypoint-matching", ["1.png"], {}, "Attach two of the same thing"),
        ("vilt", "visual-question-answering", ["1.png"], {}, "Ask one question about the picture"),
        ("layoutlm", "document-question-answering", [QUESTION, "1.png"], {}, "Attach a PDF with text in it"),
        ("layoutlm", "document-question-answering", ["bill.pdf"], {}, "Ask one question about the document"),
        ("llava", "image-text-to-text", [QUESTION, "1.png"], {"top_p": 2}, "0.01 to 1"),
        ("llava", "image-text-to-text", [QUESTION], {}, "Attach a picture"),
        ("talker", "text-generation", ["1.png"], {}, "takes texts and looks at no pictures"),
        ("vit", "object-detection", ["1.png"], {}, "cannot do this task"),
        ("vit", "image-segmentation", ["1.png"], {}, "cannot do this task"),
        ("vit_features", "image-classification", ["1.png"], {}, "was not trained for image-classification"),
    ],
)
def test_what_a_task_cannot_do_is_said_with_what_to_do(
    client: InferenceClient, folder: Path, model: str, task: str, inputs: list[str], options: dict[str, Any], part: str
) -> None:
    with pytest.raises(InferenceFailed) as refusal:
        ask(client, model, task, folder, *inputs, **options)
    assert part in refusal.value.message
