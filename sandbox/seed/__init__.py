"""What the sandbox Hub holds at its first start: real weights, real reviews, and labelled stand-ins."""
