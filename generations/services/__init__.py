"""Everything that changes a generation. Each module does one thing; none knows HTTP.

How a job travels: `create` promises `submit` through the outbox; `submit` hands it to FAL once, and `reconcile` finds
out what became of a hand-over whose outcome is unknown; `follow` polls while `webhook` waits to be told, and both end
in `outcome`; `collect` brings the files home and completes. Every step takes the lock of the generation's row to
change state, commits before it talks to anybody, and may be run again after a crash at any point.
"""
