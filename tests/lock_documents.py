"""Locks that hypothesis makes up, as uv and PEP 751 write them, and small edits that break a text."""

from typing import NamedTuple

from hypothesis import strategies as st

# --- locks as uv writes them, from a writer of the tests' own --------------------------------------

NAMES = st.sampled_from(["a", "b2", "c-d", "0", "lib-e", "f-1-g", "shops", "py3", "z"])
TEXTS = st.sampled_from([
    "", "x", "os_name == 'nt'", "{ a = 1 }, [b]", "] },", "# no comment", "é\u2028ü", "../.. @ #", "{ name = ",
    ", name = ", ", hash = ", "{ url = ", ", ", "//[::1]:80", "\u00a0\U0010ffff",
])  # fmt: skip
WORDS = TEXTS.filter(lambda text: " " not in text)
VERSIONS = st.sampled_from(["0", "1.0", "1.10", "2.0rc1", "3.post2", "1.0+cu118", "2023.7.1", "1!2.0"])
KINDS = st.sampled_from(["registry", "git", "url", "path", "directory", "editable"])
EXTRAS = st.sampled_from([[], [], ["x"], ["y", "x"], ["z-2"]])


class Ask(NamedTuple):
    """One edge: name, version where it says which, extras, marker."""

    name: str
    version: str
    extras: list[str]
    marker: str


def listed(items: list[str]) -> str:
    """A list with an item on each line."""
    return "[\n" + "".join(f"    {item},\n" for item in items) + "]"


def quoted(texts: list[str]) -> list[str]:
    """The texts as TOML writes them."""
    return [f'"{text}"' for text in texts]


def inline(items: list[str]) -> str:
    """A list as uv writes short ones."""
    return f"[{', '.join(items)}]" if len(items) < 2 else listed(items)


def edge(ask: Ask, extras: str = "extra") -> str:
    """One edge as uv writes it."""
    parts = [f'name = "{ask.name}"']
    if ask.version:
        parts += [f'version = "{ask.version}"', 'source = { registry = "https://index.example/simple" }']
    if ask.extras:
        parts.append(f"{extras} = [{', '.join(quoted(ask.extras))}]")
    if ask.marker:
        parts.append(f'marker = "{ask.marker}"')
    return f"{{ {', '.join(parts)} }}"


@st.composite
def files(draw: st.DrawFn) -> str:
    """The sdist and the wheels of one package."""
    one = st.builds(
        '{{ {} = "{}"{}{}{} }}'.format,
        st.sampled_from(["url", "path", "filename"]),
        WORDS,
        st.sampled_from(["", ', hash = "sha256:00ff"', ', hash = ""', ', hash = "md5:1"']),
        st.sampled_from(["", ", size = 0", ", size = 12345"]),
        st.sampled_from(["", ', upload-time = "2023-02-12T19:09:05.301Z"']),
    )
    text = ""
    if draw(st.booleans()):
        sdist = draw(st.one_of(one, st.just('{ hash = "sha256:ee" }')))
        text += f"sdist = {sdist}\n"
    if wheels := draw(st.lists(one, max_size=3)):
        text += f"wheels = {listed(wheels)}\n"
    return text


@st.composite
def locks(draw: st.DrawFn) -> str:
    """A whole lock in the canonical form: a project or a workspace or a script, with forks, extras and groups."""
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    pins = [
        (name, version) for name in names for version in draw(st.lists(VERSIONS, min_size=1, max_size=2, unique=True))
    ]
    asks = st.lists(
        st.builds(
            lambda pin, exact, extras, marker: Ask(pin[0], pin[1] if exact else "", extras, marker),
            st.sampled_from(pins), st.booleans(), EXTRAS, st.one_of(st.just(""), TEXTS),
        ),
        max_size=2,
    )  # fmt: skip
    named = st.dictionaries(st.sampled_from(["x", "y", "z-2", "Dev_1"]), asks, max_size=2)

    def section(title: str, content: dict[str, list[Ask]], short: bool = False) -> str:
        lines = "".join(
            f"{key} = {(inline if short else listed)([edge(ask) for ask in each])}\n" for key, each in content.items()
        )
        return f"\n[package.{title}]\n{lines}" if content else ""

    def package(name: str, version: str, kind: str, location: str, project: bool) -> str:
        text = f'\n[[package]]\nname = "{name}"\n' + (f'version = "{version}"\n' if version else "")
        text += f'source = {{ {kind} = "{location}" }}\n'
        if markers := draw(st.lists(TEXTS, max_size=2)):
            text += f"resolution-markers = {listed(quoted(markers))}\n"
        if edges := draw(asks):
            text += f"dependencies = {listed([edge(ask) for ask in edges])}\n"
        text += "" if project else draw(files())
        text += section("optional-dependencies", draw(named))
        if project:
            text += section("dev-dependencies", draw(named))
        if draw(st.booleans()):
            requires = [f'{{ name = "{name}", marker = "m", specifier = ">1" }}'] * draw(st.integers(0, 2))
            text += f'\n[package.metadata]\nrequires-dist = {inline(requires)}\nprovides-extras = ["x", "y"]\n'
            text += section("metadata.requires-dev", draw(named), short=True)
        return text

    head = "version = 1\n" + draw(st.sampled_from(["", "revision = 1\n", "revision = 5\n"]))
    head += 'requires-python = ">=3.11"\n'
    head += draw(
        st.sampled_from(["", 'resolution-markers = [\n    "a",\n    "b",\n]\n', 'supported-markers = ["c"]\n'])
    )
    head += draw(
        st.sampled_from(
            ["", 'conflicts = [[\n    { package = "a", extra = "x" },\n], [\n    { package = "b", group = "y" },\n]]\n']
        )
    )
    head += draw(
        st.sampled_from(["", '\n[options]\nexclude-newer = "2023-07-01T00:00:00Z"\nprerelease-mode = "allow"\n'])
    )
    shape = draw(st.sampled_from(["project", "workspace", "script", "groups", "nothing"]))
    own: list[str] = []
    if shape == "project":
        own = [package("shop", "1.0", draw(st.sampled_from(["virtual", "editable"])), ".", True)]
    elif shape == "workspace":
        head += '\n[manifest]\nmembers = [\n    "lib_a",\n    "shop",\n]\n'
        own = [package("lib-a", "", "editable", "libs/a", True), package("shop", "1.0", "virtual", "shop", True)]
    elif shape == "script":
        head += f"\n[manifest]\nrequirements = {inline([edge(ask, 'extras') for ask in draw(asks)])}\n"
    elif shape == "groups":
        groups = "".join(
            f"{key} = {inline([edge(ask, 'extras') for ask in each])}\n" for key, each in draw(named).items()
        )
        head += f"\n[manifest.dependency-groups]\n{groups}"
    packages = [package(name, version, draw(KINDS), draw(TEXTS), False) for name, version in pins]
    return head + "".join(draw(st.permutations(packages + own)))


