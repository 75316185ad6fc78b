"""What the trail refuses."""

from velro.errors import VelroError


class TrailUnavailable(VelroError):
    """Nothing is given away that leaves no trace."""

    code = "trail_unavailable"
    status = 503
    title = "What would be decided cannot be recorded at the moment"
