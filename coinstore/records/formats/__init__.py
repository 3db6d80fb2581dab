"""Formats of the field: LIDO, NUDS and others, each read as records under coinstore's own field names."""
