"""What is heard of a request before its answer, and how it is stopped."""

import uuid
from pathlib import Path

import pytest

from core.results import Written
from jobs.inference.client import InferenceClient
from jobs.inference.protocol import News, Request
from world import hub_content
from world.model_shelf import SHA, Shelf, results_of, save_generator

pytestmark = pytest.mark.xdist_group("inference")


@pytest.fixture(scope="module")
def shelf(shared_shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    masked, generator = tmp_path_factory.mktemp("masked"), tmp_path_factory.mktemp("generator")
    hub_content.tiny_bert(masked)
    save_generator(generator, masked, n_positions=512)
    settings = (generator / "tokenizer_config.json").read_text()
    (generator / "tokenizer_config.json").write_text(settings.replace("64", "512"))
    shared_shelf.put("acme/generator", generator)
    return shared_shelf


def request(*texts: str, **options: int) -> Request:
    return Request(uuid.uuid4().hex, "acme/generator", SHA, "text-generation", list(texts), options)


def test_words_are_told_as_they_are_written_and_make_up_the_answer(client: InferenceClient) -> None:
    heard: list[News] = []
    answer = client.ask(request("the film is", max_new_tokens=12), 60, heard.append)
    written = "".join(news.text for news in heard if news.stage == "writing")
    assert written.strip() == results_of(answer, Written)[0].text.strip() != ""
    assert len([news for news in heard if news.text]) > 1


def test_a_request_that_is_stopped_answers_with_what_it_wrote_until_then(client: InferenceClient) -> None:
    asked = request("the film is", max_new_tokens=400)

    def stop(news: News) -> None:
        if news.stage == "writing":
            client.cancel(asked.id)

    result = results_of(client.ask(asked, 60, stop), Written)[0]
    assert result.ended == "stopped"
    assert 0 < result.new_tokens < 400
    answer = client.ask(request("the film", max_new_tokens=2), 60)
    assert results_of(answer, Written)[0].new_tokens == 2


def test_a_file_name_never_leads_out_of_the_requests_folder(tmp_path: Path) -> None:
    asked = Request(
        "1", "acme/x", SHA, "image-classification", [{"file": "../../etc/passwd"}, "text"], folder=str(tmp_path)
    )
    assert (asked.files, asked.texts) == ([tmp_path / "passwd"], ["text"])
