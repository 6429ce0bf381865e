"""The OSV API, answered from the local database: questions, answers, and the server that carries them.

Only `server` and `application` load the framework, which the extra `[serve]` brings.
"""
