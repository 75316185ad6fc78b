"""Work that must happen: a transactional outbox whose rows are the truth, with Celery as the nudge.

A service writes an `OutboxMessage` in the transaction of its business row. After commit the message's id is published
to the broker; a worker leases the row, runs the handler of its topic and deletes the row, or gives it a new due time.
Whatever dies or is flushed in between, the relay publishes every due row again. So a handler runs at least once and
must be safe to run again; two workers never run the same message at the same time, except past the end of a lease.
"""
