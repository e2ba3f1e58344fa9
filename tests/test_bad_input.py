"""What people get wrong, and what they may not do: one sentence, nothing half-made, and the bot goes on."""

import json
import sqlite3
import urllib.error
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest
from test_access import NOT_IN

from world import driver, hub_content
from world.desk import CHANNELS, PEOPLE, Desk

pytestmark = pytest.mark.story
BASE, DATA = "acme/tiny-bert", "acme/made-up-reviews"

TYPED = {
    '"hello': 'The quote that opens at position 1, `"hello`, is never closed. Put a `"` at its end.',
    "srch bert": "`srch` is not a command. Did you mean `search`? `/hf help all` lists them all.",
    f"train {BASE} on {DATA} lr=banana": "`lr=banana` is not a number. Try `lr=2e-5`.",
    f"train {BASE} on {DATA} epochs=5000": (
        "`epochs=5000` is out of range: `epochs` goes from 0.1 to 50. Try `epochs=3`."
    ),
    f"train {BASE} on {DATA} epoch=2": (
        "`epoch=` is not a key of `train`. Did you mean `epochs=3`? `/hf help train` lists its keys."
    ),
    "cancel R99": "There is no run R99. `/hf runs` lists those there are.",
    "resume S99": "There is no schedule S99. `/hf schedules` lists those there are.",
    "P99": "There is no release P99. `/hf releases` lists those there are.",
    "unwatch W99": "There is no watch W99. `/hf watching` lists those there are.",
    "publish R99 to acme/x": "There is no run R99. `/hf runs` lists those there are.",
}
DATASETS: dict[str, tuple[dict[str, bytes], str]] = {
    "no-label": (
        {"train.csv": b"text,weight\n" + b"".join(b"a text %d,%d\n" % (n, n) for n in range(40))},
        "No column looks like a label. The columns are `text` and `weight`.",
    ),
    "one-class": (
        {"train.csv": b"text,label\n" + b"".join(b"a text %d,pos\n" % n for n in range(40))},
        "Every row is of the class `pos`. There must be at least two classes.",
    ),
    "no-rows": (
        {"train.csv": b"text,label\n"},
        "acme/no-rows has no rows. Fill its files, or choose another dataset.",
    ),
    "not-csv": (
        {"train.csv": bytes(range(256)) * 20},
        (
            "A file of acme/not-csv cannot be read: `train.csv` is no text in UTF-8, UTF-16 or Windows-1252. "
            "Save it as UTF-8, and send it once more."
        ),
    ),
}
GATED = (
    "`dee/gated` is gated: its owners want its terms accepted first. Open <{hub}/dee/gated>, ask for access with the "
    "account of the token I use, then try again."
)
MODELS = {
    f"train acme/pickled on {DATA}": (
        "acme/pickled has its weights as pickle only. Choose a base model with safetensors."
    ),
    f"train acme/coded on {DATA}": (
        "acme/coded runs its own code when loaded, which hugops never does. Choose another base model."
    ),
    f"train acme/wordless on {DATA}": (
        "acme/wordless has no tokenizer, so it cannot read text. Choose another base model."
    ),
    f"train acme/looking on {DATA}": (
        "acme/looking is of the kind `vit`, which cannot classify text. "
        "Choose an encoder such as BERT, RoBERTa or DeBERTa."
    ),
    f"train dee/gated on {DATA}": GATED,
    f"train dee/secret on {DATA}": (
        "`dee/secret` is not on the Hub, or it is private to others. Check the spelling, or look for it with "
        "`search secret`."
    ),
    f"train {DATA} on {DATA}": f"`{DATA}` is a dataset, not a model. Write `train org/model on org/dataset`.",
    f"train {BASE} on {BASE}": f"`{BASE}` is a model, not a dataset. Write `train org/model on org/dataset`.",
    'run acme/pickled "x"': (
        "`acme/pickled` has its weights as pickle only, which can run code. Choose one with safetensors."
    ),
    'run acme/coded "x"': (
        "`acme/coded` runs its own code when loaded, which hugops never does. Choose another model."
    ),
    f'run {BASE} "x"': (
        f"`{BASE}` needs about 379 kB of memory to run; 100 kB are set aside for models here "
        "(HUGOPS_MODEL_MEMORY). Try a smaller one. No inference provider serves it either."
    ),
    'run dee/gated "x"': GATED,
    'run dee/secret "x"': "`dee/secret` is not on the Hub, or I may not see it. `/hf search` finds what there is.",
    f'run {DATA} "x"': f"`{DATA}` is a dataset; only models can be tried. `/hf info` shows what is in it.",
}
FORGED = {
    ("run.start", "nothing"): "This plan is not known here any more. Type the command again.",
    ("run.cancel", "R99"): "There is no run R99. `/hf runs` lists those there are.",
    ("run.publish", "P1"): "There is no run P1. `/hf runs` lists those there are.",
    ("release.approve", "P99"): "There is no release P99. `/hf releases` lists those there are.",
    ("search.next", '{"page": "x"}'): (
        "I no longer know which search this button belongs to. Type it again: `search words`."
    ),
    ("watch.mute", "W99"): "There is no watch W99. `/hf watching` lists those there are.",
    ("watch.remove", "W99"): "There is no watch W99. `/hf watching` lists those there are.",
    ("dataset.rows", "many"): ("I no longer know which dataset this button belongs to. Type `dataset org/name` again."),
    ("model.details", "../../etc"): "`../../etc` is not the name of a repo. Write it as `owner/name`.",
    ("answer.post", f"train {BASE} on {DATA}"): "This answer is for you alone.",
}


