"""`pip-assay serve`: the OSV API from the local database, for every tool that speaks it."""

import os
from argparse import ArgumentTypeError
from collections.abc import Mapping, Sequence

from pip_assay import files
from pip_assay.cli import options, output
from pip_assay.errors import CLEAN, UsageError

USAGE = "pip-assay serve [--host ADDRESS] [--port N] [--db FILE] [--token-file FILE]"
ABOUT = (
    "Answer the OSV API (/v1/query, /v1/querybatch, /v1/vulns/ID) from the local advisory database, with /health and\n"
    "/metrics. A database that takes its place is used from then on. It needs the extra: pip install 'pip-assay[serve]'"
)
ENDING = "exit codes: 0 it was ended by a signal; 2 wrong usage; 3 the database or the address cannot be used."
PORT = 8787
TOKEN = "PIP_ASSAY_SERVE_TOKEN"  # noqa: S105 - the name of a variable
_SHORTEST = 16
_LONGEST = 4096


def run(arguments: Sequence[str]) -> int:
    """Return 0 when a signal has ended the server."""
    found = _parser().parse_args(arguments)
    token = _token(found.token_file, os.environ)
    try:
        from pip_assay.serving import application, server
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in ("starlette", "uvicorn", "httptools"):
            raise
        hint = "run: pip install 'pip-assay[serve]'"
        raise UsageError(f"serving needs {missing}, which is not installed", hint=hint) from None
    from pip_assay.advisories import database, in_use
    from pip_assay.serving.current import Current
    from pip_assay.settings import Settings

    settings = Settings(database=found.database, cache=found.cache)
    path = database.path(settings, os.environ)
    if chosen := in_use.choose(settings, os.environ):
        path = chosen.database.path
        chosen.database.close()
    current = Current(path, say=output.tell)
    listening = server.listen(found.host, found.port)
    host, port = listening.getsockname()[:2]
    if not token and not _is_own(host):
        output.tell(f"{host} can be reached by other machines, and no token is asked for; set one with --token-file")
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    output.tell(f"serving {current.answers().data.records} advisories of {path} at http://{address}")
    try:
        server.run(application.Application(current, token=token, say=output.tell), listening)
    finally:
        current.close()
    return CLEAN


def parsers() -> dict[str, options.Parser]:
    """Return the parser of each action, by its words."""
    return {"serve": _parser()}


def _parser() -> options.Parser:
    parser = options.parser("serve", ABOUT, USAGE)
    parser.epilog = ENDING
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="listen here (default: 127.0.0.1)")
    parser.add_argument(
        "--port",
        type=_port,
        default=PORT,
        metavar="N",
        help=f"listen on this port; 0 is any free one (default: {PORT})",
    )
    parser.add_argument(
        "--token-file", default="", metavar="FILE",
        help=f"answer only who sends the token in this file: Authorization: Bearer TOKEN ({TOKEN})",
    )  # fmt: skip
    options.add_database(parser.add_argument_group("the database"), os.environ)
    return parser


def _port(text: str) -> int:
    if text.isdecimal() and len(text) < 6 and int(text) < 65536:
        return int(text)
    raise ArgumentTypeError(f"{text} is no port: name a number from 0 to 65535")


def _token(file: str, environ: Mapping[str, str]) -> str:
    """Return the token that clients must send, empty for none. It never stands in a command line, which others see.

    Raises:
        Unreadable: the file cannot be read.
        UsageError: what it holds is no token.
    """
    if not file and TOKEN not in environ:
        return ""
    token = (files.read_bytes(file, _LONGEST, pipe=True).decode("utf-8", "replace") if file else environ[TOKEN]).strip()
    if len(token) < _SHORTEST or not token.isascii() or not token.isprintable() or " " in token:
        hint = f"write one word of at least {_SHORTEST} letters and digits into it"
        raise UsageError(f"{file or TOKEN} holds no token that can be used", hint=hint)
    return token


def _is_own(host: str) -> bool:
    """Return whether only this machine can reach the address."""
    from ipaddress import ip_address

    return ip_address(host.partition("%")[0]).is_loopback
