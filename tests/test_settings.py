"""The environment: a missing or wrong setting is one line that names it, and secrets stay secret."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.doctor import Diagnosis, diagnose
from core.errors import SettingsError
from core.settings import HELP, Settings, parse_size, read, settings_table
from jobs.executors import constructor_of
from world.core import NEEDED, sentence_of

SIGNING = {key: value for key, value in NEEDED.items() if key != "SLACK_APP_TOKEN"} | {"SLACK_SIGNING_SECRET": "s"}


def refusal(environment: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as error:
        read(environment)
    return sentence_of(error.value)


def test_what_is_not_set_has_the_documented_default() -> None:
    found = read(NEEDED).model_dump(exclude={"slack_bot_token", "slack_app_token", "hf_token"})
    assert found == {
        "slack_signing_secret": None,
        "slack_api_url": "https://slack.com/api/",
        "hf_endpoint": "https://huggingface.co",
        "hf_inference_endpoint": None,
        "home": Path("~/.hugops").expanduser(),
        "listen": "127.0.0.1:8420",
        "approval_channel": "",
        "announce_channel": "",
        "admins": (),
        "approvers": (),
        "trainers": (),
        "quorum": 1,
        "executor": "local",
        "slots": 1,
        "model_memory": 2 * 2**30,
        "tries_days": 30,
        "export_after": 3,
        "watch_seconds": 60.0,
    }


def test_what_is_set_is_taken_over() -> None:
    given = NEEDED | {
        "SLACK_API_URL": "http://127.0.0.1:1/api",
        "HF_ENDPOINT": "http://127.0.0.1:2/",
        "HUGOPS_HOME": "/srv/hugops",
        "HUGOPS_SLOTS": "3",
        "HUGOPS_QUORUM": "2",
        "HUGOPS_MODEL_MEMORY": "1.5G",
        "HUGOPS_WATCH_SECONDS": "0.5",
        "HUGOPS_ADMINS": "  ",
        "PATH": "/bin",
    }
    found = read(given)
    assert (found.slack_api_url, found.hf_endpoint) == ("http://127.0.0.1:1/api/", "http://127.0.0.1:2")
    assert (found.database, found.slots, found.quorum) == (Path("/srv/hugops/hugops.db"), 3, 2)
    assert (found.model_memory, found.watch_seconds, found.admins) == (3 * 2**29, 0.5, ())


@pytest.mark.parametrize("key", sorted(NEEDED))
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_setting_is_named_with_where_to_get_it(key: str, value: str | None) -> None:
    given = {**NEEDED, key: value or ""} if value is not None else {k: v for k, v in NEEDED.items() if k != key}
    assert refusal(given) == f"{key} is missing: {HELP[key]}."


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("HUGOPS_QUORUM", "0"),
        ("HUGOPS_QUORUM", "two"),
        ("HUGOPS_SLOTS", "-1"),
        ("HUGOPS_LISTEN", "8080"),
        ("HUGOPS_LISTEN", "127.0.0.1:99999"),
        ("HUGOPS_MODEL_MEMORY", "lots"),
        ("HUGOPS_WATCH_SECONDS", "0"),
        ("HUGOPS_WATCH_SECONDS", "nan"),
        ("HF_ENDPOINT", "huggingface.co"),
        ("SLACK_API_URL", "file:///etc/passwd"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it_and_says_what_it_is(key: str, value: str) -> None:
    sentence = refusal(NEEDED | {key: value})
    assert sentence.startswith(f"{key} is wrong (")
    assert sentence.endswith(f"It is {HELP[key]}.")
    assert "\n" not in sentence


def test_the_tokens_are_told_apart() -> None:
    swapped = {**NEEDED, "SLACK_BOT_TOKEN": NEEDED["SLACK_APP_TOKEN"], "SLACK_APP_TOKEN": NEEDED["SLACK_BOT_TOKEN"]}
    assert refusal(swapped) == f"SLACK_BOT_TOKEN is not a bot token. It is {HELP['SLACK_BOT_TOKEN']}."
    swapped["SLACK_BOT_TOKEN"] = NEEDED["SLACK_BOT_TOKEN"]
    assert refusal(swapped) == f"SLACK_APP_TOKEN is not an app-level token. It is {HELP['SLACK_APP_TOKEN']}."


def test_executors_that_are_not_there_are_refused_in_words() -> None:
    with pytest.raises(SettingsError) as error:
        constructor_of(read(NEEDED | {"HUGOPS_EXECUTOR": "ray"}).executor)
    said = "HUGOPS_EXECUTOR can only be `local` in this version. Remove it or set it to local."
    assert sentence_of(error.value) == said
    assert diagnose(NEEDED | {"HUGOPS_EXECUTOR": "ray"})[0] == Diagnosis(False, said)


def test_a_start_with_an_executor_that_is_not_there_ends_in_one_line_and_code_2(tmp_path: Path) -> None:
    environment = os.environ | NEEDED | {"HUGOPS_EXECUTOR": "ray", "HUGOPS_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "bot", "serve"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    said = "HUGOPS_EXECUTOR can only be `local` in this version. Remove it or set it to local.\n"
    assert (ended.returncode, ended.stderr) == (2, said)


def test_either_way_of_listening_to_slack_is_enough() -> None:
    assert [read(given).socket_mode for given in (NEEDED, SIGNING, NEEDED | SIGNING)] == [True, False, True]


def test_secrets_hide_themselves() -> None:
    shown = f"{read(NEEDED | SIGNING)!r} {read(NEEDED | SIGNING)}"
    assert [value for value in (*NEEDED.values(), "secret='s'") if value in shown] == []


@pytest.mark.parametrize(
    ("text", "size"), [("2G", 2**31), ("512MiB", 2**29), ("1.5k", 1536), (" 7 b ", 7), ("1TB", 2**40), ("12", 12)]
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert parse_size(text) == size


def test_every_setting_is_explained_and_every_explanation_is_of_a_setting() -> None:
    keys = {field.alias or name.upper() for name, field in Settings.model_fields.items()}
    assert set(HELP) == keys
    assert len(settings_table().splitlines()) == len(keys) + 2


def test_the_doctor_says_which_setting_is_missing_and_looks_at_the_machine_all_the_same() -> None:
    found = diagnose({})
    assert found[0] == Diagnosis(False, f"SLACK_BOT_TOKEN is missing: {HELP['SLACK_BOT_TOKEN']}.")
    assert [one.sentence.split(":")[0] for one in found[1:2]] == ["disk"]


def test_the_doctor_tells_of_a_slack_and_a_hub_that_do_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "")  # the doctor sets it for this process
    nowhere = "http://127.0.0.1:9"
    found = diagnose(NEEDED | {"SLACK_API_URL": nowhere, "HF_ENDPOINT": nowhere, "HUGOPS_HOME": str(tmp_path / "no")})
    bad = [one.sentence for one in found if not one.good]
    assert bad[0].startswith(f"SLACK_API_URL {nowhere}/ does not answer (")
    assert bad[1].startswith(f"HF_TOKEN at {nowhere}: The Hub cannot be reached from here.")
    assert [value for value in NEEDED.values() if value in str(found)] == []
