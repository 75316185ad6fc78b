"""What operators see of generations. They look; what may be done to a generation is a service of its own."""

from generations.admin.assets import AssetAdmin
from generations.admin.generations import GenerationAdmin

__all__ = ["AssetAdmin", "GenerationAdmin"]
