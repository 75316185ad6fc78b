"""`make bench`: what this machine does with jobs, decisions in a large world, large views, and load over HTTP."""
