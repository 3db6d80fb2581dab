"""Classifying: values proposed for coins that lack one, measured where whole groups are held out."""
