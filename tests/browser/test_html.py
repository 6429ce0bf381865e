"""The HTML report in a real browser, opened from a file as people open it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from pip_assay.model import Report
from pip_assay.reports import Style
from pip_assay.reports.html import render
from tests import page_sample, samples

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --window-size=1200,900"
)
FULL = Style(descriptions=True, aliases=True, link_site="https://index.example")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (CHROMIUM.exists() and DRIVER.exists()), reason="Chromium and chromedriver are not here"),
]

# WCAG 2.2, 1.4.3 and its definitions of contrast ratio and relative luminance, over every text that is shown. A badge's
# or a page's background is the nearest one that is not transparent.
CONTRASTS = r"""
const channel = (value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
const luminance = (colour) => {
  const [red, green, blue] = parts(colour).map((each) => channel(each / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const background = (element) => {
  for (let each = element; each; each = each.parentElement) {
    const colour = getComputedStyle(each).backgroundColor;
    if (parts(colour)[3] !== 0) return colour;
  }
  return "rgb(255, 255, 255)";
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const found = {};
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || ["SCRIPT", "OPTION"].includes(element.tagName)) continue;
  const [one, two] = [getComputedStyle(element).color, background(element)].map(luminance).sort((a, b) => b - a);
  found[element.tagName + " " + element.className] = (one + 0.05) / (two + 0.05);
}
return found;
"""


class Browser:
    """A browser with an empty profile, and what the tests ask of it."""

    def __init__(self, folder: Path) -> None:
        options = ChromeOptions()
        options.binary_location = str(CHROMIUM)
        for flag in (*FLAGS.split(), f"--user-data-dir={folder / 'profile'}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.folder = folder
        self.driver: Any = Chrome(options=options, service=Service(str(DRIVER)))
        self.driver.get("about:blank")  # leaves the page that a new tab begins with, whose requests are not ours

    def open(self, report: Report) -> str:
        """Open the report from a file and return its address."""
        path = self.folder / "report.html"
        path.write_text(render(report, FULL), encoding="ascii")
        self.driver.get_log("performance")
        self.driver.get(path.as_uri())
        return path.as_uri()

    def command(self, name: str, **settings: object) -> Any:
        """Send a command of the DevTools protocol."""
        return self.driver.execute_cdp_cmd(name, settings)

    def emulate(self, *, media: str = "", scheme: str = "light") -> None:
        """Show the page as a printer, or somebody who likes it dark, gets it."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.command("Emulation.setEmulatedMedia", media=media, features=features)

    def script(self, source: str) -> Any:
        """Return what the script returns, run beside the page's policy."""
        return self.driver.execute_script(source)

    def one(self, selector: str) -> Any:
        """Return the element; there must be one."""
        (found,) = self.driver.find_elements(By.CSS_SELECTOR, selector)
        return found

    def seen(self, selector: str = ".finding h4") -> list[str]:
        """Return the texts of the elements that are displayed."""
        return [each.text for each in self.driver.find_elements(By.CSS_SELECTOR, selector) if each.is_displayed()]

    def press(self, *keys: str) -> None:
        """Press keys where the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def focused(self) -> str:
        """Return what a person at the keyboard is on: its name, value or text."""
        source = "const at = document.activeElement; return at.name ? at.name + ' ' + at.value : at.textContent;"
        return str(self.script(source)).strip()

    def tab_to(self, wanted: str) -> None:
        """Press Tab until the focus is there; every step on the way must show where it is."""
        for _ in range(60):
            self.press(Keys.TAB)
            outline = "return getComputedStyle(document.activeElement).outlineStyle;"
            assert self.script(outline) != "none", f"no outline on {self.focused()}"
            if self.focused() == wanted:
                return
        raise AssertionError(f"{wanted} is not reached by Tab")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests of this file."""
    made = Browser(tmp_path_factory.mktemp("browser"))
    yield made
    made.driver.quit()


@pytest.fixture
def page(browser: Browser) -> Browser:
    """The browser with the sample that holds one of everything."""
    browser.emulate()
    browser.open(page_sample.everything())
    return browser


def shown(browser: Browser) -> str:
    """Return what the page announces about how many findings are shown."""
    return str(browser.one("#shown").text)


@pytest.mark.parametrize("name", [*samples.SAMPLES, "everything"])
def test_it_opens_without_a_complaint_and_asks_nobody(browser: Browser, name: str) -> None:
    """No error on the console, where breaches of the page's policy are told; no request but for the file itself."""
    address = browser.open({**samples.SAMPLES, "everything": page_sample.everything}[name]())
    assert browser.driver.get_log("browser") == []
    events = [json.loads(each["message"])["message"] for each in browser.driver.get_log("performance")]
    asked = [each["params"]["request"]["url"] for each in events if each["method"] == "Network.requestWillBeSent"]
    assert asked == [address]
    assert browser.one("h1").is_displayed()
    assert browser.script("return document.compatMode") == "CSS1Compat"


def test_the_policy_holds(page: Browser) -> None:
    """What an attacker might add does not run, load or send, and the console tells of it."""
    page.script(
        "const add = (html) => document.body.insertAdjacentHTML('beforeend', html);"
        'add(\'<img src="http://127.0.0.1:9/x" onerror="document.title = 1"><p style="color: red" id=red>x</p>\');'
        "const run = document.createElement('script'); run.textContent = 'document.title = 2';"
        "document.body.append(run);"
    )
    assert page.script("return document.title") == "Audit of uv.lock and requirements.txt"
    assert page.script("return getComputedStyle(document.getElementById('red')).color") != "rgb(255, 0, 0)"
    assert {"Content Security Policy" in each["message"] for each in page.driver.get_log("browser")} == {True}


def test_severities_can_be_chosen(page: Browser) -> None:
    """A box that is cleared hides its findings, and the packages that have no other; the number is announced."""
    assert shown(page) == "8 findings shown, in 5 packages"
    page.one("input[value=high]").click()
    page.one("input[value=malware]").click()
    assert shown(page) == "3 of 8 findings shown, in 3 packages"
    assert len(page.seen()) == 3
    assert page.seen(".package h3") == ["jinja2 2.10", "urllib3 1.26.4", "pickle-tools 3.2"]
    page.one("button[type=reset]").click()
    assert shown(page) == "8 findings shown, in 5 packages"
    assert len(page.seen()) == 8


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("pillow", 3),
        ("PYSEC-2021-66", 1),
        ("cve-2023-4863", 1),
        ("jinja2  urlize", 1),
        ("sandbox 217", 1),
        ("<b>", 0),
        ("pillow jinja2", 0),
    ],
)
def test_names_and_ids_can_be_searched(page: Browser, words: str, titles: int) -> None:
    """Every word must be there, in any case, in the package's name, the title, the ids or the aliases."""
    page.one("input[name=search]").send_keys(words)
    assert len(page.seen()) == titles
    noun = "finding" if titles == 1 else "findings"
    assert shown(page).startswith(f"{titles} of 8 {noun} shown")


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("status", "fails", 6),
        ("status", "warns", 1),
        ("change", "newly published", 3),
        ("change", "introduced", 2),
        ("group", "extra web", 2),
        ("group", "runtime", 6),
        ("target", "requirements.txt", 2),
        ("only", "fixable", 6),
        ("only", "exploited", 1),
    ],
)
def test_every_filter_shows_what_it_says(page: Browser, name: str, value: str, number: int) -> None:
    """Status, change, group, target, a known fix, known use in attacks."""
    if name == "only":
        page.one(f"input[value={value}]").click()
    else:
        words = {"fails": "fails", "warns": "only warns", "introduced": "introduced by this change"}
        page.one(f"select[name={name}]").send_keys(words.get(value, value))
    assert len(page.seen()) == number


