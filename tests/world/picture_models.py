"""Tiny random models that look at pictures, in the layout of the Hub; each function writes one into a folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from world.model_shelf import shaped

LABELS = {0: "cat", 1: "dog", 2: "fish"}
NAMED = {"id2label": LABELS, "label2id": {name: at for at, name in LABELS.items()}}
SIZE = {"height": 32, "width": 32}
SMALL = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
VIT = {**SMALL, "image_size": 32, "patch_size": 8, "initializer_range": 0.5}
WORDS = ["a", "photo", "of", "this", "is", "cat", "dog", "fish", "what", "colour", "the", "red", "describe", "shows"]
# Drawn wide, so that answers differ between pictures.
WIDE = {"initializer_range": 0.5}


def words(*special: str, **named: str) -> Any:
    """A tokenizer of a few words and the letters A to C."""
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *special, *WORDS, "A", "B", "C", "total", "12", "euros"]
    tokenizer = Tokenizer(models.WordLevel({token: at for at, token in enumerate(tokens)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence([])
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        eos_token="[SEP]",
        bos_token="[CLS]",
        model_max_length=64,
        additional_special_tokens=list(special),
        **named,
    )


def vit(folder: Path, labels: dict[int, str] = LABELS) -> None:
    named = {"id2label": labels, "label2id": {name: at for at, name in labels.items()}}
    config = shaped(transformers.ViTConfig, **VIT, **named)
    _save(folder, transformers.ViTForImageClassification(config), _vit_pictures())


def vit_features(folder: Path) -> None:
    _save(folder, transformers.ViTModel(shaped(transformers.ViTConfig, **VIT)), _vit_pictures())


def clip(folder: Path) -> None:
    text = {**SMALL, "vocab_size": len(words()), "max_position_embeddings": 64, "eos_token_id": 3, "bos_token_id": 2}
    config = transformers.CLIPConfig(
        text_config=text, vision_config={**SMALL, "image_size": 32, "patch_size": 8}, projection_dim=16
    )
    pictures = transformers.CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=SIZE)
    _save(folder, transformers.CLIPModel(config), pictures, words())


def yolos(folder: Path) -> None:
    shape = {**VIT, "image_size": [32, 32], "num_detection_tokens": 5}
    pictures = transformers.YolosImageProcessorPil(size={"shortest_edge": 32, "longest_edge": 64})
    _save(folder, transformers.YolosForObjectDetection(shaped(transformers.YolosConfig, **shape, **NAMED)), pictures)


def owl(folder: Path) -> None:
    text = {**SMALL, "vocab_size": len(words()), "max_position_embeddings": 16, "eos_token_id": 3, "bos_token_id": 2}
    config = transformers.OwlViTConfig(
        text_config=text, vision_config={**SMALL, "image_size": 32, "patch_size": 8}, projection_dim=16
    )
    pictures = transformers.OwlViTImageProcessorPil(size=SIZE, crop_size=SIZE)
    _save(folder, transformers.OwlViTForObjectDetection(config), pictures, words())


def segformer(folder: Path) -> None:
    config = shaped(
        transformers.SegformerConfig,
        num_encoder_blocks=2,
        depths=[1, 1],
        sr_ratios=[2, 1],
        hidden_sizes=[8, 16],
        patch_sizes=[7, 3],
        strides=[4, 2],
        num_attention_heads=[1, 2],
        mlp_ratios=[2, 2],
        decoder_hidden_size=16,
        **WIDE,
        **NAMED,
    )
    pictures = transformers.SegformerImageProcessorPil(size=SIZE)
    _save(folder, transformers.SegformerForSemanticSegmentation(config), pictures)


def maskformer(folder: Path) -> None:
    backbone = shaped(
        transformers.SwinConfig,
        image_size=32,
        patch_size=4,
        embed_dim=8,
        depths=[1, 1, 1, 1],
        num_heads=[1, 1, 1, 1],
        window_size=2,
        out_features=["stage1", "stage2", "stage3", "stage4"],
    )
    decoder = shaped(
        transformers.DetrConfig,
        d_model=16,
        decoder_layers=1,
        encoder_layers=1,
        decoder_attention_heads=2,
        decoder_ffn_dim=16,
        num_queries=6,
        use_timm_backbone=False,
        backbone_config=shaped(transformers.ResNetConfig, out_features=["stage4"]),
        backbone=None,
    )
    config = shaped(
        transformers.MaskFormerConfig,
        backbone_config=backbone,
        decoder_config=decoder,
        fpn_feature_size=32,
        mask_feature_size=32,
        init_std=2.0,
        **NAMED,
    )
    pictures = transformers.MaskFormerImageProcessorPil(
        size={"height": 64, "width": 64}, size_divisor=32, ignore_index=255
    )
    _save(folder, transformers.MaskFormerForInstanceSegmentation(config), pictures)


def dpt(folder: Path) -> None:
    config = shaped(
        transformers.DPTConfig,
        **VIT | {"num_hidden_layers": 4},
        is_hybrid=False,
        backbone_out_indices=[0, 1, 2, 3],
        neck_hidden_sizes=[8, 8, 8, 8],
        fusion_hidden_size=8,
    )
    pictures = transformers.DPTImageProcessorPil(size=SIZE)
    _save(folder, transformers.DPTForDepthEstimation(config), pictures)


def sam(folder: Path) -> None:
    config = transformers.SamConfig(
        vision_config={
            "hidden_size": 16,
            "output_channels": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "image_size": 64,
            "patch_size": 16,
            "num_pos_feats": 8,
            "mlp_dim": 32,
            "window_size": 2,
            "global_attn_indexes": [0],
        },
        prompt_encoder_config={"hidden_size": 16, "image_size": 64, "patch_size": 16, "mask_input_channels": 4},
        mask_decoder_config={
            "hidden_size": 16,
            "mlp_dim": 32,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "iou_head_depth": 2,
            "iou_head_hidden_dim": 16,
        },
        initializer_range=1.0,
    )
    model = transformers.SamModel(config)
    # The network's own guess of how good a mask is, without which random ones would all be dropped.
    model.mask_decoder.iou_prediction_head.proj_out.bias.data.fill_(0.95)
    model.mask_decoder.iou_prediction_head.proj_out.weight.data.mul_(0.001)
    for layer in (model.mask_decoder.upscale_conv2,):
        layer.weight.data.mul_(30)
    pictures = transformers.SamImageProcessorPil(size={"longest_edge": 64}, pad_size={"height": 64, "width": 64})
    _save(folder, model, pictures)


def superglue(folder: Path) -> None:
    points = transformers.SuperPointConfig(
        encoder_hidden_sizes=[8, 8, 8, 16],
        decoder_hidden_size=16,
        keypoint_decoder_dim=65,
        descriptor_decoder_dim=16,
        keypoint_threshold=0.0,
        max_keypoints=24,
        border_removal_distance=0,
    )
    config = transformers.SuperGlueConfig(
        keypoint_detector_config=points,
        hidden_size=16,
        keypoint_encoder_sizes=[8, 8],
        gnn_layers_types=["self", "cross"],
        num_attention_heads=2,
        sinkhorn_iterations=10,
        matching_threshold=0.0,
    )
    pictures = transformers.SuperGlueImageProcessorPil(size={"height": 64, "width": 64})
    _save(folder, transformers.SuperGlueForKeypointMatching(config), pictures)


def videomae(folder: Path) -> None:
    config = shaped(transformers.VideoMAEConfig, **VIT, num_frames=4, tubelet_size=2, **NAMED)
    pictures = transformers.VideoMAEImageProcessorPil(size={"shortest_edge": 32}, crop_size=SIZE)
    _save(folder, transformers.VideoMAEForVideoClassification(config), pictures)


def vilt(folder: Path) -> None:
    config = shaped(
        transformers.ViltConfig,
        **VIT,
        vocab_size=len(words()),
        max_position_embeddings=40,
        max_image_length=-1,
        **NAMED,
    )
    pictures = shaped(transformers.ViltImageProcessorPil, size={"shortest_edge": 32}, size_divisor=8)
    tokenizer = words()
    tokenizer.model_max_length = 40
    processor = transformers.ViltProcessor(pictures, tokenizer)
    _save(folder, transformers.ViltForQuestionAnswering(config), processor)


def blip(folder: Path, answers: bool = True) -> None:
    """Writes answers to questions, or captions."""
    tokenizer = words()
    text = {
        **SMALL,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": 64,
        "bos_token_id": 2,
        "eos_token_id": 3,
        "sep_token_id": 3,
        "pad_token_id": 0,
        "encoder_hidden_size": 16,
        "initializer_range": 0.5,
    }
    config = transformers.BlipConfig(
        text_config=text, vision_config={**SMALL, "image_size": 32, "patch_size": 8, "initializer_range": 0.5}
    )
    pictures = transformers.BlipImageProcessorPil(size=SIZE)
    kind = transformers.BlipForQuestionAnswering if answers else transformers.BlipForConditionalGeneration
    _save(folder, kind(config), transformers.BlipProcessor(pictures, tokenizer))


def llava(folder: Path) -> None:
    """A model that talks about pictures."""
    tokenizer = words("<image>")
    tokenizer.chat_template = CHAT
    text = shaped(
        transformers.LlamaConfig,
        **SMALL,
        num_key_value_heads=2,
        vocab_size=len(tokenizer),
        max_position_embeddings=256,
        bos_token_id=2,
        eos_token_id=3,
        pad_token_id=0,
        **WIDE,
    )
    vision = shaped(transformers.CLIPVisionConfig, **SMALL, image_size=32, patch_size=8, projection_dim=16)
    config = transformers.LlavaConfig(
        text_config=text,
        vision_config=vision,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-1,
    )
    tokenizer.model_max_length = 256
    processor = transformers.LlavaProcessor(
        transformers.CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=SIZE),
        tokenizer,
        patch_size=8,
        vision_feature_select_strategy="default",
        chat_template=CHAT,
        num_additional_image_tokens=1,
    )
    _save(folder, transformers.LlavaForConditionalGeneration(config), processor)


def smolvlm(folder: Path) -> None:
    """The same, as one whose processor could also read videos, and cuts large pictures into tiles."""
    tokenizer = words("<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>")
    tokenizer.chat_template, tokenizer.model_max_length = CHAT, 512
    text = {
        **SMALL,
        "model_type": "llama",
        "num_key_value_heads": 2,
        "vocab_size": len(tokenizer),
        "pad_token_id": 0,
        "max_position_embeddings": 512,
        "bos_token_id": 2,
        "eos_token_id": 3,
        **WIDE,
    }
    config = transformers.SmolVLMConfig(
        text_config=text,
        vision_config={**SMALL, "image_size": 32, "patch_size": 8},
        scale_factor=2,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
    )
    pictures = transformers.SmolVLMImageProcessorPil(
        size={"longest_edge": 64}, max_image_size={"longest_edge": 32}, do_image_splitting=True
    )
    _save(folder, transformers.SmolVLMForConditionalGeneration(config), pictures, tokenizer)
    (folder / "processor_config.json").write_text('{"processor_class": "SmolVLMProcessor", "image_seq_len": 4}')


def talker(folder: Path) -> None:
    """A model that talks, of texts alone."""
    tokenizer = words()
    tokenizer.chat_template = CHAT
    tokenizer.model_max_length = 256
    shape = shaped(
        transformers.LlamaConfig,
        **SMALL,
        num_key_value_heads=2,
        vocab_size=len(tokenizer) + 2,
        max_position_embeddings=256,
        bos_token_id=2,
        eos_token_id=3,
        pad_token_id=0,
        **WIDE,
    )
    _save(folder, transformers.LlamaForCausalLM(shape), tokenizer)


def layoutlm(folder: Path) -> None:
    tokenizer = words()
    config = shaped(
        transformers.LayoutLMConfig,
        **SMALL,
        vocab_size=len(tokenizer),
        max_position_embeddings=64,
        max_2d_position_embeddings=1024,
        **WIDE,
    )
    _save(folder, transformers.LayoutLMForQuestionAnswering(config), tokenizer)


def donut(folder: Path) -> None:
    special = ("<s_docvqa>", "<s_question>", "</s_question>", "<s_answer>", "</s_answer>")
    tokenizer = words(*special)
    encoder = transformers.DonutSwinConfig(
        image_size=[32, 32], patch_size=4, embed_dim=8, depths=[1, 1], num_heads=[1, 1], window_size=2
    )
    decoder = shaped(
        transformers.MBartConfig,
        d_model=16,
        decoder_layers=1,
        decoder_attention_heads=2,
        decoder_ffn_dim=32,
        vocab_size=len(tokenizer),
        is_decoder=True,
        add_cross_attention=True,
        is_encoder_decoder=False,
        init_std=0.5,
    )
    config = transformers.VisionEncoderDecoderConfig.from_encoder_decoder_configs(encoder, decoder)
    config.decoder_start_token_id, config.pad_token_id, config.eos_token_id = 5, 0, 3
    pictures = transformers.DonutImageProcessorPil(size=SIZE)
    _save(
        folder, transformers.VisionEncoderDecoderModel(config=config), transformers.DonutProcessor(pictures, tokenizer)
    )


CHAT = (
    "{% for turn in messages %}{{ turn['role'] }} "
    "{% if turn['content'] is string %}{{ turn['content'] }}{% else %}"
    "{% for part in turn['content'] %}{% if part['type'] == 'image' %}<image>{% else %}{{ part.get('text', '') }}"
    "{% endif %}{% endfor %}{% endif %} [SEP] {% endfor %}{% if add_generation_prompt %}a {% endif %}"
)


def caption(folder: Path) -> None:
    blip(folder, answers=False)


_LOOKING = (vit, vit_features, clip, yolos, owl, segformer, maskformer, dpt, sam, superglue, videomae)
_TALKING = (vilt, blip, caption, llava, smolvlm, talker, layoutlm, donut)
MODELS: dict[str, Callable[[Path], None]] = {each.__name__: each for each in (*_LOOKING, *_TALKING)}


def _vit_pictures() -> Any:
    return transformers.ViTImageProcessorPil(size=SIZE)


def _save(folder: Path, model: Any, *readers: Any) -> None:
    model.save_pretrained(folder)
    for reader in readers:
        reader.save_pretrained(folder)