def fill_hub(desk: Desk, folder: Path) -> None:
    """Good and bad repos."""
    bert = hub_content.tiny_bert(folder / "bert")
    coded = json.loads(bert["config.json"]) | {"auto_map": {"AutoModel": "modeling.Model"}}
    pickled = {name: data for name, data in bert.items() if name != "model.safetensors"}
    hub_content.upload(desk.api, "model", BASE, bert)
    hub_content.upload(desk.api, "model", "acme/coded", bert | {"config.json": json.dumps(coded).encode()})
    hub_content.upload(desk.api, "model", "acme/pickled", pickled | {"pytorch_model.bin": b"\x80\x02}q\x00."})
    wordless = {name: data for name, data in bert.items() if not name.startswith(("token", "vocab"))}
    hub_content.upload(desk.api, "model", "acme/wordless", wordless)
    looking = json.dumps({"model_type": "vit", "architectures": ["ViTForImageClassification"]}).encode()
    hub_content.upload(desk.api, "model", "acme/looking", bert | {"config.json": looking})
    hub_content.upload(desk.dee, "model", "dee/gated", bert)
    desk.dee.update_repo_settings("dee/gated", gated="manual")
    hub_content.upload(desk.dee, "model", "dee/secret", bert, private=True)
    hub_content.upload(desk.api, "dataset", DATA, hub_content.review_dataset())
    hub_content.upload(desk.api, "dataset", "acme/vanished", hub_content.review_dataset())
    for name, (files, _) in DATASETS.items():
        hub_content.upload(desk.api, "dataset", f"acme/{name}", files)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """R1 trains in the background; R2 lost its data on the Hub between the plan and Start."""
    folder = tmp_path_factory.mktemp("desk")
    port = driver.free_port()
    url = f"http://127.0.0.1:{port}/slack/events"
    with driver.sandbox(folder / "sandbox", "--empty", "--http-mode", url) as running:
        more = {
            "SLACK_APP_TOKEN": "",
            "SLACK_SIGNING_SECRET": running.ready["signing_secret"],
            "HUGOPS_LISTEN": f"127.0.0.1:{port}",
            "HUGOPS_SLOTS": "2",
            "HUGOPS_MODEL_MEMORY": "100000",
        }
        with driver.bot(running, folder / "home", **more) as bot:
            desk = Desk(running, bot, url)
            fill_hub(desk, folder)
            good = desk.plan(f"train {BASE} on {DATA} epochs=1 lr=2e-3 batch=16")
            vanishing = desk.plan(f"train {BASE} on acme/vanished epochs=1")
            desk.api.delete_repo("acme/vanished", repo_type="dataset")
            running.click("ana", good, "run.start")
            driver.wait_for(lambda: running.about("R1"), 30, "the first card")
            running.click("ana", vanishing, "run.start")
            yield desk


@pytest.mark.parametrize("characters", [1_100_000, 5_000_000])
@pytest.mark.usefixtures("hugops")
def test_a_command_of_megabytes_gets_its_sentence_and_holds_up_no_other(
    workspace: driver.Sandbox, characters: int
) -> None:
    big, next_one = workspace.command("ana", "x" * characters), workspace.command("ana", "R99")
    assert [answer["response"]["text"] for answer in (big, next_one)] == [
        f"That is {characters:,} characters; I read at most 100,000. Send less at once.",
        "There is no run R99. `/hf runs` lists those there are.",
    ]
    assert next_one["ack_ms"] < 3000  # Slack waits no longer


@pytest.mark.parametrize("text", TYPED)
def test_a_slip_of_the_pen_is_answered_with_the_right_form(desk: Desk, text: str) -> None:
    assert desk.hear("dee", text, "general") == [TYPED[text]]


