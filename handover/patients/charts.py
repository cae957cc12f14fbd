"""Where the points of a trend lie: pure geometry for the inline SVG of a page, no words and no clock.

Every coordinate leaves as text with one decimal, so that a template prints the same figure in any language.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SPARK_WIDTH, SPARK_HEIGHT = 64.0, 22.0
LANE_WIDTH, LANE_HEIGHT = 150.0, 44.0
_SPARK_EDGE = 2.0
_LANE_EDGE_X, _LANE_EDGE_Y = 6.0, 4.0


@dataclass(frozen=True)
class Point:
    """One dot of a trend. `is_latest` is drawn heavier."""

    x: str
    y: str
    is_latest: bool = False


@dataclass(frozen=True)
class Spark:
    """A line the size of a word, with the height of the threshold that matters."""

    line: str
    now: Point
    threshold: str


@dataclass(frozen=True)
class Reading:
    """One value at one time; None was not taken."""

    at: datetime
    value: float | None


@dataclass(frozen=True)
class Bounds:
    """The expected range of a sign and the widest span that is drawn when every value lies inside it."""

    low: float
    high: float


@dataclass(frozen=True)
class Lane:
    """One sign over time: a line for each unbroken run of readings, its dots, and the expected band behind them."""

    lines: tuple[str, ...]
    points: tuple[Point, ...]
    band_y: str
    band_height: str


def spark(values: Sequence[int], *, threshold: int, least_top: int) -> Spark | None:
    """A small line through `values`, oldest first and evenly spaced; None when there is nothing to draw.

    The scale begins at 0 and ends at `least_top` or the greatest value, so that quiet trends look quiet.
    """
    if not values:
        return None
    top = max(least_top, *values)
    span_x = SPARK_WIDTH - 2 * _SPARK_EDGE
    step = span_x / (len(values) - 1) if len(values) > 1 else 0.0
    start = _SPARK_EDGE if len(values) > 1 else SPARK_WIDTH - _SPARK_EDGE
    points = [(start + step * index, _spark_y(value, top)) for index, value in enumerate(values)]
    x, y = points[-1]
    return Spark(line=_line(points), now=Point(_n(x), _n(y), is_latest=True), threshold=_n(_spark_y(threshold, top)))


def lane(readings: Sequence[Reading], *, expected: Bounds, begins: datetime, ends: datetime) -> Lane | None:
    """A sign's readings, oldest first, on a true time axis from `begins` to `ends`; None when no value was taken.

    A reading that was not taken breaks the line: what nobody measured is not drawn as if it had been.
    """
    taken = [reading for reading in readings if reading.value is not None and begins <= reading.at <= ends]
    if not taken:
        return None
    values = [reading.value for reading in taken if reading.value is not None]
    scale = _Scale(low=min(*values, expected.low), high=max(*values, expected.high))
    last = taken[-1]
    points = tuple(
        Point(_n(_x(reading.at, begins, ends)), _n(scale.y(reading.value or 0.0)), is_latest=reading is last)
        for reading in taken
    )
    top, foot = scale.y(expected.high), scale.y(expected.low)
    return Lane(
        lines=tuple(_runs(readings, scale, begins, ends)), points=points, band_y=_n(top), band_height=_n(foot - top)
    )


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float

    def y(self, value: float) -> float:
        room = LANE_HEIGHT - 2 * _LANE_EDGE_Y
        span = (self.high - self.low) or 1.0
        return LANE_HEIGHT - _LANE_EDGE_Y - room * (value - self.low) / span


def _runs(readings: Sequence[Reading], scale: _Scale, begins: datetime, ends: datetime) -> list[str]:
    """The lines between neighbouring readings that were both taken."""
    runs: list[list[tuple[float, float]]] = [[]]
    for reading in readings:
        if not begins <= reading.at <= ends:
            continue
        if reading.value is None:
            runs.append([])
        else:
            runs[-1].append((_x(reading.at, begins, ends), scale.y(reading.value)))
    return [_line(run) for run in runs if len(run) > 1]


def _x(at: datetime, begins: datetime, ends: datetime) -> float:
    span = (ends - begins) or timedelta(seconds=1)
    return _LANE_EDGE_X + (LANE_WIDTH - 2 * _LANE_EDGE_X) * ((at - begins) / span)


def _spark_y(value: float, top: float) -> float:
    room = SPARK_HEIGHT - 2 * _SPARK_EDGE
    return SPARK_HEIGHT - _SPARK_EDGE - room * value / top


def _line(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _n(value: float) -> str:
    return f"{value:.1f}"
