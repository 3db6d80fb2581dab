"""Evaluation: figures of how well a space finds coins that belong together, with intervals and chance."""
