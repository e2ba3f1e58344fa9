"""One file a task: `AUTO` says which class loads it, `run` takes the inputs of several requests at once."""
