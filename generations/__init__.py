"""Generations: what a person asks for, how it is produced, and where the results are kept."""
