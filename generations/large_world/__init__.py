"""A large, plausible world to measure and try things out in: companies, people, what they made and shared."""
