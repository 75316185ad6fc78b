"""A stand-in for fal.ai in a process of its own: the same protocol, real files, and faults on request."""
