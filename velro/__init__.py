"""Velro: the backend of a team AI generation platform."""

__version__ = "0.1.0"
