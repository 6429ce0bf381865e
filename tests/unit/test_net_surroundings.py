import json
import logging
import os
import shutil
import socket
import ssl
import subprocess
import sys
import traceback
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pip_assay import net
from pip_assay.errors import NetworkError, UsageError
from pip_assay.net import client, pip_settings, surroundings
from tests.server import Reply, Server, moved, quick

QUICK = quick()


def failure(work: Callable[[], object]) -> NetworkError:
    """The error with which the work ends."""
    with pytest.raises(NetworkError) as caught:
        work()
    return caught.value


# --- credentials -------------------------------------------------------------------------------

SECRET = "s3cr3t"


def with_login(url: str, login: str = f"us%40er:{SECRET}%2F") -> str:
    """The address with a name and password in it."""
    return url.replace("://", f"://{login}@")


def test_credentials_of_an_address_go_to_its_server_only() -> None:
    """The name and password are sent as RFC 7617 wants to the server they are for, and not on to another one."""
    with Server({"/b": Reply("there")}) as other, Server() as server:
        server.script |= {"/a": moved("/c"), "/c": moved(other.url + "/b")}
        assert net.get(QUICK, with_login(server.url + "/a")).body == b"there"
        sent = [asked.headers.get("authorization") for asked in server.asked]
        assert "authorization" not in other.asked[0].headers
    assert sent == ["Basic dXNAZXI6czNjcjN0Lw=="] * 2


def test_netrc_gives_the_login_of_a_host(tmp_path: Path) -> None:
    """A netrc entry for the host is used, the address's own login comes first, and "default" is for nobody."""
    file = tmp_path / "netrc"
    file.write_text("machine 127.0.0.1 login me password pass\ndefault login all password hosts\n")
    file.chmod(0o600)
    here = quick({"NETRC": str(file)})
    with Server({"/a": Reply("x")}) as server:
        net.get(here, server.url + "/a")
        net.get(here, with_login(server.url + "/a", "you:too"))
        file.write_text("default login all password hosts\n")
        net.get(here._replace(timeout=14), server.url + "/a")
        sent = [asked.headers.get("authorization") for asked in server.asked]
    assert sent == ["Basic bWU6cGFzcw==", "Basic eW91OnRvbw==", None]


