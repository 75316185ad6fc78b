"""The tables: what a person asked for, each attempt to have it made, what came out, and who else reaches it."""

from generations.models.asset import Asset
from generations.models.generation import Generation
from generations.models.sharing import Delegation, GenerationGroupGrant, GenerationUserGrant, Share
from generations.models.submission import Submission

__all__ = [
    "Asset",
    "Delegation",
    "Generation",
    "GenerationGroupGrant",
    "GenerationUserGrant",
    "Share",
    "Submission",
]
