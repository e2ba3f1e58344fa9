"""Sounds: every task answers what the pipeline of transformers answers, and a bad file gets one sentence."""

import io
import struct
import uuid
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from core.results import Audio, Chunk, Reading, Score, Scores, Transcript
from jobs.inference.client import InferenceClient, InferenceFailed
from jobs.inference.protocol import News, Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer, translate
from jobs.inference.worker.sounds import Sound, read_sound
from jobs.inference.worker.speech import Heard, join_written
from world import hub_content, sound_models
from world.model_shelf import SHA, Kind, Shelf, by_pipeline, near, results_of
from world.sound_models import RATE, tone, wav

pytestmark = pytest.mark.xdist_group("inference")
SAVED: dict[str, Callable[[Path], None]] = {
    "acme/letters": sound_models.save_ctc,
    "acme/whisper": sound_models.save_whisper,
    "acme/listener": sound_models.save_listener,
    "acme/voice": sound_models.save_voice,
}


@pytest.fixture(scope="module")
def shelf(shared_shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    for name, save in SAVED.items():
        files = tmp_path_factory.mktemp("model")
        save(files)
        shared_shelf.put(name, files)
    words, clap = tmp_path_factory.mktemp("words"), tmp_path_factory.mktemp("clap")
    hub_content.tiny_bert(words)
    sound_models.save_clap(clap, words)
    shared_shelf.put("acme/clap", clap)
    return shared_shelf


@dataclass(frozen=True)
class Listener:
    """Asks about a sound, the content of a WAV in `folder`; the result, which is of this kind."""

    client: InferenceClient
    folder: Path

    def __call__(self, kind: type[Kind], model: str, task: str, content: bytes, **options: str | int) -> Kind:
        (self.folder / "0-sound.wav").write_bytes(content)
        inputs = [{"file": "0-sound.wav"}]
        request = Request(uuid.uuid4().hex, model, SHA, task, inputs, options, folder=str(self.folder))
        return results_of(self.client.ask(request, 60), kind)[0]


@pytest.fixture
def hear(client: InferenceClient, tmp_path: Path) -> Listener:
    return Listener(client, tmp_path)


def stored(samples: sound_models.Samples) -> sound_models.Samples:
    """What is left of samples in a WAV of 16 bits."""
    return (np.round(samples * 32767) / 32768).astype("f4")


def test_what_is_heard_is_what_the_pipeline_hears(hear: Listener, shelf: Shelf) -> None:
    sound = tone(0.4)
    found = hear(Scores, "acme/listener", "audio-classification", wav(sound))
    expected = by_pipeline(shelf.snapshot("acme/listener"), "audio-classification", stored(sound), top_k=None)
    assert {each.label: each.score for each in found.scores} == pytest.approx(
        {each["label"]: each["score"] for each in expected}, abs=1e-5
    )
    assert [each.label for each in found.scores] == [each["label"] for each in expected]
    assert found.note is None


def test_labels_of_ones_own_are_those_of_the_pipeline(hear: Listener, shelf: Shelf) -> None:
    sound, labels = tone(1.0), ["music", "a dull story"]
    found = hear(Scores, "acme/clap", "zero-shot-audio-classification", wav(sound), labels=", ".join(labels))
    expected = by_pipeline(
        shelf.snapshot("acme/clap"), "zero-shot-audio-classification", stored(sound), candidate_labels=labels
    )
    assert list(found.scores) == [Score(each["label"], near(each["score"], 1e-5)) for each in expected]


@pytest.mark.parametrize("seconds", [1.5, 58.0], ids=["short", "in windows"])
def test_letters_and_words_times_are_those_of_the_pipeline(hear: Listener, shelf: Shelf, seconds: float) -> None:
    sound = tone(seconds)
    found = hear(Transcript, "acme/letters", "automatic-speech-recognition", wav(sound))
    long = {"chunk_length_s": 30, "stride_length_s": 5} if seconds > 30 else {}
    expected = by_pipeline(
        shelf.snapshot("acme/letters"), "automatic-speech-recognition", stored(sound), return_timestamps="word", **long
    )
    assert found.text == expected["text"] != ""
    assert [each.text for each in found.chunks] == [each["text"] for each in expected["chunks"]]
    assert [(each.start, each.end) for each in found.chunks] == [
        pytest.approx(each["timestamp"]) for each in expected["chunks"]
    ]
    assert found.stretches == (3 if seconds > 30 else 1)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, {}),
        ({"source": "German"}, {"language": "de", "task": "transcribe"}),
        ({"source": "de", "target": "en"}, {"language": "de", "task": "translate"}),
    ],
)
def test_whisper_writes_what_the_pipeline_writes_in_the_language_that_is_asked_for(
    hear: Listener, shelf: Shelf, options: dict[str, str], told: dict[str, str]
) -> None:
    sound = tone(29.0)
    found = hear(Transcript, "acme/whisper", "automatic-speech-recognition", wav(sound), max_new_tokens=24, **options)
    expected = by_pipeline(
        shelf.snapshot("acme/whisper"),
        "automatic-speech-recognition",
        stored(sound),
        return_timestamps=True,
        generate_kwargs={"num_beams": 1, "max_new_tokens": 24, **told},
    )["chunks"]
    assert sentences(found.chunks[:1]) == expected_sentences(expected[:1])
    assert found.text.startswith(found.chunks[0].text)


