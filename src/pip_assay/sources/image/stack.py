"""The file system that the layers of an image add up to: of its files those that tell what is installed.

Folders are kept where something kept is in them, links all, for the paths of later layers may lead through them.
The rules are those of the OCI image layer specification ("Applying changesets", "Whiteouts").
"""

import os

from pip_assay import files
from pip_assay.errors import Unreadable

_LINKS = 40  # as the Linux kernel


class Node:
    """A folder (it has children), a link (it has a target), or a file (its content is None where it was not read)."""

    __slots__ = ("children", "content", "layer", "target")

    def __init__(
        self, layer: int, children: "dict[str, Node] | None" = None, target: str = "", content: bytes | None = None
    ) -> None:
        self.layer = layer
        self.children = children
        self.target = target
        self.content = content


class Stack:
    """The merged layers, as a tree of files whose paths begin with `root`; links lead nowhere outside of it.

    `lost` counts what could not be put anywhere, because the links of its path lead to one another.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self.lost = 0
        self._layer = 0
        self._top: dict[str, Node] = {}

    # --- what the layers do ---

    def begin_layer(self) -> None:
        """Begin the next layer: its whiteouts leave alone what is in it itself."""
        self._layer += 1

    def folder(self, path: str, *, kept: bool) -> None:
        """Put a folder: what is in it stays, and a link or a file in its place goes."""
        parent, name = self._parent(path, make=kept)
        if parent is None:
            return
        node = parent.get(name)
        if node is not None and node.children is not None:
            node.layer = self._layer
        elif node is not None or kept:
            parent[name] = Node(self._layer, {})

    def file(self, path: str, content: bytes | None, *, kept: bool) -> Node | None:
        """Put a file in place of whatever is there, and return it; one that is not kept only removes that."""
        node = Node(self._layer, content=content) if kept else None
        self._put(path, node)
        return node

    def link(self, path: str, target: str) -> None:
        """Put a symbolic link in place of whatever is there."""
        self._put(path, Node(self._layer, target=target or "."))

    def hard_link(self, path: str, target: str) -> Node | None:
        """Put another name for a file (or a link), and return it; None where that is not known."""
        parent, name = self._parent(target)
        node = parent.get(name) if parent is not None else None
        if node is None or node.children is not None:
            return None
        linked = Node(self._layer, target=node.target, content=node.content)
        self._put(path, linked)
        return linked

    def remove(self, path: str) -> None:
        """Remove what the layers below put there (a whiteout)."""
        parent, name = self._parent(path)
        if parent is not None:
            self._prune(parent, name)

    def empty(self, path: str) -> None:
        """Remove what the layers below put into a folder (an opaque whiteout)."""
        found = self._reach(path) or {}
        for name in list(found):
            self._prune(found, name)

    def _prune(self, parent: dict[str, Node], name: str) -> None:
        node = parent.get(name)
        if node is None:
            return
        for below in list(node.children or ()):
            self._prune(node.children or {}, below)
        if node.layer < self._layer and not node.children:
            del parent[name]

    def _put(self, path: str, node: Node | None) -> None:
        parent, name = self._parent(path, make=node is not None)
        if parent is None:
            return
        if node is not None:
            parent[name] = node
        else:
            parent.pop(name, None)

    def _parent(self, path: str, *, make: bool = False) -> tuple[dict[str, Node] | None, str]:
        """Return what is in the folder of a path, its links followed, and the path's last name."""
        above, _, name = path.rpartition("/")
        return (self._reach(above, make=make) if name else None), name

    def _reach(self, path: str, *, make: bool = False) -> dict[str, Node] | None:
        """Return what is in a folder, links followed; None where there is no such folder and none is to be made."""
        trail = [self._top]
        parts, links = path.split("/")[::-1], 0
        while parts:
            part = parts.pop()
            if part in ("", "."):
                continue
            if part == "..":
                trail = trail[:-1] or [self._top]
                continue
            node = trail[-1].get(part)
            if node is not None and node.target:
                links += 1
                if links > _LINKS:
                    self.lost += make
                    return None
                trail = [self._top] if node.target.startswith("/") else trail
                parts += node.target.split("/")[::-1]
                continue
            children = node.children if node is not None else None
            if children is None:
                if not make:
                    return None
                children = {}
                trail[-1][part] = Node(self._layer, children)
            trail.append(children)
        return trail[-1]

    # --- what there is, as a tree of files ---

    def inside(self, path: str) -> str:
        """Return the path as it is inside of the image: "/usr/lib". One that does not begin with the root is one."""
        return inside(self.root, path)

    def scan(self, path: str) -> tuple[list[str], list[str]]:
        """Return the names of the folders in a folder, and those of everything else: files, and links.

        Raises:
            OSError: it is missing, or is not a folder.
        """
        found = self._reach(self.inside(path))
        if found is None:
            raise FileNotFoundError(path)
        folders = [name for name, node in found.items() if node.children is not None]
        return folders, [name for name, node in found.items() if node.children is None]

    def identity(self, path: str) -> str:
        """Return what tells a folder from all others: here its path."""
        return path

    def names(self, path: str) -> list[str]:
        """Return the names in a folder, in no order.

        Raises:
            OSError: it is missing, or is not a folder.
        """
        found = self._reach(self.inside(path))
        if found is None:
            raise NotADirectoryError(path) if self.has(path) else FileNotFoundError(path)
        return list(found)

    def start(self, path: str, until: bytes = b"") -> bytes:
        """Return a file's content, at most files.START_LIMIT bytes.

        Raises:
            Unreadable: it is missing, is a folder, or was not read.
        """
        del until
        return self.whole(path)[: files.START_LIMIT]

    def whole(self, path: str, limit: int = files.LIMIT) -> bytes:
        """Return a file's content.

        Raises:
            Unreadable: it is missing, is a folder, was not read, or is larger than `limit` bytes.
        """
        node = self._node(self.inside(path))
        if node is None or node.content is None:
            raise Unreadable("does not exist" if node is None else "was not read", path)
        if len(node.content) > limit:
            raise Unreadable(f"is larger than {files.size(limit)}", path, "it was not read")
        return node.content

    def has(self, path: str) -> bool:
        """Return whether there is a file or folder."""
        return self._node(self.inside(path)) is not None

    def is_folder(self, path: str) -> bool:
        """Return whether there is a folder."""
        return self._reach(self.inside(path)) is not None

    def _node(self, path: str) -> Node | None:
        """Return what a path leads to, its last link followed as well."""
        for _ in range(_LINKS):
            parent, name = self._parent(path.rstrip("/"))
            node = parent.get(name) if parent is not None else None
            if node is None or not node.target:
                return node
            above = path.rstrip("/").rpartition("/")[0]
            path = node.target if node.target.startswith("/") else f"{above}/{node.target}"
        return None


def inside(root: str, path: str) -> str:
    """Return a path below a root as it is inside of it, "/" between and before its parts."""
    if path == root:
        return "/"
    start = root if root.endswith(os.sep) else root + os.sep
    return "/" + path.removeprefix(start).replace(os.sep, "/").lstrip("/")
