"""Quick inference: the client side is free of torch; `python -m jobs.inference.worker SOCKET` holds the models."""
