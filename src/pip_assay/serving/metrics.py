"""What was asked and how long it took, as Prometheus reads it (text format 0.0.4)."""

from collections import Counter
from collections.abc import Iterable, Iterator

from pip_assay.advisories import database
from pip_assay.serving.current import Current

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds of the latency histogram, in seconds."""


class Metrics:
    """Counts since the server began."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._seconds: Counter[str] = Counter()
        self._within: Counter[tuple[str, float]] = Counter()
        self._look_ups = 0

    def count(self, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._requests[route, status] += 1
        self._seconds[route] += seconds  # type: ignore[assignment] # a Counter adds up any numbers
        for bound in BOUNDS:
            if seconds <= bound:
                self._within[route, bound] += 1
                break

    def count_look_ups(self, number: int) -> None:
        """Count the releases that a request asked about."""
        self._look_ups += number

    def text(self, current: Current, now: float) -> str:
        """Return everything, with what the database is; `now` is in seconds since the epoch."""
        return "".join(f"{line}\n" for line in (*self._counted(), *_described(current, now)))

    def _counted(self) -> Iterator[str]:
        yield from _head("requests_total", "counter", "Requests that were answered, by route and status.")
        for (route, status), number in sorted(self._requests.items()):
            yield f'pip_assay_requests_total{{route="{route}",status="{status}"}} {number}'
        yield from _head("look_ups_total", "counter", "Releases and projects that were asked about.")
        yield f"pip_assay_look_ups_total {self._look_ups}"
        yield from _head("request_seconds", "histogram", "Seconds from the header of a request to its answer.")
        for route in sorted(self._seconds):
            within, total = 0, sum(number for (asked, _), number in self._requests.items() if asked == route)
            for bound in BOUNDS:
                within += self._within[route, bound]
                yield f'pip_assay_request_seconds_bucket{{route="{route}",le="{bound}"}} {within}'
            yield f'pip_assay_request_seconds_bucket{{route="{route}",le="+Inf"}} {total}'
            yield f'pip_assay_request_seconds_sum{{route="{route}"}} {self._seconds[route]:.6f}'
            yield f'pip_assay_request_seconds_count{{route="{route}"}} {total}'


def _described(current: Current, now: float) -> Iterable[str]:
    data = current.answers().data
    yield from _head("database_info", "gauge", "The state of the advisory database that answers.")
    yield f'pip_assay_database_info{{digest="{data.digest}"}} 1'
    yield from _head("database_records", "gauge", "Records that it holds.")
    yield f"pip_assay_database_records {data.records}"
    for name, date, what in (
        ("newest", data.date, "Seconds since its newest record changed."),
        ("fetched", data.fetched, "Seconds since it was fetched."),
    ):
        days = database.age(date, now)
        if days is not None:
            yield from _head(f"database_{name}_age_seconds", "gauge", what)
            yield f"pip_assay_database_{name}_age_seconds {days * 86400:.0f}"
    yield from _head("database_reloads_total", "counter", "Newer states that were taken into use.")
    yield f"pip_assay_database_reloads_total {current.reloads}"
    yield from _head("database_refused", "gauge", "Whether a newer state is there that cannot be used.")
    yield f"pip_assay_database_refused {int(bool(current.problem))}"


def _head(name: str, kind: str, what: str) -> tuple[str, str]:
    return f"# HELP pip_assay_{name} {what}", f"# TYPE pip_assay_{name} {kind}"
