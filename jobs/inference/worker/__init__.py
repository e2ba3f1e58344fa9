"""The inference worker: the process that holds models and answers with them."""
