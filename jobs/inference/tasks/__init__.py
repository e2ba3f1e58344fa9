"""One file a task, each with the class that loads it (`AUTO`), how many rows one forward takes (`BATCH`), and verbs:

prepare(loaded, request, deadline) -> rows        reads the texts; CannotAnswer when they do not suit the task
run(loaded, rows) -> outputs, one a row           one forward over rows of several requests
finish(loaded, request, rows, outputs) -> results what the person is shown
"""
