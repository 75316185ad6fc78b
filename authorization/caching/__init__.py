"""What decisions need, kept at hand: in the process, and between processes. Why it is never stale is `freshness`."""
