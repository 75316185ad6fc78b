"""A life of teams in random steps, by the product's own services, beside the reference."""