# --- every way to break a text a little ------------------------------------------------------------

BREAKING = "\"\\[]{}=,# \n\r\t\0\x7fé.0as'-"


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, float, float, str]:
    """One edit: what is done, where, a second place, and with which text."""
    kinds = [
        "delete",
        "insert",
        "replace",
        "cut",
        "line out",
        "line twice",
        "lines swapped",
        "field twice",
        "field out",
    ]
    place = st.floats(0, 1, exclude_max=True)
    return draw(st.sampled_from(kinds)), draw(place), draw(place), draw(st.sampled_from(BREAKING))


def edited(text: str, edit: tuple[str, float, float, str]) -> str:
    """The text after the edit."""
    kind, where, other, what = edit
    at = int(where * (len(text) + 1))
    if kind in {"delete", "insert", "replace", "cut"}:
        rest = text[at:] if kind == "insert" else text[at + 1 :]
        return text[:at] + {"delete": rest, "cut": ""}.get(kind, what + rest)
    lines = text.split("\n")
    line, second = int(where * len(lines)), int(other * len(lines))
    if kind == "line out":
        del lines[line]
    elif kind == "line twice":
        lines.insert(second, lines[line])
    elif kind == "lines swapped":
        lines[line], lines[second] = lines[second], lines[line]
    else:
        fields = lines[line].split(", ")
        field = int(other * len(fields))
        fields[field : field + 1] = [fields[field]] * (2 if kind == "field twice" else 0)
        lines[line] = ", ".join(fields)
    return "\n".join(lines)


# --- pylock.toml ---

ATOMS = st.one_of(
    st.builds("'{}' {} {}".format, st.sampled_from("abd"), st.sampled_from(["in", "not in"]),
              st.sampled_from(["extras", "dependency_groups"])),
    st.just("python_version >= '3'"),
)  # fmt: skip
MARKERS = st.recursive(
    ATOMS, lambda inner: st.builds("{} {} {}".format, inner, st.sampled_from(["and", "or"]), inner.map("({})".format))
)


@st.composite
def pylocks(draw: st.DrawFn) -> str:
    """A valid lock of PEP 751."""
    text = 'lock-version = "1.0"\ncreated-by = "a test"\n'
    for name, version in draw(st.lists(st.tuples(NAMES, VERSIONS), min_size=1, max_size=5)):
        text += f'\n[[packages]]\nname = "{name}"\n'
        kind = draw(st.sampled_from(["sdist", "wheels", "vcs", "directory", "archive"]))
        if kind in {"sdist", "wheels"} or draw(st.booleans()):
            text += f'version = "{version}"\n'
        if draw(st.booleans()):
            text += f'marker = "{draw(MARKERS)}"\n'
        if draw(st.booleans()):
            text += 'index = "https://index.example/simple"\n'
        sdist = f'url = "https://files.example/{name}-{version}.tar.gz"'
        wheel = f'"https://files.example/{name.replace("-", "_")}-{version}-py3-none-any.whl"'
        text += {
            "sdist": f'sdist = {{ {sdist}, hashes = {{ sha256 = "aa" }} }}\n',
            "wheels": f'[[packages.wheels]]\nurl = {wheel}\nhashes = {{ sha256 = "bb", md5 = "cc" }}\n',
            "vcs": 'vcs = { type = "git", url = "https://git.example/x", commit-id = "0" }\n',
            "directory": 'directory = { path = "../x", editable = true }\n',
            "archive": 'archive = { path = "x.zip", hashes = { sha256 = "dd" } }\n',
        }[kind]
    return text
