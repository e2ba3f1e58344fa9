"""What is known of a model before it runs, the same wherever it is tried, exported or trained. Torch-free."""