def test_a_link_to_a_hidden_package_shows_it(page: Browser) -> None:
    """Who follows a next step lands on the package, whatever was filtered."""
    page.one("input[name=search]").send_keys("urllib3")
    page.one(".steps a[href='#package-1']").send_keys(Keys.ENTER)
    assert page.seen(".package h3")[0] == "requestz 1.0.0"
    assert shown(page) == "8 findings shown, in 5 packages"


def test_the_keyboard_is_enough(page: Browser) -> None:
    """Tab reaches the skip link, the filters and the details, visibly; Space and Enter work them."""
    page.press(Keys.TAB)
    assert page.focused() == "Skip to the findings"
    assert page.one(".skip").rect["width"] > 50
    page.press(Keys.ENTER)
    assert page.driver.current_url.endswith("#findings")
    page.tab_to("severity malware")
    page.press(Keys.SPACE)
    assert shown(page) == "7 of 8 findings shown, in 4 packages"
    page.tab_to("Open all details")
    page.press(Keys.ENTER)
    assert page.focused() == "Close all details"
    page.press(Keys.SPACE)
    page.tab_to("Details of PYSEC-2023-175")
    assert not page.one("#finding-2-1 dl").is_displayed()
    page.press(Keys.ENTER)
    assert page.one("#finding-2-1 dl").is_displayed()


