"""Tiny random models that hear, speak or read tables, as folders of files; and the sounds to try them on."""

import io
import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
Samples = NDArray[np.float32]


def tone(seconds: float, rate: int = RATE, pitch: float = 440.0) -> Samples:
    """A tone that swells and fades, with a little noise."""
    time = np.arange(int(seconds * rate)) / rate
    noise = np.random.default_rng(0).normal(0, 0.02, len(time))
    found: Samples = (0.4 * np.sin(2 * np.pi * pitch * time) * np.sin(np.pi * time / seconds) + noise).astype("f4")
    return found


def wav(samples: Samples, rate: int = RATE, width: int = 2) -> bytes:
    """A WAV file of one channel (or of the rows of a matrix), with 1, 2 or 3 bytes a sample."""
    scaled = np.round(samples.T * (2 ** (8 * width - 1) - 1)).astype("<i4")
    raw = (
        (scaled + 128).astype("u1").tobytes()
        if width == 1
        else b"".join(int(level).to_bytes(width, "little", signed=True) for level in scaled.reshape(-1))
        if width == 3
        else scaled.astype("<i2").tobytes()
    )
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(samples.shape[0] if samples.ndim == 2 else 1)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(raw)
    return out.getvalue()


def save_ctc(folder: Path) -> None:
    import transformers

    transformers.set_seed(0)
    letters = ["<pad>", "<s>", "</s>", "<unk>", "|", *"abcdefgh"]
    (folder / "vocab.json").write_text(json.dumps({letter: at for at, letter in enumerate(letters)}))
    config = transformers.Wav2Vec2Config(
        vocab_size=len(letters),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=[16] * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        initializer_range=1.0,
    )
    transformers.Wav2Vec2ForCTC(config).save_pretrained(folder)
    transformers.Wav2Vec2CTCTokenizer(str(folder / "vocab.json")).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor(return_attention_mask=False).save_pretrained(folder)


def save_whisper(folder: Path, seed: int = 7) -> None:
    """A Whisper of two languages; its words are letters, and its times do not go back with this seed."""
    import transformers

    transformers.set_seed(seed)
    tokenizer = whisper_tokenizer()
    ids = tokenizer.convert_tokens_to_ids
    config = transformers.WhisperConfig(
        vocab_size=len(tokenizer),
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_target_positions=64,
        num_mel_bins=16,
        init_std=0.3,
        pad_token_id=ids("<|endoftext|>"),
        bos_token_id=ids("<|endoftext|>"),
        eos_token_id=ids("<|endoftext|>"),
        decoder_start_token_id=ids("<|startoftranscript|>"),
    )
    model = transformers.WhisperForConditionalGeneration(config)
    settings = {
        "is_multilingual": True,
        "lang_to_id": {"<|en|>": ids("<|en|>"), "<|de|>": ids("<|de|>")},
        "task_to_id": {"translate": ids("<|translate|>"), "transcribe": ids("<|transcribe|>")},
        "no_timestamps_token_id": ids("<|notimestamps|>"),
        "max_initial_timestamp_index": 50,
        "max_length": 30,
        "return_timestamps": False,
        "eos_token_id": ids("<|endoftext|>"),
        "pad_token_id": ids("<|endoftext|>"),
        "decoder_start_token_id": ids("<|startoftranscript|>"),
    }
    model.save_pretrained(folder)
    (folder / "generation_config.json").write_text(json.dumps(settings))
    tokenizer.save_pretrained(folder)
    transformers.WhisperFeatureExtractor(feature_size=16).save_pretrained(folder)


def whisper_tokenizer() -> Any:
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import WhisperTokenizer

    special = [
        "<|endoftext|>",
        "<|startoftranscript|>",
        "<|en|>",
        "<|de|>",
        "<|translate|>",
        "<|transcribe|>",
        "<|startoflm|>",
        "<|startofprev|>",
        "<|nospeech|>",
        "<|notimestamps|>",
    ]
    times = [f"<|{at * 0.02:.2f}|>" for at in range(1501)]
    pieces = [*sorted(ByteLevel.alphabet()), *special, *times]
    tokenizer = WhisperTokenizer(vocab={piece: at for at, piece in enumerate(pieces)}, merges=[])
    tokenizer.add_tokens(special, special_tokens=True)
    tokenizer.add_tokens(times)
    return tokenizer


