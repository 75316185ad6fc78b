"""Everything HTTP that is not about a feature: problems, strict input, paging, idempotency, schema, health."""
