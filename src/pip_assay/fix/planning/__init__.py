"""Which releases to move to: `planned` is the verb. It asks uv, audits the answer, excludes, and asks again.

left.py       what is asked to be settled, and why what no plan is made for stays
planned.py    the plan of a target, with all that it needs to know of the world
listed.py     the releases that there are, in the places in which uv looks
auditing.py   which flaws any of them has
judging.py    what the target's policy makes of these
carried.py    findings inside distributions, which only another release of those settles
plan.py       the fewest and nearest moves that settle the most
choosing.py   which releases would not do
search.py     the largest part that can be settled together, in order of severity
ways.py       what else settles a flaw, once no release that fixes it fits
reduced.py    every change that is not needed is put back
questions.py  what a solver is asked, and what it answers
remembered.py its answers, used again
lines.py      a question as the lines of uv's files, and its answer read
solver.py     one question to uv, in a scratch folder
stubs.py      releases without a wheel, as wheels of metadata alone
moves.py      which release takes the place of which, and how large a step that is
changes.py    a solution as the changes that people read
apart.py      findings that no solver is asked about, and why
blocked.py    why the rest stays, and what would help
advised.py    a plan from advisories alone, where there is no resolver
"""
