"""What changes teams. Each service is one transaction, under locks on all it depends on."""
