"""Whole processes, measured: pip-assay beside pip-audit, uv audit and pysentry on one loopback server."""
