"""Quick inference: the client side is free of torch; `python -m jobs.inference SOCKET` holds the models."""
