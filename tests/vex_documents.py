"""VEX documents that say the same in three formats: for tests to change."""

from typing import Any

EARLY, LATE = "2026-11-01T00:00:00Z", "2026-11-02T00:00:00+05:00"
JINJA = "pkg:pypi/jinja2@2.10"
PATH = "vulnerable_code_not_in_execute_path"

OPENVEX: dict[str, Any] = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "urn:example:1",
    "author": "The team",
    "timestamp": EARLY,
    "version": 1,
    "statements": [
        {
            "vulnerability": {"@id": "https://advisories.example/1", "name": "CVE-2019-1", "aliases": ["GHSA-1"]},
            "products": [{"@id": JINJA}],
            "status": "not_affected",
            "justification": PATH,
            "status_notes": "never called",
        }
    ],
}

CYCLONEDX: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "metadata": {"timestamp": EARLY, "authors": [{"email": "team@team.example"}, {"name": "The team"}]},
    "components": [{"type": "library", "bom-ref": "jinja", "name": "jinja2", "version": "2.10", "purl": JINJA}],
    "vulnerabilities": [
        {
            "id": "CVE-2019-1",
            "references": [{"id": "GHSA-1", "source": {"name": "GITHUB"}}],
            "analysis": {"state": "not_affected", "justification": "code_not_reachable", "detail": "never called"},
            "affects": [{"ref": "jinja"}],
        }
    ],
}

CSAF: dict[str, Any] = {
    "document": {
        "category": "csaf_vex",
        "csaf_version": "2.0",
        "publisher": {"name": "The team"},
        "tracking": {"current_release_date": EARLY},
    },
    "product_tree": {
        "branches": [
            {
                "category": "vendor",
                "name": "Somebody",
                "branches": [
                    {
                        "category": "product_version",
                        "name": "2.10",
                        "product": {
                            "product_id": "P1",
                            "name": "Jinja2 2.10",
                            "product_identification_helper": {"purl": "pkg:pypi/jinja2"},
                        },
                    }
                ],
            }
        ]
    },
    "vulnerabilities": [
        {
            "cve": "CVE-2019-1",
            "ids": [{"system_name": "GitHub", "text": "GHSA-1"}],
            "product_status": {"known_not_affected": ["P1"]},
            "flags": [{"label": PATH, "product_ids": ["P1"]}],
            "threats": [
                {"category": "impact", "details": "never called"},
                {"category": "exploit_status", "details": "x"},
            ],
        }
    ],
}
