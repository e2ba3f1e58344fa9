"""Forms: one file a form, with what opens it and what happens when it is submitted."""
