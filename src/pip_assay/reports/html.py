"""The report as one HTML page that needs nothing else: to be opened, sent, printed and kept.

It holds its style and its script, names the SHA-256 of both in its content security policy, and may load and send
nothing. It is ASCII, so that no encoding garbles it. Without its script everything can be read; only the filters go.
"""

from base64 import b64encode
from hashlib import sha256

from pip_assay import __version__
from pip_assay.model import Report
from pip_assay.reports import Style
from pip_assay.reports.page import opening, overview, rest
from pip_assay.reports.page.content import numbers, packages
from pip_assay.reports.page.markup import Markup, element
from pip_assay.reports.page.packages import findings
from pip_assay.reports.page.script import SCRIPT
from pip_assay.reports.page.stylesheet import STYLESHEET

NAME = "html"
MANIFEST = True
AUTO = True

FOOT = (
    f"Written by pip-assay {__version__}. A finding is a vulnerability that the advisories named above know of; "
    "where they know of none, that is no proof that there is none."
)


def render(report: Report, style: Style) -> str:
    """Return the page. Of the style, only `descriptions`, `aliases` and `link_site` change it."""
    page = element("html", _head(report), _body(report, style), lang="en")
    return f"<!DOCTYPE html>\n{page}\n".encode("ascii", "xmlcharrefreplace").decode("ascii")


def _head(report: Report) -> Markup:
    policy = (
        f"default-src 'none'; style-src '{_digest(STYLESHEET)}'; script-src '{_digest(SCRIPT)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", opening.title(report)),
        element("style", STYLESHEET),
    )


def _body(report: Report, style: Style) -> Markup:
    found = packages(report)
    number = numbers(report, found)
    own, carried = findings(found, style, audited=bool(number.audited))
    parts = {
        ("summary", "Summary"): overview.summary(report, found, number),
        ("findings", "Findings"): own,
        ("bundled", "Bundled"): carried,
        ("problems", "Problems"): rest.problems(report),
        ("ignored", "Ignored"): rest.ignored(report),
        ("rules", "Idle ignores"): rest.idle_rules(report),
        ("notices", "Notices"): rest.notices(report),
        ("left", "Not audited"): rest.left(report),
        ("packages", "All packages"): rest.everything(report),
        ("folders", "Not looked into"): rest.left_out(report.left_out),
    }
    links = [element("li", element("a", label, href=f"#{name}")) for (name, label), part in parts.items() if part]
    return element(
        "body",
        element("a", "Skip to the findings", href="#findings", class_="skip"),
        opening.header(report, found, number),
        element("nav", element("ul", *links), aria_label="On this page"),
        element("main", *parts.values()),
        element("footer", element("p", FOOT)),
        element("script", SCRIPT),
    )


def _digest(block: str) -> str:
    """Return a block of the page as a source of its policy (Content Security Policy Level 3, 2.3.1)."""
    return f"sha256-{b64encode(sha256(block.encode()).digest()).decode()}"