def test_no_words_at_all_bring_the_help(desk: Desk) -> None:
    (said,) = desk.hear("dee", "", "ml-releases")
    assert said.startswith("What you can type after /hf: search, ")


def test_data_that_cannot_be_learned_from_is_refused_before_there_is_a_plan(desk: Desk) -> None:
    wanted = {f"train {BASE} on acme/{name}": [sentence] for name, (_, sentence) in DATASETS.items()}
    assert desk.hear_all(list(wanted)) == wanted


def test_a_model_that_must_not_be_loaded_is_refused_before_there_is_a_plan(desk: Desk) -> None:
    before = desk.count()
    wanted = {text: [sentence.format(hub=desk.hub)] for text, sentence in MODELS.items()}
    assert desk.hear_all(list(wanted)) == wanted
    assert desk.count() == before


def test_details_of_a_gated_model_are_shown_and_say_that_it_is_gated(desk: Desk) -> None:
    desk.hear("bo", "info dee/gated", "ml-releases")
    assert "*gated*" in json.dumps(desk.running.messages("bo", "ml-releases")[-1])


def test_data_that_vanished_before_start_ends_the_run_with_one_sentence(desk: Desk) -> None:
    desk.running.wait_state("R2", "failed")
    reason = "acme/vanished is not on the Hub, or is private and cannot be read with this token."
    with closing(sqlite3.connect(f"file:{desk.bot.home}/hugops.db?mode=ro", uri=True)) as database:
        (failure,) = database.execute("SELECT failure FROM runs WHERE id = 2").fetchone()
    assert json.loads(failure) == {"reason": reason, "kind": "hub"}
    (card,) = desk.running.about("R2")
    assert json.dumps(card["blocks"]).count(reason) == 1


@pytest.mark.parametrize(("action", "value"), FORGED)
def test_a_press_that_no_button_stands_for_is_answered_in_words(desk: Desk, action: str, value: str) -> None:
    before = desk.count()
    assert desk.forge(action, value, "cy") == [FORGED[action, value]]
    assert desk.count() == before


def test_a_press_without_slacks_signature_is_turned_away(desk: Desk) -> None:
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        desk.forge("run.cancel", "R1", "ana", secret="not the secret")
    refused.value.close()


def test_only_the_one_who_asked_may_start_a_plan(desk: Desk) -> None:
    plan = desk.plan(f"train {BASE} on {DATA}", "dee", "ml-releases")
    value = plan["blocks"][-2]["elements"][0]["value"]
    before = desk.count()
    owner = desk.running.ready["users"]["dee"]
    assert desk.forge("run.start", value, "bo") == [
        f"This plan belongs to <@{owner}>. Only they or an admin may do that."
    ]
    assert desk.count() == before
    assert desk.press("dee", plan, "plan.cancel", "ml-releases") == ["Put away; nothing was started."]
    assert desk.forge("run.start", value, "dee") == ["This plan was put away. Type the command again."]
    assert desk.count() == before


def test_only_the_one_who_asked_may_steer_a_run(desk: Desk) -> None:
    owner = desk.running.ready["users"]["ana"]
    refusal = [f"R1 belongs to <@{owner}>. Only they or an admin may do that."]
    (card,) = driver.wait_for(lambda: desk.running.about("R1"), 30)
    if "run.cancel" in json.dumps(card):
        assert desk.press("bo", card, "run.cancel") == refusal
    for verb in ("cancel", "resume", "mute", "unmute"):
        assert desk.hear("bo", f"{verb} R1", "general") == refusal
    assert desk.hear("bo", "publish R1 to acme/mine", "general") == refusal
    desk.running.wait_state("R1", "succeeded")


def test_a_channel_that_the_bot_is_not_in_is_named_with_the_way_out(desk: Desk) -> None:
    before = desk.count()
    plan = desk.plan(f"train {BASE} on {DATA} epochs=50", channel="ml-private")
    assert desk.press("ana", plan, "run.start", "ml-private") == [
        "I am not in this channel. Invite me with `/invite @hugops`, then press Start again."
    ]
    assert desk.hear("ana", f"watch {BASE}", "ml-private") == [
        "I am not in this channel. Invite me with `/invite @hugops`, then ask again."
    ]
    assert desk.count() == before
    desk.running.call("command", user="ana", channel="ml-private", command="/invite", text="@hugops")
    desk.running.click("ana", plan, "run.start", "ml-private")
    driver.wait_for(lambda: desk.running.about("R3", "ml-private"), 30, "the card")
    desk.hear("ana", "cancel R3", "ml-private")
    desk.running.wait_state("R3", "cancelled", channel="ml-private")


