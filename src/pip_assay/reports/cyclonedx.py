"""What both CycloneDX formats write: the bill of materials with its vulnerabilities, 1.6 or 1.7, as JSON's own values.

The keys of each object are in the order of the XML schema, so that the XML is the same document. A vulnerability is
written as soon as it is made: 50,000 of them at once take half a gigabyte. The document is made by hand:
cyclonedx-python-lib takes 130 ms to be imported, and has no say in what is in the document (docs/decisions/003).
"""

from pip_assay import __version__
from pip_assay.errors import UsageError
from pip_assay.model import PYTHON, Report
from pip_assay.reports import Style
from pip_assay.reports.bill import Bill, Part, as_json, bill, hashes, said, source, spoken, unsaid, uuid
from pip_assay.reports.cyclonedx_flaws import LONGEST_VERSION, Object, properties, vulnerabilities
from pip_assay.reports.long_text import LongText
from pip_assay.reports.summary import incomplete
from pip_assay.reports.text import neutral, percent_encoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VERSIONS = ("1.6", "1.7")
"""The first is written where nobody asks for one: more tools read it."""


def written(
    report: Report, style: Style, between: str, write: "Callable[[Object], str] | None" = None
) -> tuple[Object, LongText]:
    """Return the document without its vulnerabilities, and the text of these: in JSON, or as `write` makes them.

    Of the style, `spec_version`, `descriptions` and `now` change it. `between` stands between two vulnerabilities.

    Raises:
        UsageError: this version of CycloneDX is not written.
    """
    version = style.spec_version or VERSIONS[0]
    if version not in VERSIONS:
        raise UsageError(f"CycloneDX {version} is not written", hint=f"choose one of: {', '.join(VERSIONS)}")
    found = bill(report)
    subject = _subject(found)
    made: Object = {
        "$schema": f"http://cyclonedx.org/schema/bom-{version}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "serialNumber": "",
        "version": 1,
        "metadata": _metadata(report, style, subject),
        "components": _components(found),
        "dependencies": _dependencies(found, subject),
        **_compositions(report, subject),
    }
    flaws = LongText()

    def parts() -> "Iterator[str]":
        yield as_json(made)
        for each in vulnerabilities(found, style):
            text = as_json(each)
            flaws.add(write(each) if write else text, between)
            yield text

    return made | {"serialNumber": f"urn:uuid:{uuid(parts())}"}, flaws


def _metadata(report: Report, style: Style, subject: Object) -> Object:
    data = report.data
    told = [
        ("status", "incomplete" if incomplete(report) else "complete"),
        ("data", source(report)),
        ("data-date", data.date),
        ("data-digest", data.digest),
        ("as-of", data.as_of),
        *(("problem", text) for text in unsaid(report)),
        *(("note", text) for text in said(report)),
    ]
    tool = {"type": "application", "name": "pip-assay", "version": __version__}
    made: Object = {"timestamp": spoken(report, style.now), "tools": {"components": [tool]}, "component": subject}
    return {key: value for key, value in made.items() if value} | {"properties": properties(told)}


def _compositions(report: Report, subject: Object) -> Object:
    """Return that the bill is incomplete, where it is. That it is complete nobody can promise."""
    if not incomplete(report):
        return {}
    about = {"assemblies": [subject["bom-ref"]]} if subject else {}
    return {"compositions": [{"aggregate": "incomplete"} | about]}


def _subject(found: Bill) -> Object:
    """Return the component that the document is about: the target, or one that stands for all of them."""
    targets = [
        {
            "type": "application",
            "bom-ref": f"target:{percent_encoded(target.name)}",
            "name": neutral(target.name).strip() or "unnamed",
            "properties": properties(("kind", kind) for kind in target.kinds),
        }
        for target in found.targets
    ]
    if len(targets) < 2:
        return targets[0] if targets else {}
    return {"type": "application", "bom-ref": "targets", "name": "targets", "components": targets}


def _components(found: Bill) -> list[Object]:
    made = [_component(part) for part in found.parts]
    for part, component in zip(found.parts, made, strict=True):
        if part.carrier is not None:
            made[part.carrier].setdefault("components", []).append(component)
    return [component for part, component in zip(found.parts, made, strict=True) if part.carrier is None]


def _component(part: Part) -> Object:
    dependencies = part.dependencies
    groups = {group for each in dependencies for group in each.groups}
    made: Object = {
        "type": "platform" if part.pin.ecosystem == PYTHON else "library",
        "bom-ref": part.ref,
        "name": neutral(part.pin.name).strip() or "unnamed",
        "version": neutral(part.pin.version).strip()[:LONGEST_VERSION],
        "scope": ("required" if "runtime" in groups else "optional") if groups else "",
        "hashes": [{"alg": name, "content": digits} for name, digits in hashes(part)],
        "purl": part.purl,
        "properties": properties(
            [
                *(("group", group) for group in sorted(groups)),
                *(("place", str(each.place)) for each in dependencies),
                *(("marker", each.marker) for each in dependencies),
                *(
                    ("origin", f"{kind} {where}")
                    for kind, where in (each.origin for each in dependencies)
                    if kind != "index"
                ),
                ("inside", str(part.inside) if part.inside and part.carrier is None else ""),
                *(("known-by", each.known_by) for each in dependencies),
                ("skipped", part.skip),
            ]
        ),
    }
    return {key: value for key, value in made.items() if value}


def _dependencies(found: Bill, subject: Object) -> list[Object]:
    """Return who depends on whom; of what has no entry it is unknown. A target depends on what it asks for itself."""
    targets = subject.get("components", [subject] if subject else [])
    made = [{"ref": subject["bom-ref"], "dependsOn": [each["bom-ref"] for each in targets]}] if len(targets) > 1 else []
    for target, component in zip(found.targets, targets, strict=True):
        made.append({"ref": component["bom-ref"], "dependsOn": [found.parts[each].ref for each in target.asked]})
    for number, needs in found.needs.items():
        made.append({"ref": found.parts[number].ref, "dependsOn": [found.parts[each].ref for each in needs]})
    return made
