"""What operators see of generations and of who reaches them, and what they may take back. They see no content."""

from generations.admin.assets import AssetAdmin
from generations.admin.figures import read_figures
from generations.admin.generations import GenerationAdmin
from generations.admin.grants import GroupGrantAdmin, UserGrantAdmin
from generations.admin.sharing import DelegationAdmin, ShareAdmin
from generations.admin.view_reports import read_busiest_teams

__all__ = [
    "AssetAdmin",
    "DelegationAdmin",
    "GenerationAdmin",
    "GroupGrantAdmin",
    "ShareAdmin",
    "UserGrantAdmin",
    "read_busiest_teams",
    "read_figures",
]
