"""Advisory sources: each answers which records may concern a pin. Only match.py decides whether they do."""
