"""Locks of Python tools, a reader for each; `locked` is what they decide alike, `beside` the manifest at hand."""
