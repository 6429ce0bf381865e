"""The routes of the OSV API: who may ask, what is read of a request, and how an answer or a refusal looks."""

import asyncio
import base64
import hmac
import json
import time
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from pip_assay.errors import DatabaseError
from pip_assay.serving import metrics, questions
from pip_assay.serving.current import Current
from pip_assay.serving.metrics import Metrics
from pip_assay.serving.questions import Refused

BODY_LIMIT = 4 * 1024 * 1024
"""Bytes: 4 kB for each of 1,000 queries, and what gRPC, behind OSV's own server, takes by default."""

BODY_SECONDS = 20.0
"""How long a client may take to send a body."""

JSON = "application/json"
_CODES = {404: 5, 405: 12}

_Answer = Callable[[Request], Awaitable[bytes | Response]]


class Application:
    """The API over one database; `asgi` is what a server calls. Not for several threads.

    token    what a request must carry, but for /health; empty where anybody may ask.
    say      takes one sentence about what went wrong inside.
    """

    def __init__(
        self,
        current: Current,
        *,
        token: str = "",
        say: Callable[[str], None] = lambda _: None,
        body_limit: int = BODY_LIMIT,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self._current = current
        self._token = token.encode()
        self._say = say
        self._body_limit = body_limit
        self._body_seconds = body_seconds
        self._metrics = Metrics()
        self.asgi = Starlette(
            routes=[
                self._route("/v1/query", "POST", self._query),
                self._route("/v1/querybatch", "POST", self._batch),
                self._route("/v1/vulns/{id}", "GET", self._record),
                self._route("/metrics", "GET", self._measured, kind=metrics.CONTENT_TYPE),
                self._route("/health", "GET", self._health, everybody=True),
            ],
            exception_handlers={HTTPException: self._no_route, Exception: self._failed},
        )

    def _route(self, path: str, method: str, answer: _Answer, *, everybody: bool = False, kind: str = JSON) -> Route:
        """Return a route whose every request is let in or refused, answered, and counted."""

        async def endpoint(request: Request) -> Response:
            begin = time.perf_counter()
            try:
                if not everybody:
                    self._let_in(request)
                given = await answer(request)
                response = given if isinstance(given, Response) else Response(given, media_type=kind)
            except Refused as refused:
                response = _refusal(refused)
            except ClientDisconnect:
                response = _refusal(Refused("The request ended early."))
            except DatabaseError as error:
                self._say(str(error))
                response = _refusal(Refused("The advisory database cannot be read.", 500, 13))
            self._metrics.count(path, response.status_code, time.perf_counter() - begin)
            return response

        return Route(path, endpoint, methods=[method])

    async def _query(self, request: Request) -> bytes:
        question = questions.question(questions.document(await self._body(request)))
        self._metrics.count_look_ups(1)
        return self._current.answers().query(question)

    async def _batch(self, request: Request) -> bytes:
        asked = questions.batch(await self._body(request))
        self._metrics.count_look_ups(len(asked))
        return self._current.answers().batch(asked)

    async def _record(self, request: Request) -> bytes:
        return self._current.answers().record(request.path_params["id"])

    async def _measured(self, _: Request) -> bytes:
        return self._metrics.text(self._current, time.time()).encode()

    async def _health(self, _: Request) -> Response:
        """Return which data answer; not healthy is who answers with old ones because newer ones cannot be read."""
        data = self._current.answers().data
        problem = {"problem": self._current.problem} if self._current.problem else {}
        status = "old data" if problem else "ok"
        facts = {"status": status, "records": data.records, "digest": data.digest, "date": data.date, **problem}
        return Response(json.dumps(facts), 503 if problem else 200, media_type=JSON)

    async def _no_route(self, _: Request, error: Exception) -> Response:
        status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (500, None)
        message = "The method is not allowed here." if status == 405 else "There is no such page."
        self._metrics.count("other", status, 0.0)
        response = _refusal(Refused(message, status, _CODES.get(status, 3)))
        response.headers.update(headers or {})
        return response

    async def _failed(self, _: Request, error: Exception) -> Response:
        self._say(f"a request was not answered, which is a fault of pip-assay ({type(error).__name__}: {error})")
        self._metrics.count("other", 500, 0.0)
        return _refusal(Refused("The server failed.", 500, 13))

    def _let_in(self, request: Request) -> None:
        """Take the token from "Bearer TOKEN" (RFC 6750), or as the password of an address: http://any:TOKEN@host/.

        Raises:
            Refused: it is not there, or another.
        """
        kind, _, given = request.headers.get("authorization", "").strip().partition(" ")
        if kind.lower() == "basic":
            given = _password(given)
        if self._token and not hmac.compare_digest(given.strip().encode(), self._token):
            raise Refused("The token is missing or wrong.", 401, 16)

    async def _body(self, request: Request) -> bytes:
        """Return the body.

        Raises:
            Refused: it is too large, or does not come in time.
        """
        too_large = Refused(f"The request is larger than {self._body_limit} bytes.", 413, 3)
        length = request.headers.get("content-length", "")
        if length.isdecimal() and len(length) < 20 and int(length) > self._body_limit:
            raise too_large
        body = bytearray()
        try:
            async with asyncio.timeout(self._body_seconds):
                async for part in request.stream():
                    body += part
                    if len(body) > self._body_limit:
                        raise too_large
        except TimeoutError:
            raise Refused("The request did not come in time.", 408, 4) from None
        return bytes(body)


def _password(encoded: str) -> str:
    try:
        return base64.b64decode(encoded).decode().partition(":")[2]
    except ValueError:
        return ""


def _refusal(refused: Refused) -> Response:
    body = json.dumps({"code": refused.code, "message": refused.message}).encode()
    headers = {"WWW-Authenticate": 'Bearer realm="pip-assay"'} if refused.status == 401 else {}
    if refused.status in (408, 413):
        headers["Connection"] = "close"  # the rest of the body is not read
    return Response(body, refused.status, headers, JSON)
