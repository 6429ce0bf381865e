"""Repair: the smallest set of upgrades that settles the most, written into the file people have, proved by an audit.

    nouns.py      what the steps pass on: what is held, what is wished, what would change, what is in the way
    steps.py      the steps, in their order
    formats/      one module a kind of file: what it holds and asks for, and how a change is written into it
    planning/     which releases to move to, and why the rest cannot be settled
    layers.py     targets of one run that build on each other, and follow each other
    tools.py      the programs that own files
    copies.py     the files as they are to be, in a scratch folder
    prove.py      what was written is read again, audited again, and checked by the tool that owns it
    write.py      all files of a fix change together, or none

A set of releases that does not resolve is never written: uv, or the tool that owns a lock, has solved it before.
"""
