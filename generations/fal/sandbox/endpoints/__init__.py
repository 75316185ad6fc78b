"""The models on offer: what each accepts, what it renders, what it answers and what it costs."""
