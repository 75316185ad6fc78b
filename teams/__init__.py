"""Teams: the tree of people that share generations."""