def sentences(chunks: Sequence[Chunk]) -> list[tuple[str, float, float]]:
    return [(each.text, each.start, each.end) for each in chunks]


def expected_sentences(chunks: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    return [(each["text"].strip(), *(pytest.approx(time) for time in each["timestamp"])) for each in chunks]


def test_a_long_sound_is_heard_sentence_by_sentence_with_news(
    client: InferenceClient, shelf: Shelf, tmp_path: Path
) -> None:
    sound, heard = tone(40.0), list[News]()
    (tmp_path / "long.wav").write_bytes(wav(sound))
    request = Request(
        uuid.uuid4().hex,
        "acme/whisper",
        SHA,
        "automatic-speech-recognition",
        [{"file": "long.wav"}],
        {"max_new_tokens": 24},
        folder=str(tmp_path),
    )
    found = results_of(client.ask(request, 60, heard.append), Transcript)[0]
    expected = by_pipeline(
        shelf.snapshot("acme/whisper"),
        "automatic-speech-recognition",
        stored(sound),
        return_timestamps=True,
        generate_kwargs={"num_beams": 1, "max_new_tokens": 24},
    )["chunks"]
    assert sentences(found.chunks[:3]) == expected_sentences(expected[:3])
    assert found.chunks[-1].start > 25
    assert "".join(news.text for news in heard if news.stage == "writing").strip() == found.text


def test_a_voice_speaks_as_the_pipeline_does_into_a_file(client: InferenceClient, shelf: Shelf, tmp_path: Path) -> None:
    import torch
    from transformers import pipeline

    request = Request(
        uuid.uuid4().hex,
        "acme/voice",
        SHA,
        "text-to-audio",
        ["a warm film", "music"],
        {"seed": 3},
        folder=str(tmp_path),
    )
    first, second = results_of(client.ask(request, 60), Audio)
    with wave.open(str(tmp_path / first.file), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767
        assert (file.getnchannels(), file.getframerate()) == (1, first.rate)
    speaking = pipeline("text-to-audio", model=str(shelf.snapshot("acme/voice")))
    torch.manual_seed(3)
    expected = speaking("a warm film")
    assert expected["sampling_rate"] == first.rate == 16_000
    assert samples == pytest.approx(expected["audio"] / max(1.0, np.abs(expected["audio"]).max()), abs=1e-3)
    assert first.seconds == pytest.approx(len(samples) / 16_000)
    assert first.alt == f"A sound of {first.seconds:.1f} s, 16,000 samples a second"
    assert (first.file, second.file) == ("sound-1.wav", "sound-2.wav")


def video_without_sound() -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 16
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame(16, 16, "yuv420p")))
        container.mux(stream.encode())
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "is empty"),
        (b"RIFF" + bytes(40), "is damaged, or no sound that I can read"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/hostname\n", "is damaged, or no sound"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "is damaged, or no sound"),
        (wav(tone(1.0))[:44], "is damaged, or no sound"),
        (wav(tone(0.05)), "shorter than a tenth of a second"),
        (wav(tone(1.0), rate=2_000_000_000), "2,000,000,000 samples a second"),
        (video_without_sound(), "There is no sound in"),
    ],
    ids=["empty", "corrupt", "playlist", "picture", "header alone", "too short", "rate", "silent film"],
)
def test_a_file_that_cannot_be_heard_gets_a_sentence(hear: Listener, content: bytes, part: str) -> None:
    with pytest.raises(InferenceFailed) as refusal:
        hear(Scores, "acme/listener", "audio-classification", content)
    assert (refusal.value.kind, refusal.value.message.count("0-sound.wav"), part in refusal.value.message) == (
        "input",
        1,
        True,
    )


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "huge.wav").open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(CannotAnswer, match="has 1,024 MB; 200 MB is the most I take"):
        read(tmp_path / "huge.wav")


@pytest.mark.parametrize(
    ("content", "least"),
    [
        (wav(tone(1.0)), 0.999),
        (wav(tone(1.0), width=1), 0.99),
        (wav(tone(1.0), width=3), 0.999),
        (wav(np.stack([tone(1.0), tone(1.0)])), 0.999),
        (wav(tone(1.0, 44_100), 44_100), 0.95),
        (wav(tone(1.0, 8_000), 8_000), 0.95),
    ],
    ids=["16 bits", "8 bits", "24 bits", "stereo", "44.1 kHz", "8 kHz"],
)
def test_a_sound_is_the_same_however_it_is_stored(tmp_path: Path, content: bytes, least: float) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    heard = read(tmp_path / "a.wav").samples
    assert abs(len(heard) - RATE) < 100
    same = min(len(heard), RATE)
    assert np.corrcoef(heard[:same], tone(1.0)[:same])[0, 1] > least
    assert np.abs(heard).max() == pytest.approx(np.abs(tone(1.0)).max(), abs=0.05)


