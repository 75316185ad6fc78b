"""How often the same caller may come: counted on Valkey for all processes, in the process while Valkey is away."""
