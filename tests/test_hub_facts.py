"""The arithmetic on what the Hub tells: versions, memory, weights and summaries."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hub import File, Memory, memory_needed, next_version, summarize, training_memory
from core.hub.facts import weight_bytes


def test_versions_count_on_from_the_highest() -> None:
    assert next_version([]) == "v1"
    assert next_version(["v1", "v10", "v9.2", "vault", "2024", "v3-rc"]) == "v11"


def test_memory_to_answer_is_a_fifth_over_the_weights() -> None:
    assert memory_needed(1000, None) == Memory(inference=1200, full_fine_tune=None)


def test_memory_of_a_fine_tune_is_that_of_a_plan_for_short_texts() -> None:
    needed = memory_needed(90_900_000, 22_700_000)
    assert needed.full_fine_tune == training_memory(22_700_000, 16, 32) == 1_160_117_760
    assert needed.lora_fine_tune == training_memory(227_000, 16, 32) + 90_900_000


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["model.safetensors", "pytorch_model.bin", "onnx/model.onnx"], (10, True)),
        (["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"], (20, True)),
        (["pytorch_model.bin", "training_args.bin"], (10, False)),
        (["model.gguf", "README.md"], (10, None)),
        (["README.md"], (0, None)),
    ],
)
def test_weights_are_counted_in_their_safest_format(paths: list[str], expected: tuple[int, bool | None]) -> None:
    assert weight_bytes(File(path, 10, True) for path in paths) == expected


CARD = """---
license: mit
tags: [a, b]
---
<!-- made by hand -->
<div align="center"><img src="x.png"></div>

# Router

[![Build](https://ci.test/b.svg)](https://ci.test) ![logo](logo.png)

| a | b |
|---|---|

- [Use](#use)

This **router** sends [tickets](https://t.test) to the `right` team,
<b>fast</b> and without snake_case harm.

## Use
"""


def test_the_summary_is_the_first_real_paragraph_as_plain_text() -> None:
    assert summarize(CARD) == ("This router sends tickets to the right team, fast and without snake_case harm.")


@pytest.mark.parametrize("card", ["", "---\nlicense: mit\n---\n", "# Only a title\n\n![x](y)\n", "---\nnever closed"])
def test_a_card_without_a_paragraph_has_no_summary(card: str) -> None:
    assert summarize(card) == ""


@pytest.mark.parametrize(
    ("hostile", "plain"),
    [
        ("One two <<b>script>alert(1)<</b>/script> three four five", "One two alert(1) three four five"),
        ("One <*b onclick=x>two three four five", "One two three four five"),
        ("One two three four five <img src=x onerror=alert(1)", "One two three four five < img src=x onerror=alert(1)"),
        ("One [<b](y)>two three four five", "One two three four five"),
        ("One two <!DOCTYPE html><?php x ?><svg/onload=a> three four five", "One two three four five"),
        ("One two, a<b and 1 < 2 and n<1K, three four", "One two, a< b and 1 < 2 and n<1K, three four"),
    ],
)
def test_a_hostile_card_leaves_no_html(hostile: str, plain: str) -> None:
    assert summarize(hostile) == plain


PIECES = st.sampled_from(["<", ">", "/", "!", "b", "script", " x=1 ", "*", "_", "`", "[", "](", ")", "\n", "word "])


@given(st.lists(PIECES, max_size=60).map("".join))
def test_no_card_at_all_leaves_html(card: str) -> None:
    assert not re.search("<[a-zA-Z/!?]", summarize(f"{card} one two three four five"))


def test_a_long_summary_ends_at_a_word() -> None:
    assert summarize("word " * 300) == "word " * 79 + "word…"


REAL = "This model sorts support tickets into seven teams."


@pytest.mark.parametrize(
    "before",
    [
        '<div align="center">\n<img src="x.png" alt="a logo of beauty">\n<h1>A router of many words</h1>\n</div>\n',
        '<img\n  src="x.png"\n  alt="one two three four five six"\n>\n',
        "<table>\n<tr><td>one two three four five six</td></tr>\n\n<tr><td>one two three four</td></tr>\n</table>\n",
        "<details><summary>one two three four five</summary>\nhidden six seven eight nine\n</details>\n",
        "[![Build status of the model](https://a(b).svg)](https://x) [![PyPI version of it](y)](z)",
        "a | b | c | d | e | f\n---|---|---|---|---|---\none | two | three | four | five | six\n",
        "a b c d e | f\n--- | ---\n",
        "A very long title of the model here\n===================================\n",
        "~~~\npip install a b c d e f g\n~~~\n",
        "$$ a b c d e f g $$",
        "This model card has been automatically generated for a b c.",
        "---\nlicense: mit\nlanguage: en and more words of it\n",
        "---\nlicense: [mit\ntags:\n - a: b: c\n---\n",
        "\n\n---\nlicense: mit\nlanguage: en of many words here\n---\n",
    ],
)
def test_what_stands_before_the_first_paragraph_is_passed_over(before: str) -> None:
    assert summarize(f"{before}\n\n{REAL}\n\nMore of it comes after that one.") == REAL


def test_a_paragraph_without_spaces_between_words_is_one() -> None:
    assert summarize("# 模型\n\n这是一个用于文本分类的模型，它可以把工单分配给七个团队。").startswith("这是一个")


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["<table ", "<h1 ", "<a\n", "![![a](b)", "| a ", "---\n", "$$ ", "*"])
def test_a_card_that_closes_nothing_is_read_all_the_same(piece: str) -> None:
    assert summarize(piece * (65_536 // len(piece))) is not None