def test_enter_in_the_search_does_not_leave_the_page(page: Browser) -> None:
    """The form is sent nowhere."""
    address = page.driver.current_url
    page.one("input[name=search]").send_keys("pillow", Keys.ENTER)
    assert page.driver.current_url == address
    assert len(page.seen()) == 3
    assert page.driver.get_log("browser") == []


def test_without_its_script_everything_can_be_read(browser: Browser) -> None:
    """No finding is hidden, details open, and filters that could not work are not there."""
    browser.command("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(page_sample.everything())
        assert len(browser.seen()) == 8
        assert not browser.one("#filters").is_displayed()
        browser.one("#finding-2-1 summary").click()
        assert browser.one("#finding-2-1 dl").is_displayed()
    finally:
        browser.command("Emulation.setScriptExecutionDisabled", value=False)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["everything", "several", "clean", "incomplete"])
def test_every_text_has_enough_contrast(browser: Browser, scheme: str, name: str) -> None:
    """At least 4.5 to 1 (WCAG 2.2, AA), light and dark; and dark is dark."""
    browser.emulate(scheme=scheme)
    browser.open({**samples.SAMPLES, "everything": page_sample.everything}[name]())
    contrasts: dict[str, float] = browser.script(CONTRASTS)
    assert len(contrasts) > 10
    assert {what: ratio for what, ratio in contrasts.items() if ratio < 4.5} == {}
    red = browser.script("return getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]")
    assert (int(red) < 64) is (scheme == "dark")


def test_print_shows_all(page: Browser) -> None:
    """Paper gets every finding, whatever was filtered, with its details open, and no controls."""
    page.one("input[name=search]").send_keys("urllib3")
    assert len(page.seen()) == 1
    page.emulate(media="print", scheme="dark")
    page.script("dispatchEvent(new Event('beforeprint'))")
    assert len(page.seen()) == 8
    assert not page.one("#filters").is_displayed()
    assert not page.one("nav").is_displayed()
    assert page.one("#finding-2-1 .description").is_displayed()
    assert page.script("return getComputedStyle(document.body).color") == "rgb(27, 36, 48)"
    page.script("dispatchEvent(new Event('afterprint'))")
    page.emulate()
    assert not page.one("#finding-2-1 .description").is_displayed()
    assert len(page.seen()) == 1


@pytest.mark.parametrize("name", ["everything", "hostile", "incomplete"])
@pytest.mark.parametrize("width", [320, 768, 1600])
def test_it_fits_the_screen(browser: Browser, name: str, width: int) -> None:
    """From 320 pixels on nobody has to move the page sideways, with all details open (WCAG 2.2, 1.4.10)."""
    browser.command("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
    try:
        browser.open({**samples.SAMPLES, "everything": page_sample.everything}[name]())
        browser.script("document.querySelectorAll('details').forEach((each) => { each.open = true; });")
        assert browser.script("return document.documentElement.scrollWidth") <= width
    finally:
        browser.command("Emulation.clearDeviceMetricsOverride")


def test_the_names_that_are_read_aloud(page: Browser) -> None:
    """Landmarks, controls and details have names, and the number of findings is announced when it changes."""
    nodes = page.command("Accessibility.getFullAXTree")["nodes"]
    told = [
        (each["role"]["value"], each.get("name", {}).get("value", "").strip()) for each in nodes if not each["ignored"]
    ]
    for landmark in (
        ("banner", ""), ("navigation", "On this page"), ("main", ""), ("contentinfo", ""), ("region", "Findings"),
        ("form", "Filter the findings"), ("searchbox", "Search names and ids"), ("combobox", "Status"),
        ("checkbox", "high (4)"), ("group", "Severity"), ("status", ""),
    ):  # fmt: skip
        assert landmark in told
    assert ("DisclosureTriangle", "Details of PYSEC-2023-175") in told
    for role in ("searchbox", "combobox", "checkbox", "button", "link", "region"):
        assert all(name for each, name in told if each == role)
