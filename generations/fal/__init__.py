"""Everything that speaks to FAL, and the sandbox that stands in for it."""
