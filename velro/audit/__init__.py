"""The audit trail: who did what to what, when, from where, by which rule, with which outcome."""
