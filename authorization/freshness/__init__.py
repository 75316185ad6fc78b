"""What lets a process answer from memory without ever being stale. The proof is in `docs/authorization.md`."""
