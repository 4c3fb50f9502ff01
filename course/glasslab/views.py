"""Every picture of the course: readable axes, colours safe for colour-blind eyes, and alt text.

Each function returns a `Picture`; as the last line of a notebook cell it shows itself.

What draws, matplotlib and Pillow, is loaded with the first picture that is drawn, and not with this
module: it takes a tenth as long as all else that a unit imports.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float

from glasslab import figures
from glasslab.gallery import Gallery

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Numbers = Iterable[Any] | np.ndarray | torch.Tensor
"""Anything that ``numpy.asarray`` or ``torch.as_tensor`` turns into numbers."""

# Okabe and Ito's palette (jfly.uni-koeln.de/color), of which its orange, sky blue and yellow are
# too pale for a line on white (under 3:1); and the wine of Paul Tol's "muted" (sronpersonalpages
# .nl/~pault). Seen by every kind of eye any two are 17 apart in CIELAB, at least.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#882255")
# Colour never stands alone: each series has its own marker and line style too.
MARKERS = ("o", "s", "^", "D", "v", "P")
LINE_STYLES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1)))
SEQUENTIAL = "viridis_r"  # perceptually uniform; darker is more, as in CircuitsVis
DIVERGING = "PuOr"  # orange below, purple above: told apart by every kind of eye

DOTS_PER_INCH = 160
SHOWN_DOTS_PER_INCH = 100  # shown smaller than drawn: crisp on dense screens
SIGNIFICANT_DIGITS = 5
MANY_POINTS = 200
MOST_STILL_HEADS = 4

GALLERY = Gallery()
"""Spares a process pictures that it, or the one it was forked from, has drawn or been given."""


@dataclass(frozen=True)
class Picture:
    """A drawn picture: PNG bytes, alt text, and HTML where it is interactive."""

    png: bytes
    alt: str
    interactive: str | None = None

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """Return what Jupyter stores: text, image, and HTML, in which the words stay with it."""
        width = _shown_width(self.png)
        data = {
            "text/plain": self.alt,
            "image/png": base64.b64encode(self.png).decode("ascii"),
            "text/html": self.interactive or figures.still(self.png, self.alt, width),
        }
        return data, {"image/png": {"width": width, "alt": self.alt}}


def attention(
    pattern: Float[torch.Tensor, "query key"] | Float[torch.Tensor, "head query key"],
    tokens: Sequence[str],
    *,
    title: str = "Attention pattern",
    brightest: float = 0.5,
) -> Picture:
    """Show causal attention patterns in CircuitsVis, with all of its script inside: no network.

    Where scripts can't run (an untrusted notebook, a feedback page) still heat maps of the first
    heads stand in its place.

    Args:
        pattern: Attention, one row a query, of one head or of several.
        tokens: The words at the positions, in order.
        title: What is shown.
        brightest: Attention at and above this is drawn in the strongest colour.

    Raises:
        ValueError: the pattern isn't square, or the tokens are not as many as its positions.
    """
    heads = _steady(pattern, decimals=4)
    heads = heads[None] if heads.ndim == 2 else heads
    if heads.ndim != 3 or heads.shape[1] != heads.shape[2]:
        raise ValueError(f"A pattern is [query key] or [head query key]; got {list(heads.shape)}.")
    if len(tokens) != heads.shape[2]:
        raise ValueError(f"{len(tokens)} tokens for {heads.shape[2]} positions.")
    brightest = float(brightest)  # often the largest number of a tensor
    still = _still_heads(heads, tokens, title, brightest)
    living = figures.attention_heads(
        heads,
        [str(token) for token in tokens],
        image=figures.still(still.png, still.alt, _shown_width(still.png)),
        alt=still.alt,
        brightest=brightest,
    )
    return Picture(still.png, still.alt, living)


def _still_heads(heads: np.ndarray, tokens: Sequence[str], title: str, brightest: float) -> Picture:
    """Draw heat maps of the first heads, one below the other."""
    seen = [
        np.where(np.tri(len(tokens), dtype=bool), head, np.nan) for head in heads[:MOST_STILL_HEADS]
    ]
    across, down = "key: the token looked at", "query: the token that looks"
    if len(heads) == 1:
        return heatmap(
            seen[0],
            title=title,
            x=across,
            y=down,
            colour="attention",
            x_ticks=tokens,
            y_ticks=tokens,
            limits=(0.0, brightest),
        )
    png = GALLERY.drawn(
        _draw_heads, np.stack(seen), (title, across, down), _texts(tokens), brightest
    )
    told = [
        f"head {index}: {_span(head)}, last row {_span(head[-1])}"
        for index, head in enumerate(seen)
    ]
    more = f"; {len(heads) - len(seen)} more heads" if len(heads) > len(seen) else ""
    alt = (
        f"Heat maps “{title}”, one a head: {len(tokens)} rows ({down}) by {len(tokens)} columns "
        f"({across}). Attention of {'; '.join(told)}{more}."
    )
    return Picture(png, alt)


def _draw_heads(
    heads: np.ndarray, names: tuple[str, str, str], tokens: list[str], brightest: float
) -> bytes:
    figure = _paper(4.4 * len(heads))
    title, *axis_names = names
    for index, (axes, head) in enumerate(
        zip(figure.subplots(len(heads), squeeze=False).flat, heads)
    ):
        _name_axes(axes, f"{title}: head {index}", *axis_names)
        _paint_table(axes, head, "attention", SEQUENTIAL, (tokens, tokens), 0.0, brightest)
    return _png(figure)


def heatmap(
    values: Numbers,
    *,
    title: str,
    x: str,
    y: str,
    colour: str,
    x_ticks: Sequence[str] | None = None,
    y_ticks: Sequence[str] | None = None,
    limits: tuple[float, float] | None = None,
    diverging: bool = False,
) -> Picture:
    """Draw a table ``[row column]`` as colours; NaN is left grey.

    Args:
        values: The table; its first row is drawn at the top.
        title: What is shown.
        x: Name (and unit) of the columns.
        y: Name (and unit) of the rows.
        colour: Name (and unit) of the values.
        x_ticks: A label for each column.
        y_ticks: A label for each row.
        limits: Values of the two ends of the colour scale, the data's own by default; an end that
            the data go beyond is drawn as an arrow.
        diverging: Whether the values have a sign that matters: one colour below 0, another above,
            pale at 0. Without limits the scale then reaches equally far both ways.

    Raises:
        ValueError: the values are not a table, or limits of a diverging scale not −a and a.
    """
    table = _steady(values)
    if table.ndim != 2:
        raise ValueError(f"A heat map needs [row column]; got {list(table.shape)}.")
    low, high = map(float, limits or _limits(table, diverging))
    if diverging and low != -high:
        raise ValueError(f"Limits of a diverging scale are −a and a; got {low} and {high}.")
    colours = DIVERGING if diverging else SEQUENTIAL
    ticks = (_texts(x_ticks), _texts(y_ticks))
    png = GALLERY.drawn(_draw_heatmap, table, (title, x, y), colour, colours, ticks, low, high)
    alt = (
        f"Heat map “{title}”: {table.shape[0]} rows ({y}) by {table.shape[1]} columns ({x}). "
        f"{colour}: {_span(table)}; last row: {_span(table[-1])}."
    )
    if diverging:
        alt += f" Below 0: {int((table < 0).sum())} cells, above: {int((table > 0).sum())}."
    return Picture(png, alt)


def _draw_heatmap(
    table: np.ndarray,
    names: tuple[str, str, str],
    colour: str,
    colours: str,
    ticks: tuple[list[str] | None, list[str] | None],
    low: float,
    high: float,
) -> bytes:
    figure, axes = _canvas(*names, height=4.4)
    _paint_table(axes, table, colour, colours, ticks, low, high)
    return _png(figure)


def _paint_table(
    axes: Axes,
    table: np.ndarray,
    colour: str,
    colours: str,
    ticks: tuple[list[str] | None, list[str] | None],
    low: float,
    high: float,
) -> None:
    axes.grid(False)
    axes.set_facecolor("#d0d0d0")
    image = axes.imshow(table, cmap=colours, vmin=low, vmax=high, aspect="auto")
    for set_ticks, labels in zip((axes.set_xticks, axes.set_yticks), ticks, strict=True):
        if labels is not None:
            set_ticks(range(len(labels)), labels, fontsize=7 if len(labels) > 12 else 10)
    beyond = (bool(np.nanmin(table) < low), bool(np.nanmax(table) > high))
    extend = {(False, False): "neither", (True, False): "min", (False, True): "max"}
    bar = extend.get(beyond, "both")
    figure: Any = axes.figure
    figure.colorbar(image, ax=axes, label=colour, extend=bar)


def lines(
    series: Mapping[str, Numbers],
    *,
    title: str,
    x: str,
    y: str,
    x_values: Numbers | None = None,
    log_y: bool = False,
) -> Picture:
    """Draw one line for each named series, over shared x values.

    Args:
        series: The name and the values of each line.
        title: What is shown.
        x: Name (and unit) of the x axis.
        y: Name (and unit) of the y axis.
        x_values: Shared x values; 0, 1, 2 … by default.
        log_y: Whether the y axis is logarithmic.

    Raises:
        ValueError: there are no numbers, or a series is not one row of them.
    """
    shown = _rows(series)
    told = [
        f"{name}: {_span(heights)}, first {_word(heights[0])}, last {_word(heights[-1])}"
        for name, heights in shown.items()
    ]
    places = None if x_values is None else _steady(x_values)
    png = GALLERY.drawn(_draw_lines, shown, (title, x, y), places, log_y)
    return Picture(png, f"Lines “{title}”, {y} over {x}. {'; '.join(told)}.")


def _draw_lines(
    series: Mapping[str, np.ndarray],
    names: tuple[str, str, str],
    places: np.ndarray | None,
    log_y: bool,
) -> bytes:
    from matplotlib.ticker import MaxNLocator

    figure, axes = _canvas(*names)
    for index, (name, heights) in enumerate(series.items()):
        axes.plot(
            np.arange(len(heights)) if places is None else places,
            heights,
            color=COLOURS[index % len(COLOURS)],
            linestyle=LINE_STYLES[index % len(LINE_STYLES)],
            marker=MARKERS[index % len(MARKERS)],
            markersize=4,
            label=name,
        )
    if log_y:
        axes.set_yscale("log")
    if places is None or np.all(places % 1 == 0):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return _png(figure)


def scatter(
    series: Mapping[str, tuple[Numbers, Numbers]],
    *,
    title: str,
    x: str,
    y: str,
    line: tuple[float, float] | None = None,
) -> Picture:
    """Draw named clouds of points, and a straight line through them if wanted.

    Args:
        series: The name of each cloud, with its x values and its y values.
        title: What is shown.
        x: Name (and unit) of the x axis.
        y: Name (and unit) of the y axis.
        line: Slope and intercept of a line drawn behind the points.

    Raises:
        ValueError: a cloud has no points, or not as many x values as y values.
    """
    told = []
    if line is not None:
        told.append(f"line of slope {_word(line[0])} and intercept {_word(line[1], 2)}")
    shown = {
        name: (_steady(across).ravel(), _steady(up).ravel())
        for name, (across, up) in series.items()
    }
    for name, (across, up) in shown.items():
        if not 0 < len(across) == len(up):
            raise ValueError(f"{name!r} has {len(across)} x values and {len(up)} y values.")
        told.append(f"{name}: {len(across)} points, {x} {_span(across)}, {y} {_span(up)}")
    slant = None if line is None else (float(line[0]), float(line[1]))
    png = GALLERY.drawn(_draw_scatter, shown, (title, x, y), slant)
    return Picture(png, f"Scatter plot “{title}”. {'; '.join(told)}.")


def _draw_scatter(
    series: Mapping[str, tuple[np.ndarray, np.ndarray]],
    names: tuple[str, str, str],
    line: tuple[float, float] | None,
) -> bytes:
    figure, axes = _canvas(*names)
    if line is not None:
        axes.axline((0, line[1]), slope=line[0], color="#888888", linewidth=1)
    for index, (name, (across, up)) in enumerate(series.items()):
        many = len(across) > MANY_POINTS
        axes.scatter(
            across,
            up,
            s=12 if many else 28,
            alpha=0.4 if many else 0.9,
            color=COLOURS[index % len(COLOURS)],
            marker=MARKERS[index % len(MARKERS)],
            linewidths=0,
            label=name,
        )
    return _png(figure)


def bars(
    series: Mapping[str, Numbers],
    *,
    title: str,
    x: str,
    y: str,
    x_ticks: Sequence[str],
    log_y: bool = False,
) -> Picture:
    """Draw bars side by side, one group at each tick, one colour and hatch a series.

    Args:
        series: The name of each series, with one value a tick.
        title: What is shown.
        x: Name of the x axis.
        y: Name (and unit) of the y axis.
        x_ticks: A label for each group.
        log_y: Whether the y axis is logarithmic.

    Raises:
        ValueError: there are no numbers, or a series is not one row of them, one a tick.
    """
    shown = _rows(series)
    for name, heights in shown.items():
        if len(heights) != len(x_ticks):
            raise ValueError(f"{len(x_ticks)} ticks for the {len(heights)} values of {name!r}.")
    # A log axis shows magnitudes; more digits would tell rounding noise.
    digits = 2 if log_y else 3
    told = []
    for name, heights in shown.items():
        pairs = (f"{tick} {_word(height, digits)}" for tick, height in zip(x_ticks, heights))
        told.append(f"{name}: {', '.join(pairs)}".replace("\n", " "))
    png = GALLERY.drawn(_draw_bars, shown, (title, x, y), _texts(x_ticks), log_y)
    return Picture(png, f"Bars “{title}”, {y} by {x}. {'; '.join(told)}.")


def _draw_bars(
    series: Mapping[str, np.ndarray],
    names: tuple[str, str, str],
    x_ticks: list[str],
    log_y: bool,
) -> bytes:
    figure, axes = _canvas(*names)
    axes.grid(False, axis="x")
    width = 0.8 / len(series)
    for index, (name, heights) in enumerate(series.items()):
        axes.bar(
            np.arange(len(heights)) + (index - (len(series) - 1) / 2) * width,
            heights,
            width,
            color=COLOURS[index % len(COLOURS)],
            hatch=("", "//", "..", "\\\\", "xx", "--")[index % 6],
            edgecolor="white",
            label=name,
        )
    axes.set_xticks(range(len(x_ticks)), x_ticks)
    if log_y:
        axes.set_yscale("log")
    else:
        axes.axhline(0, color="#333333", linewidth=0.8)
    return _png(figure)


def _rows(series: Mapping[str, Numbers]) -> dict[str, np.ndarray]:
    """Return the values of each series, one row of numbers each."""
    rows = {name: _steady(values) for name, values in series.items()}
    if not rows:
        raise ValueError("There is no series to draw.")
    for name, row in rows.items():
        if row.ndim != 1 or not len(row):
            raise ValueError(f"A series is a row of numbers; {name!r} is {list(row.shape)}.")
    return rows


def _texts(labels: Sequence[str] | None) -> list[str] | None:
    return None if labels is None else [str(label) for label in labels]


def _limits(table: np.ndarray, diverging: bool) -> tuple[float, float]:
    """Return the ends of a colour scale that holds all the data."""
    if diverging:
        far = float(np.nanmax(np.abs(table))) or 1.0
        return -far, far
    return float(np.nanmin(table)), float(np.nanmax(table))


def _paper(height: float) -> Figure:
    """Return an empty figure, as wide as all are; its height is in inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(6.4, height), dpi=DOTS_PER_INCH, layout="constrained", facecolor="white")


