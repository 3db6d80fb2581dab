"""Curation: what people decide, from preferred names to imputed values and accepted proposals."""
