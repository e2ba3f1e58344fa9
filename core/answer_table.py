"""Answers to many texts as a CSV file: one row a text, for those that no message holds."""

import csv
import io
from collections.abc import Mapping, Sequence

from core.blocks.results import in_words
from core.results import Entities, Ranked, Result, Scores, Span, Transcript, Words, Written

Row = dict[str, str | float]
# Tells programs that the file is UTF-8.
MARK = "\ufeff"


def build_table(texts: Sequence[str], sides: Mapping[str, Sequence[Result]]) -> str:
    """The text, then each model's answer with its score, and the scores of all its labels where it has some.

    With several `sides` their columns begin with the model's name.
    """
    rows: list[Row] = []
    for at, text in enumerate(texts):
        row: Row = {}
        for model, results in sides.items():
            result = results[at]
            row |= {"text": result.text if isinstance(result, Ranked) else text}
            before = f"{model} " if len(sides) > 1 else ""
            row |= {f"{before}{name}": value for name, value in _columns(text, result).items()}
        rows.append(row)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    written = io.StringIO()
    writer = csv.DictWriter(written, columns, restval="", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return MARK + written.getvalue()


def _columns(text: str, result: Result) -> Row:
    match result:
        case Scores():
            first = result.scores[0]
            if result.plain:
                return {"answer": first.score}
            of_label: Row = {f"score of {each.label}": each.score for each in result.scores}
            return {"answer": first.label, "score": first.score, **of_label}
        case Words():
            return {"answer": result.words[0].word, "score": result.words[0].score}
        case Entities():
            entities = (f"{each.label}: {text[each.start : each.end]}" for each in result.entities)
            return {"answer": "; ".join(entities)}
        case Span():
            return {"answer": result.answer, "score": result.score}
        case Ranked():
            return {"score": result.score}
        case Written() | Transcript():
            return {"answer": result.text}
        case _:
            return {"answer": in_words([result])}