def _canvas(title: str, x: str, y: str, height: float = 3.6) -> tuple[Figure, Axes]:
    figure = _paper(height)
    axes = figure.add_subplot()
    _name_axes(axes, title, x, y)
    axes.grid(True, color="#e4e4e4", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _name_axes(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel(x)
    axes.set_ylabel(y)


def _png(figure: Figure) -> bytes:
    """Draw a figure, its legend below the axes where it hides nothing; the same bytes each time."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    names = figure.axes[0].get_legend_handles_labels()[1]
    if len(names) > 1:
        figure.legend(
            loc="outside lower center", ncols=min(len(names), 3), frameon=False, markerscale=1.5
        )
    # Laid out here, since savefig would draw all of it once only to call the layout.
    if (layout := figure.get_layout_engine()) is not None:
        layout.execute(figure)
        figure.set_layout_engine(None)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return _encoded(np.asarray(canvas.buffer_rgba())[..., :3])


def _encoded(pixels: np.ndarray) -> bytes:
    """Return pixels ``[row column RGB]`` as a PNG of 256 colours.

    No colour moves by what can be seen, and the file takes two fifths of the room.
    """
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(pixels))
    image = image.quantize(method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    buffer = BytesIO()
    image.save(buffer, "png", dpi=(DOTS_PER_INCH, DOTS_PER_INCH))
    return buffer.getvalue()


def _shown_width(png: bytes) -> int:
    """Return the width to show a PNG at, in CSS pixels; bytes 16..20 hold its own width."""
    return int.from_bytes(png[16:20], "big") * SHOWN_DOTS_PER_INCH // DOTS_PER_INCH


def _steady(values: Numbers, decimals: int | None = None) -> np.ndarray:
    """Return numbers rounded below what can be seen, so that two machines draw the same pixels."""
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu().numpy()
    numbers = np.asarray(values, dtype=np.float64)
    if decimals is not None:
        return np.round(numbers, decimals)
    with np.errstate(divide="ignore"):
        exponents = np.floor(np.log10(np.abs(numbers)))
    scale = 10.0 ** (SIGNIFICANT_DIGITS - 1 - np.where(np.isfinite(exponents), exponents, 0))
    return np.round(numbers * scale) / scale


def _word(number: float, digits: int = 3) -> str:
    return f"{number:.{digits}g}"


def _span(numbers: np.ndarray) -> str:
    return f"{_word(np.nanmin(numbers))} to {_word(np.nanmax(numbers))}"
