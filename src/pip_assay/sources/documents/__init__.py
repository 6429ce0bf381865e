"""TOML and JSON as hostile input: read boundedly, with the line of everything, and typed fields that nobody trusts."""
