"""One function call each: read the input, call a service or selector, answer."""
