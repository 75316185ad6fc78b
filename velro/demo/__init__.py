"""`make demo`: a tour of a running copy in the terminal, through nothing but the public HTTP API."""
