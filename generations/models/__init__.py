"""The tables: what a person asked for, each attempt to have it made, and what came out."""

from generations.models.asset import Asset
from generations.models.generation import Generation
from generations.models.submission import Submission

__all__ = ["Asset", "Generation", "Submission"]
