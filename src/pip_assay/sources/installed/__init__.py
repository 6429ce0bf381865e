"""What is installed: environments, found and read without starting them.

locate, installation    which environment is meant, and where it keeps its distributions
environment             every distribution in its folders
distribution, metadata, direct_url    one distribution, from what its installer left
tree                    the files: on the disk, or in memory
tools                   the environments of pipx and `uv tool`
"""
