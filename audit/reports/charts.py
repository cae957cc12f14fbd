"""Where the parts of a chart stand: pure geometry over counts and minutes, drawn as SVG by the templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 630, 228
LEFT, RIGHT, TOP, BOTTOM = 40, 16, 12, 196
# Round numbers that an axis may end at.
ENDS = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1440)


@dataclass(frozen=True)
class Tick:
    """A line across the chart, and what it stands for."""

    y: float
    label: str


@dataclass(frozen=True)
class Mark:
    """A point of a line or the middle of a column, with the day its bucket begins and the value."""

    x: float
    y: float
    begins: date
    value: float


@dataclass(frozen=True)
class Lines:
    """Two lines over time, the band between them, and the axis."""

    lower: str
    upper: str
    band: str
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True)
class Bar:
    """A column: where it begins, how wide and high it is, and its label's place."""

    x: float
    y: float
    width: float
    height: float
    begins: date
    value: int

    @property
    def middle(self) -> float:
        """Where its label stands."""
        return self.x + self.width / 2


@dataclass(frozen=True)
class Share:
    """One part of a whole in percent, and what it was before; None where nothing was counted then."""

    percent: int
    before: int | None
    is_low: bool


def axis_end(most: float) -> int:
    """The round number at or above the largest value."""
    return next((end for end in ENDS if end >= most), -(-int(most) // 1440) * 1440)


def two_lines(begins: Sequence[date], lower: Sequence[float], upper: Sequence[float]) -> Lines | None:
    """The lines through these values, one each bucket; None where there are none."""
    if not begins:
        return None
    end = axis_end(max(upper))
    xs = [_x(index, len(begins)) for index in range(len(begins))]
    low, high = ([(x, _y(value, end)) for x, value in zip(xs, values, strict=True)] for values in (lower, upper))
    marks = [Mark(x, y, day, value) for (x, y), day, value in zip(low, begins, lower, strict=True)]
    steps = sorted({0, end // 2, end})
    return Lines(
        lower=_points(low),
        upper=_points(high),
        band=_points([*high, *reversed(low)]),
        marks=tuple(marks),
        ticks=tuple(Tick(_y(step, end), str(step)) for step in steps),
    )


def columns(begins: Sequence[date], values: Sequence[int], *, height: int = 90) -> list[Bar]:
    """A column each bucket, the highest as high as `height`; one of nothing has no height and keeps its place."""
    most, count = max(values, default=0) or 1, max(len(values), 1)
    room = (WIDTH - LEFT - RIGHT) / count
    width = min(28.0, room * 0.7)
    return [
        Bar(
            round(LEFT + room * index + (room - width) / 2, 1),
            round(TOP + height * (1 - value / most), 1),
            round(width, 1),
            round(height * value / most, 1),
            day,
            value,
        )
        for index, (day, value) in enumerate(zip(begins, values, strict=True))
    ]


def shares(counts: Sequence[tuple[int, int]], before: Sequence[tuple[int, int]], *, goal: int) -> list[Share]:
    """(part, whole) each in percent, beside what it was; below `goal` percent it is low."""
    drawn = []
    for now, then in zip(counts, before, strict=True):
        percent = _percent(*now)
        drawn.append(Share(percent, _percent(*then) if then[1] else None, percent < goal))
    return drawn


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def _x(index: int, count: int) -> float:
    room = WIDTH - LEFT - RIGHT
    return round(LEFT + (room / 2 if count == 1 else room * index / (count - 1)), 1)


def _y(value: float, end: int) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * value / end, 1)


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in places)