@pytest.mark.parametrize("content", ["machine", "machine x login", "\xff", "nonsense here"])
def test_a_broken_netrc_is_no_login(tmp_path: Path, content: str) -> None:
    """A netrc that cannot be read gives nobody's login, as in pip."""
    (tmp_path / ".netrc").write_text(content, encoding="latin-1")
    assert surroundings.read({"HOME": str(tmp_path), "PIP_CONFIG_FILE": os.devnull}).logins == {}


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=500), Reply(status=404), Reply(status=401), Reply("<html>"), Reply("xx", cut=1), moved("/a"),
        Reply("x", headers={"Content-Length": "999999999"}), Reply("x", delay=30), moved("ftp://a:s3cr3t@b/"),
        Reply("x", headers={"Content-Encoding": "gzip"}),
    ],
)  # fmt: skip
def test_no_error_ever_shows_credentials(reply: Reply, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever goes wrong, neither message, traceback, settings nor log hold the password."""
    caplog.set_level(logging.DEBUG)
    here = quick({"HTTPS_PROXY": f"http://u:{SECRET}@p.example"}, index_url=f"https://u:{SECRET}@index.example")
    here = here._replace(timeout=0.2, retries=1, backoff=0)
    with Server({"/a": reply}) as server:
        url = with_login(server.url + "/a")
        error = failure(lambda: net.get_json(here, url, limit=1000))
    shown = [str(error), repr(error), repr(here), str(here), caplog.text, repr(client.client(here))]
    assert SECRET not in "".join([*shown, *traceback.format_exception(error)])


user_info = some.text(
    some.characters(blacklist_characters="/?#@[]\\", blacklist_categories=("Cs", "Cc", "Z")), min_size=1
)


@given(user_info, user_info, some.sampled_from(["", "/simple", "/a@b", "?q=a@b", "#f@g", ":8080/x:y@z"]))
def test_an_address_without_credentials_is_the_same_address(user: str, password: str, rest: str) -> None:
    """Taking the credentials away leaves exactly the address that never had any, as urllib.parse reads it."""
    plain = f"https://index.example{rest}"
    assert net.without_credentials(plain) == plain
    for login in (user.replace(":", ""), f"{user}:{password}"):
        shown = net.without_credentials(f"https://{login}@index.example{rest}")
        assert shown == plain
        assert urlsplit(shown).username is None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:pa/ss@h/simple", "https://h/simple"),
        ("https://u:p@w@h/simple", "https://h/simple"),
        ("git+ssh://git@h/r@v1", "git+ssh://h/r@v1"),
        ("u:p@h/simple", "h/simple"),
        ("//u:p@h/simple", "//h/simple"),
        ("https://[::1]:80/a@b", "https://[::1]:80/a@b"),
        ("/srv/a@b", "/srv/a@b"),
        ("C:\\a@b", "C:\\a@b"),
        ("", ""),
    ],
)
def test_odd_addresses_lose_their_credentials(url: str, shown: str) -> None:
    """A password that nobody encoded, or an address without a scheme, shows no password either."""
    assert net.without_credentials(url) == shown


# --- proxies -----------------------------------------------------------------------------------


def test_a_proxy_is_asked_for_the_whole_address() -> None:
    """With a proxy in the environment the request goes to it, with its own login and not a word of it elsewhere."""
    with Server({"http://index.example/simple": Reply("through")}) as server:
        address = with_login(server.url, "me:pass").removeprefix("http://")
        here = quick({"http_proxy": address, "NO_PROXY": "other.example"})
        assert net.get(here, "http://index.example/simple").body == b"through"
        assert server.asked[0].headers["proxy-authorization"] == "Basic bWU6cGFzcw=="
        assert "authorization" not in server.asked[0].headers


def test_pips_own_proxy_counts_more_than_the_environments() -> None:
    """PIP_PROXY is the proxy for every host, whatever the other variables say."""
    with Server({"http://index.example/": Reply("through")}) as server:
        here = quick({"PIP_PROXY": server.url, "HTTP_PROXY": "http://x.invalid", "NO_PROXY": "*"})
        assert net.get(here, "http://index.example/").body == b"through"


def test_a_proxy_that_wants_a_password_is_asked_once() -> None:
    """A tunnel refused with 407 is said so, and not tried again: that could lock an account."""
    with Server({"index.example:443": Reply(status=407)}) as server:
        here = quick({"ALL_PROXY": server.url})
        error = failure(lambda: net.get(here, "https://index.example/simple"))
        assert [asked.method for asked in server.asked] == ["CONNECT"]
    assert error.where == "index.example"
    assert "through the proxy" in error.what
    assert "407" in error.what


def test_a_proxy_that_is_down_is_named_as_the_culprit() -> None:
    """A refused connection to the proxy is not blamed on the host."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        here = quick({"HTTPS_PROXY": f"127.0.0.1:{free.getsockname()[1]}"})
    error = failure(lambda: net.get(here, "https://index.example/"))
    assert error.what == "cannot be asked through the proxy, which refused the connection"


def test_the_systems_proxy_counts_where_a_system_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows and macOS the system's own settings count unless a variable names a proxy."""
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(urllib.request, "getproxies", lambda: {"https": "http://system.example:8080"})
    pip = {"PIP_CONFIG_FILE": os.devnull}
    for environ, expected in ((pip, "http://system.example:8080"), ({**pip, "ALL_PROXY": "own:1"}, "http://own:1")):
        assert surroundings.proxy(surroundings.read(environ), "https", "index.example") == expected


def test_a_proxy_of_an_unknown_kind_is_refused() -> None:
    """A SOCKS proxy cannot be used, and is named without its password."""
    here = quick({"ALL_PROXY": f"socks5://u:{SECRET}@127.0.0.1:1080"})
    error = failure(lambda: net.get(here, "http://index.example/"))
    assert str(error) == "127.0.0.1:1080: is not a proxy that can be used; name one that starts with http://"


hosts = some.sampled_from(["index.example", "a.index.example", "notindex.example", "127.0.0.1", "INDEX.example:8080"])
exceptions = some.lists(
    some.sampled_from(["", " ", "*", "example", ".example", "index.example", ".index.example", "index.example:8080",
                       "INDEX.EXAMPLE", "127.0.0.1", "127.0.0", "dex.example"]), max_size=3
)  # fmt: skip


@given(hosts, exceptions)
def test_no_proxy_is_read_as_pythons_own_library_reads_it(host: str, listed: list[str]) -> None:
    """Which hosts are asked without a proxy agrees with urllib.request."""
    text = ",".join(listed)
    library: Any = urllib.request
    expected = bool(library.proxy_bypass_environment(host, {"no": text, "http": "http://p.example"}))
    here = surroundings.Surroundings({"no": text, "http": "http://p.example"}, ("", ""), {})
    assert (surroundings.proxy(here, "http", host) == "") == expected


# --- certificates ------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    made, key = tmp_path / "made.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", made, "-days", "2",
         "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    made.write_bytes(made.read_bytes() + key.read_bytes())
    return made


def test_only_a_trusted_certificate_is_accepted(certificate: Path) -> None:
    """A certificate that nobody vouches for is refused, once; a named one is trusted; https never leads to http."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Server({"/a": Reply("safe"), "/b": moved("http://127.0.0.1:9/")}) as server:
        server.wrap(context)
        error = failure(lambda: net.get(QUICK, server.url + "/a"))
        assert error.what.startswith("shows a certificate that is not trusted (self")
        assert "PIP_CERT" in error.hint
        for name in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
            here = quick({name: str(certificate)})
            assert net.get(here, server.url + "/a").body == b"safe"
        assert "from https to http" in failure(lambda: net.get(here, server.url + "/b")).what
        hashed = certificate.parent / "folder"
        hashed.mkdir()
        name = subprocess.run(
            ["openssl", "x509", "-hash", "-noout", "-in", certificate], check=True, capture_output=True, text=True
        ).stdout.strip()
        shutil.copy(certificate, hashed / f"{name}.0")
        assert net.get(quick({"SSL_CERT_FILE": str(hashed)}), server.url + "/a").body == b"safe"
        plain = server.url.replace("https", "http")
        assert failure(lambda: net.get(QUICK._replace(retries=0), plain)).what


def test_encryption_with_a_plain_server_fails_in_words() -> None:
    """A server that does not encrypt is named as such."""
    with Server({"/a": Reply("x")}) as server:
        error = failure(lambda: net.get(QUICK._replace(retries=0), server.url.replace("http:", "https:") + "/a"))
    assert "cannot be talked to in private" in error.what


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_certificate_file_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None) -> None:
    """A named certificate file that is missing or empty is never passed over for the system's."""
    path = tmp_path / "own.pem"
    if content is not None:
        path.write_bytes(content)
    error = failure(lambda: net.get(quick({"SSL_CERT_FILE": str(path)}), "https://127.0.0.1:9/"))
    assert error.where == str(path)
    assert error.hint == "correct SSL_CERT_FILE"


# --- pip's settings ----------------------------------------------------------------------------

USER = "HOME/.config/pip/pip.conf"
MAIN = "index-url = https://{}.example\n"

CONFIGURATIONS: list[dict[str, str]] = [
    {},
    {"HOME/.pip/pip.conf": "[global]\n" + MAIN.format("legacy")},
    {
        "HOME/.pip/pip.conf": "[global]\n" + MAIN.format("legacy"),
        USER: "[global]\nindex_url = https://user.example\nextra-index-url =\n  https://x.example\n  https://y.example\n",
    },
    {
        USER: "[install]\n" + MAIN.format("install") + "[global]\ncert=/c.pem\nproxy = p:1\n",
        "PREFIX/pip.conf": "[global]\n" + MAIN.format("site") + "cert =\n",
    },
    {
        USER: "[global]\n" + MAIN.format("user"),
        "PREFIX/pip.conf": "[install]\nextra-index-url = https://site.example\n",
        "HOME/named.conf": "[global]\nproxy = named:1\n",
        "PIP_CONFIG_FILE": "HOME/named.conf",
    },
    {
        USER: "[global]\n" + MAIN.format("user"),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_EXTRA_INDEX_URL": "https://a.example https://b.example",
    },
    {
        USER: "[install]\nextra-index-url = https://u.example\n" + MAIN.format("user"),
        "PIP_INDEX_URL": "https://variable.example",
        "PIP_CERT": "/variable.pem",
        "PIP_EXTRA_INDEX_URL": "",
    },
    {"HOME/xdg/pip/pip.conf": "[global]\n" + MAIN.format("xdg"), "XDG_CONFIG_HOME": "HOME/xdg"},
    {
        "HOME/one/pip/pip.conf": "[global]\ncert=/one\n" + MAIN.format("one"),
        "HOME/two/pip/pip.conf": "[global]\n" + MAIN.format("two"),
        "XDG_CONFIG_DIRS": "HOME/one:HOME/two",
    },
]

ASK_PIP = """
import json, os, sys
from pip._internal.commands import create_command
answers = []
for environ, prefix in json.load(sys.stdin):
    os.environ.clear(); os.environ.update(environ); sys.prefix = prefix
    options, _ = create_command("install").parser.parse_args(["--extra-index-url", "https://last.example", "x"])
    answers.append([options.index_url, options.extra_index_urls, options.cert, options.proxy])
print(json.dumps(answers))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the folders of pip's configuration are those of Linux here")
def test_pips_settings_are_those_that_pip_uses(tmp_path: Path) -> None:
    """Files, sections, variables and the command line give the index, certificate and proxy that pip itself takes."""
    pytest.importorskip("pip")
    cases = [laid_out(tmp_path / str(number), entries) for number, entries in enumerate(CONFIGURATIONS)]
    asked = subprocess.run(
        [sys.executable, "-c", ASK_PIP], input=json.dumps(cases), capture_output=True, text=True, check=True
    )
    for (environ, prefix), (index, extra, cert, proxy) in zip(cases, json.loads(asked.stdout), strict=True):
        settings = pip_settings.read({**environ, "VIRTUAL_ENV": prefix})
        here = net.network({**environ, "VIRTUAL_ENV": prefix}, extra_index_urls=["https://last.example"])
        assert net.indexes(here) == (index, *extra)
        assert settings.get("cert") == cert
        assert settings.get("proxy") == (proxy or None)
        if "index-url" not in settings:
            assert index == net.public_index()


def laid_out(folder: Path, entries: dict[str, str]) -> tuple[dict[str, str], str]:
    """Write a case's files; return its environment and prefix."""
    home, prefix = folder / "home", folder / "prefix"
    environ = {"HOME": str(home), "XDG_CONFIG_DIRS": str(folder / "nothing")}
    for name, value in entries.items():
        if "/" in name:
            path = Path(name.replace("HOME", str(home)).replace("PREFIX", str(prefix)))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(value)
        else:
            environ[name] = value.replace("HOME/", f"{home}/")
    return environ, str(prefix)


@pytest.mark.parametrize("content", [b"index-url = https://u:s3cr3t@h\n", b"[global]\ns3cr3t\n", b"[global]\na=\xff\n"])
def test_a_broken_configuration_of_pips_is_an_error_in_words(tmp_path: Path, content: bytes) -> None:
    """A configuration file that cannot be read is named, without its content; pip does not run with one either."""
    path = tmp_path / "pip.conf"
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        net.indexes(net.network({"PIP_CONFIG_FILE": str(path)}))
    assert caught.value.where == str(path)
    assert SECRET not in "".join([str(caught.value), *traceback.format_exception(caught.value)])


def test_the_configuration_of_other_systems_is_found_where_pip_documents_it() -> None:
    """On Windows and macOS the files are where pip's documentation, "Configuration files", has them."""
    windows = pip_settings.places(
        {"APPDATA": "A", "PROGRAMDATA": "P", "USERPROFILE": "U", "VIRTUAL_ENV": "V"}, "win32", ""
    )
    assert [path.replace("\\", "/") for path in windows] == [
        "P/pip/pip.ini",
        "U/pip/pip.ini",
        "A/pip/pip.ini",
        "V/pip.ini",
    ]
    mac = pip_settings.places({"HOME": "/Users/me"}, "darwin", "/prefix")
    assert mac == [
        "/Library/Application Support/pip/pip.conf", "/Users/me/.pip/pip.conf", "/Users/me/.config/pip/pip.conf",
        "/prefix/pip.conf",
    ]  # fmt: skip


def test_the_command_line_replaces_the_main_index() -> None:
    """An index named on the command line counts, and nothing is read for an environment without one."""
    environ = {"PIP_INDEX_URL": "https://variable.example", "PIP_CONFIG_FILE": os.devnull}
    assert net.indexes(net.network(environ, index_url="https://line.example")) == ("https://line.example",)
    assert net.configured_index(environ) == "https://variable.example"


def test_the_public_index_is_itself_and_no_other() -> None:
    """Only the public index's own host is public, however it is written; no host below, above or beside it is."""
    site, index = net.public_site(), net.public_index()
    name = site.removeprefix("https://")
    assert index == f"{site}/simple"
    for url in (index, site, f"{site}:443/simple", f"https://u:p@{name}/simple", f"HTTPS://{name.upper()}./"):
        assert net.is_public_index(url)
        assert net.is_public_index(url, site)
    for url in ("", f"https://test.{name}/simple", f"https://{name}.evil.example/", f"https://h.example/{name}", name,
                f"https://{name}@evil.example/", f"https://evil.example?{site}", f"ftp://{name}/"):  # fmt: skip
        assert not net.is_public_index(url)