@pytest.mark.parametrize(
    ("container", "codec"),
    [("mp4", "aac"), ("webm", "libopus"), ("ogg", "libopus"), ("mp3", "libmp3lame"), ("flac", "flac")],
)
def test_voice_messages_are_heard(tmp_path: Path, container: str, codec: str) -> None:
    with av.open(str(tmp_path / "clip"), "w", format=container) as out:
        stream = out.add_stream(codec, rate=48_000, layout="mono")
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(tone(1.0, 48_000)[None], format="flt", layout="mono")
        frame.sample_rate = 48_000
        resampler = av.AudioResampler(stream.format, "mono", 48_000, frame_size=stream.frame_size)
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))
    heard = read(tmp_path / "clip")
    assert heard.read_seconds == pytest.approx(1.0, abs=0.1)
    assert np.abs(heard.samples).max() == pytest.approx(0.44, abs=0.1)


def test_a_long_sound_is_cut_with_a_note_and_a_damaged_end_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "long.wav").write_bytes(wav(tone(70.0)))
    assert read(tmp_path / "long.wav").note == Reading("seconds", 60.0, 70.0)
    (tmp_path / "cut.wav").write_bytes(wav(tone(2.0))[:-32_000])
    assert read(tmp_path / "cut.wav").read_seconds == pytest.approx(1.0)


def test_what_is_no_number_is_silence(tmp_path: Path) -> None:
    samples = tone(1.0)
    samples[5_000:5_100], samples[6_000] = np.nan, np.inf
    data = samples.tobytes()
    header = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + len(data),
        b"WAVE",
        b"fmt ",
        16,
        3,
        1,
        RATE,
        4 * RATE,
        4,
        32,
        b"data",
        len(data),
    )
    (tmp_path / "a.wav").write_bytes(header + data)
    heard = read(tmp_path / "a.wav").samples
    assert (np.isfinite(heard).all(), np.abs(heard).max(), len(heard)) == (True, 1.0, RATE)


def read(file: Path) -> Sound:
    return read_sound(file, RATE, 60.0, Entry(Request("1", "acme/x", SHA, "audio-classification", []), 0.0, print))


@pytest.mark.parametrize(
    ("model", "task", "inputs", "options", "part"),
    [
        ("acme/listener", "audio-classification", [], {}, "Attach a sound (WAV"),
        ("acme/listener", "audio-classification", ["a text"], {}, "Attach a sound (WAV"),
        ("acme/listener", "audio-classification", ["a text", "tone"], {}, "Leave the text out"),
        ("acme/clap", "zero-shot-audio-classification", ["tone"], {"labels": "one"}, "Say between which labels"),
        ("acme/letters", "automatic-speech-recognition", ["tone"], {"source": "de"}, "hears one language"),
        (
            "acme/whisper",
            "automatic-speech-recognition",
            ["tone"],
            {"source": "fr"},
            "does not hear source=fr. It hears",
        ),
        ("acme/whisper", "automatic-speech-recognition", ["tone"], {"target": "de"}, "into English alone"),
        ("acme/whisper", "automatic-speech-recognition", ["tone"], {"labels": "a,b"}, "not an option"),
        ("acme/voice", "text-to-audio", ["你好"], {}, "knows no sign"),
        ("acme/whisper", "text-to-audio", ["film"], {}, "cannot do this task"),
    ],
)
def test_what_a_task_cannot_do_is_said_with_what_to_do(
    client: InferenceClient,
    tmp_path: Path,
    model: str,
    task: str,
    inputs: list[str],
    options: dict[str, Any],
    part: str,
) -> None:
    (tmp_path / "tone").write_bytes(wav(tone(0.5)))
    given = [{"file": each} if each == "tone" else each for each in inputs]
    with pytest.raises(InferenceFailed) as refusal:
        client.ask(Request(uuid.uuid4().hex, model, SHA, task, given, options, folder=str(tmp_path)), 60)
    assert part in refusal.value.message


def test_words_at_the_seam_of_two_windows_are_written_once() -> None:
    heard = [Heard(text="we meet at Noon."), Heard(text="at noon, in the"), Heard(text="hall")]
    assert join_written(heard) == Transcript("we meet at Noon. in the hall")


@pytest.mark.parametrize(
    ("raised", "package"),
    [
        ("VitsTokenizer requires the phonemizer library but it was not found in your environment.", "phonemizer"),
        ("No module named 'kenlm'", "kenlm"),
    ],
)
def test_a_missing_package_is_named(raised: str, package: str) -> None:
    message = translate(ImportError(raised), "acme/voice").message
    assert (message.startswith("acme/voice needs the Python package"), package in message) == (True, True)
