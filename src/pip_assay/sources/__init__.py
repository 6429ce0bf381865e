"""Sources: each reads one kind of target into an Inventory, never runs it, and knows nothing of advisories."""
