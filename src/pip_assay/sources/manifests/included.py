"""Requirements files that a manifest names in place of a list of its own."""

import os

from pip_assay.model import Place
from pip_assay.sources.manifests.declared import ELSEWHERE, Declared
from pip_assay.sources.resolve.nouns import Root

OUTSIDE = "names a file outside of its own folder, which was not read"


def read(declared: Declared, name: str, group: str, place: Place) -> None:
    """Declare what the requirements file of that name, relative to the manifest's folder, asks for."""
    from pip_assay.sources import requirements

    declared.group(group)
    flat = os.path.normpath(name.replace("\\", "/"))
    if os.path.isabs(flat) or flat.split(os.sep)[0] == ".." or "\0" in flat:
        declared.problem("unreadable", OUTSIDE, place, "name a file in it")
        return
    folder = os.path.dirname(declared.file)
    path = os.path.join(folder, flat)
    # What a link leads to may be anybody's, and its lines would be asked for at an index that this file names.
    if not os.path.realpath(path).startswith(os.path.join(os.path.realpath(folder), "")):
        declared.problem("unreadable", OUTSIDE, place, "name a file in it")
        return
    found = requirements.read([path], {})
    for each in found.requirements:
        text = f"-e {each.text}" if each.editable else each.text
        declared.root(Root(text, each.place, each.name, group))
    for problem in found.problems:
        if problem.gap != "empty":
            declared.keep(problem)
    declared.constraints += [each.text for each in found.constraints]
    if found.options.index_url:
        declared.index(found.options.index_url, first=True)
    for url in found.options.extra_index_urls:
        declared.index(url, first=False)
    for lock, at in found.locks:
        declared.problem("unresolved", f"names the lock {lock}, which was not read", at, ELSEWHERE)
