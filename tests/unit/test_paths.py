"""Paths: why something is there. Oracle: every simple path of a small graph, by brute force."""

from hypothesis import given
from hypothesis import strategies as st

from pip_assay.model import PYPI, Dependency, Pin, Place
from pip_assay.paths import Paths

HERE = Place("uv.lock", 1)


def dependency(name: str, *requires: str, direct: bool | None = False, version: str = "1") -> Dependency:
    return Dependency(Pin(PYPI, name, version), HERE, requires=requires, direct=direct)


def to(dependencies: list[Dependency], name: str, version: str = "1", most: int = 100) -> tuple[tuple[str, ...], ...]:
    return Paths(dependencies).to(Pin(PYPI, name, version), most)


def test_the_shortest_chains_from_what_is_asked_for() -> None:
    """Of two ways down, the shorter is told; a dependency that is asked for is its own chain."""
    graph = [
        dependency("app", "left", "long", direct=True), dependency("left", "end"), dependency("long", "longer"),
        dependency("longer", "end"), dependency("end"),
    ]  # fmt: skip
    assert to(graph, "end") == (("app", "left", "end"),)
    assert to(graph, "app") == (("app",),)


def test_what_nobody_requires_starts_a_chain() -> None:
    """Where a source cannot tell what was asked for, the chain starts at what nothing requires."""
    graph = [dependency("app", "end", direct=None), dependency("end", direct=None), dependency("lonely", direct=None)]
    assert to(graph, "end") == (("app", "end"),)
    assert to(graph, "lonely") == (("lonely",),)


def test_a_cycle_ends() -> None:
    """Packages that require each other, and that nobody asked for, have no beginning."""
    assert to([dependency("a", "b"), dependency("b", "a")], "a") == ()
    graph = [dependency("app", "a", direct=True), dependency("a", "b", "a"), dependency("b", "a")]
    assert to(graph, "b") == (("app", "a", "b"),)


def test_an_edge_with_a_version_means_that_release() -> None:
    """Where a lock holds two releases of a project, an edge that names one does not reach the other."""
    graph = [
        dependency("one", "end==1", direct=True), dependency("two", "end==2", direct=True), dependency("end"),
        dependency("end", version="2"),
    ]  # fmt: skip
    assert to(graph, "end", "1") == (("one", "end"),)
    assert to(graph, "end", "2") == (("two", "end"),)


def test_no_more_chains_than_asked_for() -> None:
    """A graph may hold millions of chains of one length."""
    graph = [dependency(f"top{number}", "end", direct=True) for number in range(9)] + [dependency("end")]
    assert len(to(graph, "end", most=3)) == 3


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=14), st.sets(st.integers(0, 6)))
def test_chains_are_all_the_shortest_ones(edges: list[tuple[int, int]], asked: set[int]) -> None:
    """Brute force: walk every simple path upwards from the end, keep those of the least length that start somewhere."""
    children = {number: sorted({below for above, below in edges if above == number}) for number in range(7)}
    graph = [dependency(str(number), *map(str, children[number]), direct=number in asked) for number in range(7)]
    required = {below for above, below in edges if above != below}
    chains: list[tuple[int, ...]] = [(0,)]
    complete: list[tuple[int, ...]] = []
    while chains:
        chain = chains.pop()
        if chain[0] in asked or chain[0] not in required:
            complete.append(chain)
        chains += [(above, *chain) for above in range(7) if chain[0] in children[above] and above not in chain]
    shortest = min(map(len, complete), default=0)
    assert to(graph, "0") == tuple(sorted(tuple(map(str, chain)) for chain in complete if len(chain) == shortest))


def test_versions_make_no_more_chains() -> None:
    """Layers of two versions each, all of which ask for both below: one chain of names, found at once."""
    layers = 40
    listed = []
    for layer in range(layers):
        below = [f"p{layer + 1}=={version}" for version in (1, 2)] if layer + 1 < layers else []
        for version in ("1", "2"):
            pin = Pin(PYPI, f"p{layer}", version)
            listed.append(Dependency(pin, Place("lock"), requires=tuple(below), direct=layer == 0))
    found = Paths(listed).to(Pin(PYPI, f"p{layers - 1}", "1"))
    assert found == (tuple(f"p{layer}" for layer in range(layers)),)


def carried(name: str, host: str, version: str = "1") -> Dependency:
    return dependency(name, version=version)._replace(inside=Pin(PYPI, host, "1"))


def test_what_is_inside_a_distribution_comes_after_it() -> None:
    """The chain of a carried release is that of its host and its own name, whatever else has its name."""
    graph = [
        dependency("streamlit", "pillow", "urllib3", direct=True), dependency("pillow"), carried("libwebp", "pillow"),
        dependency("urllib3"), dependency("pip", direct=True), carried("urllib3", "pip"), carried("certifi", "pip"),
    ]  # fmt: skip
    found = Paths(graph)
    assert found.to(Pin(PYPI, "libwebp", "1"), inside=Pin(PYPI, "pillow", "1")) == (("streamlit", "pillow", "libwebp"),)
    assert found.to(Pin(PYPI, "urllib3", "1"), inside=Pin(PYPI, "pip", "1")) == (("pip", "urllib3"),)
    assert found.to(Pin(PYPI, "urllib3", "1")) == (("streamlit", "urllib3"),)
    assert found.to(Pin(PYPI, "certifi", "1"), inside=Pin(PYPI, "gone", "1")) == (("gone", "certifi"),)


def test_what_is_inside_something_inside_comes_after_both() -> None:
    """Ensurepip's wheel of pip is inside the interpreter, and carries copies itself; a circle of carriers ends."""
    graph = [dependency("cpython", direct=None), carried("pip", "cpython"), carried("urllib3", "pip")]
    below = ("cpython", "pip", "urllib3")
    assert Paths(graph).to(Pin(PYPI, "urllib3", "1"), inside=Pin(PYPI, "pip", "1")) == (below,)
    assert Paths([*graph, dependency("pip")]).to(Pin(PYPI, "urllib3", "1"), inside=Pin(PYPI, "pip", "1")) == (
        below[1:],
    )
    assert Paths([carried("a", "b"), carried("b", "a")]).to(Pin(PYPI, "a", "1"), inside=Pin(PYPI, "b", "1")) == (
        ("b", "a"),
    )
    odd = Paths([carried("a", "a")])
    assert odd.to(Pin(PYPI, "a", "1"), inside=Pin(PYPI, "a", "1")) == (("a",),)
