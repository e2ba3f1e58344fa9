"""What is known of the model that a run left, under the run's card."""

from core.blocks.parts import Blocks, context, section
from core.hub import Model, memory_needed
from core.words import count, escape, plural, size


def build_run_model(model: Model) -> Blocks:
    """Kind, size, memory to answer with it, files; and what to type next."""
    memory = memory_needed(model.weight_bytes, model.parameters_total)
    facts = [
        ", ".join(model.architectures) or "architecture unknown",
        f"{count(model.parameters_total)} parameters" if model.parameters_total else "",
        f"{size(model.weight_bytes)} of weights (safetensors)" if model.safe else "no safetensors weights",
        f"about {size(memory.inference)} of memory to answer",
        f"{plural(len(model.files), 'file')}, {size(model.total_bytes)}",
    ]
    return [
        section(f"*Its model* · {escape(' · '.join(fact for fact in facts if fact))}"),
        context(f'Not published from here; try it with `/hf run {model.id} "text"`.'),
    ]
