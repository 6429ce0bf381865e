"""pip-assay: what Python software is really made of, and which of it has known vulnerabilities."""

__version__ = "0.1.0"
