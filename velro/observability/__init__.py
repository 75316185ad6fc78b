"""How a running copy is seen from outside: request context, structured logs."""
