"""Commands of generations."""
