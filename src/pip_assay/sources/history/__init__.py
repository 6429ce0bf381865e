"""What files held at a commit of a git repository, read from its objects: nothing is checked out, run or fetched.

program.py  the git program, asked for objects alone
commit.py   which commit is meant, and which files it has
"""
