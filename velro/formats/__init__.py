"""Formats for people to read, by language, as Django looks for them."""
