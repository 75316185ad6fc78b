"""What changes accounts. Each service is one transaction and leaves its own audit record."""
