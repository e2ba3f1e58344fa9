"""Models with random weights that hear, speak, or read tables, so that each such task can be tried."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    ClapConfig,
    ClapFeatureExtractor,
    ClapModel,
    PreTrainedModel,
    TapasConfig,
    TapasForQuestionAnswering,
    TapasTokenizer,
    VitsConfig,
    VitsModel,
    VitsTokenizer,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
    WhisperTokenizer,
)

from sandbox.seed.architectures import WIDTH, Tokenizers
from sandbox.seed.stand_ins import StandIn
from sandbox.seed.vocabulary import LONGEST_TEXT

LANGUAGES = ("en", "de", "es")


def whisper(folder: Path, _: Tokenizers, _labels: Sequence[str]) -> PreTrainedModel:
    """A Whisper of three languages that writes letter by letter."""
    tokenizer = _whisper_tokenizer()
    vocabulary: dict[str, int] = tokenizer.get_vocab()
    end, start = vocabulary["<|endoftext|>"], vocabulary["<|startoftranscript|>"]
    config = WhisperConfig(
        vocab_size=len(tokenizer),
        d_model=WIDTH,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=2 * WIDTH,
        decoder_ffn_dim=2 * WIDTH,
        max_target_positions=64,
        num_mel_bins=16,
        init_std=0.3,
        pad_token_id=end,
        bos_token_id=end,
        eos_token_id=end,
        decoder_start_token_id=start,
    )
    model = WhisperForConditionalGeneration(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=16).save_pretrained(folder)
    ids = tokenizer.convert_tokens_to_ids
    settings = {
        "pad_token_id": end,
        "bos_token_id": end,
        "eos_token_id": end,
        "decoder_start_token_id": start,
        "is_multilingual": True,
        "lang_to_id": {f"<|{language}|>": ids(f"<|{language}|>") for language in LANGUAGES},
        "task_to_id": {task: ids(f"<|{task}|>") for task in ("translate", "transcribe")},
        "no_timestamps_token_id": ids("<|notimestamps|>"),
        "max_length": 32,
    }
    (folder / "generation_config.json").write_text(json.dumps(settings, indent=2))
    return model


def _whisper_tokenizer() -> WhisperTokenizer:
    special = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{language}|>" for language in LANGUAGES)]
    special += [f"<|{word}|>" for word in ("translate", "transcribe", "startoflm", "startofprev", "nospeech")]
    special.append("<|notimestamps|>")
    times = [f"<|{number / 50:.2f}|>" for number in range(1501)]
    pieces = [*sorted(ByteLevel.alphabet()), *special, *times]
    tokenizer = WhisperTokenizer(vocab={piece: number for number, piece in enumerate(pieces)}, merges=[])
    tokenizer.add_tokens(special, special_tokens=True)
    tokenizer.add_tokens(times)
    return tokenizer


def sound_and_text(folder: Path, tokenizers: Tokenizers, _: Sequence[str]) -> PreTrainedModel:
    """A CLAP that holds sounds of two seconds against texts."""
    text = {
        "vocab_size": len(tokenizers.wordpiece),
        "hidden_size": WIDTH,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 2 * WIDTH,
        "max_position_embeddings": LONGEST_TEXT + 2,
        "pad_token_id": tokenizers.wordpiece.pad_token_id,
    }
    audio = {
        "spec_size": 64,
        "num_mel_bins": 16,
        "patch_embeds_hidden_size": 16,
        "depths": [1, 1],
        "num_attention_heads": [2, 2],
        "hidden_size": WIDTH,
        "num_hidden_layers": 2,
        "window_size": 4,
    }
    model = ClapModel(ClapConfig(text_config=text, audio_config=audio, projection_dim=16))
    model.save_pretrained(folder)
    tokenizers.wordpiece.save_pretrained(folder)
    ClapFeatureExtractor(
        feature_size=16, sampling_rate=16_000, max_length_s=2, frequency_max=7000, truncation="rand_trunc"
    ).save_pretrained(folder)
    return model


def voice(folder: Path, _: Tokenizers, letters: Sequence[str]) -> PreTrainedModel:
    """A VITS that makes some sound of every letter."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {letter: number for number, letter in enumerate(["_", *letters])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    config = VitsConfig(
        vocab_size=len(vocabulary),
        hidden_size=WIDTH,
        num_hidden_layers=1,
        num_attention_heads=2,
        ffn_dim=WIDTH,
        flow_size=WIDTH,
        spectrogram_bins=17,
        duration_predictor_num_flows=1,
        duration_predictor_filter_channels=WIDTH,
        prior_encoder_num_flows=1,
        prior_encoder_num_wavenet_layers=1,
        posterior_encoder_num_wavenet_layers=1,
        upsample_initial_channel=WIDTH,
        upsample_rates=[8, 8, 4],
        upsample_kernel_sizes=[16, 16, 8],
        resblock_kernel_sizes=[3],
        resblock_dilation_sizes=[[1, 3]],
    )
    model = VitsModel(config)
    model.save_pretrained(folder)
    blank = {"pad_token": "_", "unk_token": "_"}
    tokenizer = VitsTokenizer(str(folder / "vocab.json"), language="eng", phonemize=False, **blank)
    tokenizer.save_pretrained(folder)
    return model


def table_reader(folder: Path, tokenizers: Tokenizers, _: Sequence[str]) -> PreTrainedModel:
    """A TAPAS that picks cells and counts, adds up or averages them."""
    folder.mkdir(parents=True, exist_ok=True)
    known = tokenizers.wordpiece.get_vocab()
    pieces = [*sorted(known, key=known.__getitem__), "[EMPTY]"]
    (folder / "vocab.txt").write_text("\n".join(pieces), encoding="utf-8")
    config = TapasConfig(
        vocab_size=len(pieces),
        hidden_size=WIDTH,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=2 * WIDTH,
        max_position_embeddings=512,
        num_aggregation_labels=4,
        aggregation_labels={0: "NONE", 1: "SUM", 2: "AVERAGE", 3: "COUNT"},
        no_aggregation_label_index=0,
        initializer_range=0.5,
    )
    model = TapasForQuestionAnswering(config)
    # An untrained one finds no cell likely enough: here about every second is.
    torch.nn.init.constant_(model.output_bias, 5.2)
    model.save_pretrained(folder)
    TapasTokenizer(str(folder / "vocab.txt"), model_max_length=512).save_pretrained(folder)
    return model


SOUND_STAND_INS = (
    StandIn(
        "northwind/tiny-whisper", "automatic-speech-recognition", whisper, list(LANGUAGES), "apache-2.0", 9_310, 71
    ),
    StandIn("globex/sound-search", "zero-shot-audio-classification", sound_and_text, ["en"], "cc-by-4.0", 1_120, 18),
    StandIn(
        "contoso-research/tiny-voice-en",
        "text-to-speech",
        voice,
        ["en"],
        "mit",
        2_960,
        27,
        labels=tuple(" abcdefghijklmnopqrstuvwxyz"),
    ),
    StandIn("northwind/table-answers", "table-question-answering", table_reader, ["en"], "apache-2.0", 1_870, 15),
)
