"""Management commands of the HTTP layer."""
