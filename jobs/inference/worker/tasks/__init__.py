"""One file a task, each with the class that loads it (`AUTO`), how many rows one forward takes (`BATCH`), what the
model is read with (`NEEDS`, a tokenizer where it is not said), and verbs:

prepare(loaded, asked) -> rows                    reads the inputs; CannotAnswer when they do not suit the task
run(loaded, rows) -> outputs, one a row           one forward over rows of several requests
finish(loaded, request, rows, outputs) -> results what the person is shown

A task that asks its model for named `OUTPUTS` alone runs on either engine, and names its class as a text, so that
transformers is not imported for it.
"""
