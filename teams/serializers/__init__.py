"""Bodies of requests and answers about teams."""
