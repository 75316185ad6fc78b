"""The rules of access a second time, in plain Python: what the product is compared with. Shares no line with it."""
