"""What is kept at hand so that it need not be worked out again, and what that is worth. Knows no feature."""
