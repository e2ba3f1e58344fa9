"""The heart of hugops: its rules and its state. It knows neither Bolt nor torch, and nothing above it."""