@pytest.mark.parametrize("owner", ["dee", "org", "ACME-labs"])
def test_a_name_that_the_bot_may_not_write_is_refused_before_anybody_is_asked(desk: Desk, owner: str) -> None:
    desk.running.wait_state("R1", "succeeded")
    before = desk.count()
    assert desk.hear("ana", f"publish R1 to {owner}/mine") == [
        (
            f"The token I use may not write to `{owner}`, only to `acme` and `hugops-bot`. "
            "Publish to a name there, or give its account write access on the Hub."
        )
    ]
    assert desk.count() == before
    assert not desk.dee.repo_exists(f"{owner}/mine")


def test_the_form_of_a_publish_offers_where_the_token_may_write(desk: Desk) -> None:
    desk.running.wait_state("R1", "succeeded")
    before = desk.count()
    (card,) = desk.running.about("R1")
    desk.running.click("ana", card, "run.publish")

    def look() -> list[str]:
        blocks = {block.get("block_id"): block for block in desk.running.view("ana")["blocks"]}
        return [option["value"] for option in blocks["owner"]["element"]["options"]] if "owner" in blocks else []

    assert driver.wait_for(look, 30, "the owners") == ["acme", "hugops-bot"]
    view = desk.running.view("ana")
    values = {
        "owner": {"owner": "acme"},
        "repo": {"repo": "dee/mine"},
        "visibility": {"visibility": "private"},
    }
    seen = desk.seen("ana", "ml")
    desk.running.call("submit", user="ana", view_id=view["id"], values=values)
    (said,) = desk.wait_new("ana", "ml", seen)
    assert said.startswith("The token I use may not write to `dee`")
    assert desk.count() == before


def test_a_release_belongs_to_the_one_who_asked_until_approvers_decide(desk: Desk) -> None:
    desk.running.wait_state("R1", "succeeded")
    (asked,) = desk.hear("ana", "publish R1 to acme/mood")
    release = asked.split()[0]
    desk.running.wait_state(release, "waiting", channel="ml-approvals")
    (card,) = desk.running.about(release, "ml-approvals")
    owner = desk.running.ready["users"]["ana"]
    assert desk.hear("bo", f"withdraw {release}") == [
        f"{release} belongs to <@{owner}>. Only they or an admin may do that."
    ]
    assert desk.hear("ana", "publish R1 to acme/mood") == [
        f"{release} already asks for R1 to become acme/mood. `/hf {release}` shows it."
    ]
    assert desk.press("ana", card, "release.reject", "ml-approvals") == [
        "You asked for this release, so somebody else has to decide. It goes on waiting."
    ]
    assert desk.press("cy", card, "release.reject", "ml-approvals") == [
        "Only @ml-leads may decide on releases. The request goes on waiting."
    ]
    assert desk.hear("ana", f"withdraw {release}") == [f"{release} is withdrawn."]
    desk.running.wait_state(release, "withdrawn", channel="ml-approvals")
    assert desk.forge("release.approve", release, "bo") == [f"{release} is withdrawn already."]


@pytest.mark.parametrize(
    ("channel", "sentence"),
    [
        (
            "",
            "HUGOPS_APPROVAL_CHANNEL is not set, so nothing can be published. An admin has to set it and restart me.",
        ),
        ("C0NOSUCHONE", NOT_IN.format(key="HUGOPS_APPROVAL_CHANNEL", channel="C0NOSUCHONE")),
    ],
)
def test_without_an_approval_channel_the_setting_is_named_and_nothing_is_asked(
    desk: Desk, channel: str, sentence: str
) -> None:
    desk.running.wait_state("R1", "succeeded")
    before = desk.count()
    with desk.restarted(HUGOPS_APPROVAL_CHANNEL=channel):
        assert desk.hear("ana", "publish R1 to acme/elsewhere") == [sentence]
        assert sentence in desk.bot.log.read_text()
    assert desk.count() == before
    assert not desk.api.repo_exists("acme/elsewhere")


def test_home_shows_what_is_mine_with_its_next_step(desk: Desk) -> None:
    desk.running.wait_state("R1", "succeeded")

    def look() -> bool:
        shown = json.dumps(desk.running.call("home", user="ana"))
        return "My runs" in shown and "run.publish" in shown

    driver.wait_for(look, 30, "Ana's Home")


def test_after_all_that_nobody_has_seen_a_traceback(desk: Desk) -> None:
    for user, channel in product(PEOPLE, CHANNELS):
        said = json.dumps(desk.running.messages(user, channel))
        assert [word for word in ("Traceback", "incident", "Exception", ".py") if word in said] == []
    assert "incident" not in desk.bot.log.read_text()
    (said,) = desk.hear("cy", "whoami", "general")
    assert said.endswith(": admin, trainer. On the Hub I am `hugops-bot`, with `hugops-bot`, `acme` to write to.")
