"""Randomly initialised models of pictures, one function an architecture, as in `architectures`."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from transformers import (
    CLIPConfig,
    CLIPImageProcessorPil,
    CLIPModel,
    DPTConfig,
    DPTForDepthEstimation,
    DPTImageProcessorPil,
    LayoutLMConfig,
    LayoutLMForQuestionAnswering,
    PreTrainedModel,
    SegformerConfig,
    SegformerForSemanticSegmentation,
    SegformerImageProcessorPil,
    YolosConfig,
    YolosForObjectDetection,
    YolosImageProcessorPil,
)

from sandbox.seed.architectures import WIDTH, Tokenizers, positions
from sandbox.seed.vocabulary import LONGEST_TEXT

SIDE, PATCH = 64, 16
SQUARE = {"height": SIDE, "width": SIDE}
HEADS, INNER = 2, 2 * WIDTH
LAYERS = {"hidden_size": WIDTH, "num_attention_heads": HEADS, "intermediate_size": INNER}
# Drawn wide, so that answers differ from picture to picture.
WIDE = 0.15


def object_detector(folder: Path, _: Tokenizers, labels: Sequence[str]) -> PreTrainedModel:
    """A YOLOS that looks for eight things."""
    config = YolosConfig(
        hidden_size=WIDTH,
        num_attention_heads=HEADS,
        intermediate_size=INNER,
        num_hidden_layers=2,
        image_size=[SIDE, SIDE],
        patch_size=PATCH,
        num_detection_tokens=8,
        initializer_range=2 * WIDE,
        id2label=dict(enumerate(labels)),
        label2id=positions(labels),
    )
    YolosImageProcessorPil(size={"shortest_edge": SIDE, "longest_edge": 2 * SIDE}).save_pretrained(folder)
    model = YolosForObjectDetection(config)
    # An untrained one sees the same nothing eight times: here each looks elsewhere, and nothing is never an answer.
    torch.nn.init.normal_(model.vit.embeddings.detection_tokens, std=4.0)
    classifier = model.class_labels_classifier.layers[-1]
    assert isinstance(classifier.bias, Tensor)  # noqa: S101  # for the type checker: a layer's attribute may be anything
    torch.nn.init.constant_(classifier.bias[-1:], -20.0)
    return _save(model, folder)


def segmenter(folder: Path, _: Tokenizers, labels: Sequence[str]) -> PreTrainedModel:
    """A SegFormer of two stages."""
    config = SegformerConfig(
        num_encoder_blocks=2,
        depths=[1, 1],
        sr_ratios=[2, 1],
        hidden_sizes=[WIDTH // 2, WIDTH],
        patch_sizes=[7, 3],
        strides=[4, 2],
        num_attention_heads=[1, 2],
        mlp_ratios=[2, 2],
        decoder_hidden_size=WIDTH,
        initializer_range=WIDE,
        id2label=dict(enumerate(labels)),
        label2id=positions(labels),
    )
    SegformerImageProcessorPil(size=SQUARE).save_pretrained(folder)
    return _save(SegformerForSemanticSegmentation(config), folder)


def depth_estimator(folder: Path, _: Tokenizers, __: Sequence[str]) -> PreTrainedModel:
    """A DPT on a transformer of four layers."""
    config = DPTConfig(
        hidden_size=WIDTH,
        num_attention_heads=HEADS,
        intermediate_size=INNER,
        num_hidden_layers=4,
        image_size=SIDE,
        patch_size=PATCH,
        is_hybrid=False,
        backbone_out_indices=[0, 1, 2, 3],
        neck_hidden_sizes=[8, 8, 8, 8],
        fusion_hidden_size=8,
        initializer_range=WIDE,
    )
    DPTImageProcessorPil(size=SQUARE).save_pretrained(folder)
    return _save(DPTForDepthEstimation(config), folder)


def picture_text_matcher(folder: Path, tokenizers: Tokenizers, _: Sequence[str]) -> PreTrainedModel:
    """A CLIP, for labels of one's own."""
    words = tokenizers.wordpiece
    config = CLIPConfig(
        text_config={
            **LAYERS,
            "num_hidden_layers": 1,
            "vocab_size": len(words),
            "max_position_embeddings": LONGEST_TEXT,
            "bos_token_id": words.cls_token_id,
            "eos_token_id": words.sep_token_id,
            "pad_token_id": words.pad_token_id,
        },
        vision_config={**LAYERS, "num_hidden_layers": 1, "image_size": SIDE, "patch_size": PATCH},
        projection_dim=WIDTH,
    )
    CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size=SQUARE).save_pretrained(folder)
    words.save_pretrained(folder)
    return _save(CLIPModel(config), folder)


def document_reader(folder: Path, tokenizers: Tokenizers, _: Sequence[str]) -> PreTrainedModel:
    """A LayoutLM, which looks at words and at where they stand on the page."""
    config = LayoutLMConfig(
        hidden_size=WIDTH,
        num_attention_heads=HEADS,
        intermediate_size=INNER,
        num_hidden_layers=1,
        vocab_size=len(tokenizers.wordpiece),
        max_position_embeddings=LONGEST_TEXT,
        pad_token_id=tokenizers.wordpiece.pad_token_id,
        initializer_range=2 * WIDE,
    )
    tokenizers.wordpiece.save_pretrained(folder)
    return _save(LayoutLMForQuestionAnswering(config), folder)


def _save(model: PreTrainedModel, folder: Path) -> PreTrainedModel:
    model.save_pretrained(folder)
    return model
