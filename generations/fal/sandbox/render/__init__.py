"""Renderers: pure functions from a job to the bytes of a real picture, film or recording."""
