"""What files, variables and options say together: settings of the run, and the policy of each target.

keys.py      every setting, what it takes, and who may set it
nearest.py   which file holds for a folder, if any: most runs have none, and load nothing of what follows
policies.py  what fails and what is ignored in a target
reading.py   what a file says
layers.py    files, then variables, then options: the later wins
decided.py   the policy that they make together
writing.py   an ignore, written into a file
schema.py    the JSON schema of the files
"""
