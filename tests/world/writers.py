"""Small models that write, for a Hub: one that takes its time, and one that was made to talk."""

import json
from pathlib import Path

from world import hub_content
from world.model_shelf import save_generator

TALK = (
    "{% for m in messages %}[CLS] {{ m['content'] }} [SEP]{% endfor %}{% if add_generation_prompt %} [CLS]{% endif %}"
)


def writer(folder: Path, *, layers: int = 2, talks: bool = False) -> dict[str, bytes]:
    """A random GPT-2 with the words of the tiny BERT; each layer makes it slower."""
    masked = folder / "masked"
    hub_content.tiny_bert(masked)
    save_generator(folder, masked, n_layer=layers, n_positions=512)
    settings = folder / "tokenizer_config.json"
    settings.write_text(json.dumps(json.loads(settings.read_text()) | {"model_max_length": 512}))
    if talks:
        (folder / "chat_template.jinja").write_text(TALK)
        (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": 3}))
    card = b"---\nlicense: mit\nlibrary_name: transformers\npipeline_tag: text-generation\n---\nRandom weights.\n"
    return {"README.md": card} | {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
