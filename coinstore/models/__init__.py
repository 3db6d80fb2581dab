"""Embedding: pixels in, unit vectors out. Knows no database; one file for each family of models."""
