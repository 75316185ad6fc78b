"""Who may do what: a pipeline of ten layers that knows no feature it protects."""