def save_listener(folder: Path) -> None:
    """An AST of half a second with three labels."""
    import transformers

    transformers.set_seed(0)
    labels = {0: "tone", 1: "noise", 2: "silence"}
    config = transformers.ASTConfig(
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_length=48,
        num_mel_bins=32,
        patch_size=8,
        frequency_stride=8,
        time_stride=8,
        initializer_range=0.5,
        id2label=labels,
        label2id={name: at for at, name in labels.items()},
    )
    transformers.ASTForAudioClassification(config).save_pretrained(folder)
    transformers.ASTFeatureExtractor(num_mel_bins=32, max_length=48).save_pretrained(folder)


def save_clap(folder: Path, words: Path) -> None:
    import transformers

    transformers.set_seed(0)
    tokenizer = transformers.AutoTokenizer.from_pretrained(words)
    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "max_position_embeddings": 80,
        "pad_token_id": 0,
        "initializer_factor": 1.0,
    }
    audio = {
        "spec_size": 64,
        "num_mel_bins": 16,
        "patch_size": 4,
        "patch_stride": [4, 4],
        "patch_embeds_hidden_size": 16,
        "depths": [1, 1],
        "num_attention_heads": [2, 2],
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "window_size": 4,
        "enable_fusion": False,
    }
    config = transformers.ClapConfig(text_config=text, audio_config=audio, projection_dim=16)
    transformers.ClapModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    transformers.ClapFeatureExtractor(
        feature_size=16,
        sampling_rate=16_000,
        max_length_s=2,
        truncation="rand_trunc",
        padding="repeatpad",
        frequency_max=7000,
    ).save_pretrained(folder)


def save_voice(folder: Path) -> None:
    """A VITS of lower-case letters."""
    import transformers

    transformers.set_seed(0)
    letters = ["_", *" abcdefghijklmnopqrstuvwxyz"]
    (folder / "vocab.json").write_text(json.dumps({letter: at for at, letter in enumerate(letters)}))
    config = transformers.VitsConfig(
        vocab_size=len(letters),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        ffn_dim=16,
        flow_size=16,
        spectrogram_bins=9,
        duration_predictor_num_flows=1,
        duration_predictor_filter_channels=16,
        prior_encoder_num_flows=1,
        prior_encoder_num_wavenet_layers=1,
        posterior_encoder_num_wavenet_layers=1,
        upsample_initial_channel=32,
        upsample_rates=[8, 4],
        upsample_kernel_sizes=[16, 8],
        resblock_kernel_sizes=[3],
        resblock_dilation_sizes=[[1, 3]],
    )
    transformers.VitsModel(config).save_pretrained(folder)
    transformers.VitsTokenizer(
        str(folder / "vocab.json"), pad_token="_", unk_token="_", language="eng", phonemize=False
    ).save_pretrained(folder)


def save_tapas(folder: Path, words: list[str]) -> None:
    import transformers

    transformers.set_seed(6)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[EMPTY]"]
    pieces = [
        *special,
        *"0123456789abcdefghijklmnopqrstuvwxyz.,",
        *[f"##{sign}" for sign in "0123456789abcdefghijklmnopqrstuvwxyz"],
        *words,
    ]
    (folder / "vocab.txt").write_text("\n".join(pieces))
    config = transformers.TapasConfig(
        vocab_size=len(pieces),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
        num_aggregation_labels=4,
        initializer_range=0.5,
        no_aggregation_label_index=0,
        aggregation_labels={0: "NONE", 1: "SUM", 2: "AVERAGE", 3: "COUNT"},
    )
    transformers.TapasForQuestionAnswering(config).save_pretrained(folder)
    transformers.TapasTokenizer(str(folder / "vocab.txt"), model_max_length=128).save_pretrained(folder)
