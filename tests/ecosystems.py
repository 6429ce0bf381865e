"""Ecosyste.ms on the loopback interface, as its source and its OpenAPI document describe it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.server import Asked, Reply, Server

PATH = "/api/v1/advisories"
MOST = 1000


class Ecosystems(Server):
    """A service that holds these advisories. `links` tells whether it sends the Link header of RFC 8288."""

    def __init__(self, advisories: Sequence[Any] = (), *, links: bool = True) -> None:
        super().__init__()
        self.advisories = list(advisories)
        self.links = links

    def reply(self, asked: Asked) -> Reply:
        """Return one page about a name, compared as it is spelled but for letter case."""
        if urlsplit(asked.path).path != PATH or asked.path in self.script:
            return super().reply(asked)
        self.asked.append(asked)
        query = {name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}
        found = [each for each in self.advisories if _names(each, query["ecosystem"], query["package_name"])]
        number, size = int(query.get("page", 1)), min(int(query.get("per_page", 100)), MOST)
        page = found[(number - 1) * size : number * size]
        if number > 1 and not page:
            return Reply("no such page", 404)
        following = f'<{self.url}{PATH}?page={number + 1}>; rel="next"' if number * size < len(found) else ""
        return Reply(
            page, headers={"Link": f'<{self.url}{PATH}?page=1>; rel="first", {following}'} if self.links else {}
        )

    def names(self) -> list[str]:
        """Return the names that were asked for, in order, pages after the first not counted."""
        queries = [parse_qs(urlsplit(path).query) for path in self.paths()]
        return [query["package_name"][0] for query in queries if query.get("page", ["1"]) == ["1"]]


def _names(advisory: Any, ecosystem: str, name: str) -> bool:
    packages = advisory["packages"]
    if not isinstance(packages, list):
        return True  # what cannot be read is named for everybody
    return any(each.get("ecosystem") == ecosystem.lower() for each in packages) and any(
        str(each.get("package_name")).lower() == name.lower() for each in packages
    )
