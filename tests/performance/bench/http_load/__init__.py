"""Load over HTTP: a generator of our own, servers started as `make run` starts them, and what they have to reach."""
