"""The shapes that enter and leave. What the values mean is judged by the services."""
