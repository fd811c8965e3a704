"""Native shapes of a slide: text, tables, marks, a chart; each with a name and a text for who does not see it.

Lengths are inches, font sizes points. Fonts are those of the theme, so that a slide takes the look of the deck it is put in.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
from pptx.enum.dml import MSO_LINE
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.util import Inches, Pt

from reporting.exports.drawings import TOKENS, TONES
from reporting.exports.sheet import Budget, Curve, Mark

NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
LANGUAGES = {"fr": "fr-FR", "en": "en-GB"}
FORMS = {
    "green": MSO_SHAPE.OVAL, "amber": MSO_SHAPE.ISOSCELES_TRIANGLE, "red": MSO_SHAPE.DIAMOND, "grey": MSO_SHAPE.DONUT,
}  # fmt: skip
# The parts of a weather icon: (shape, left, top, width, height) in shares of its square.
WEATHER = {
    "sun": [(MSO_SHAPE.SUN, 0.0, 0.0, 1.0, 1.0)],
    "cloud-sun": [(MSO_SHAPE.SUN, 0.35, 0.0, 0.65, 0.65), (MSO_SHAPE.CLOUD, 0.0, 0.3, 0.85, 0.7)],
    "cloud": [(MSO_SHAPE.CLOUD, 0.0, 0.12, 1.0, 0.76)],
    "cloud-rain": [(MSO_SHAPE.CLOUD, 0.0, 0.0, 1.0, 0.66), *((MSO_SHAPE.TEAR, x, 0.74, 0.14, 0.22) for x in (0.18, 0.43, 0.68))],
    "cloud-lightning": [(MSO_SHAPE.CLOUD, 0.0, 0.0, 1.0, 0.66), (MSO_SHAPE.LIGHTNING_BOLT, 0.34, 0.5, 0.36, 0.5)],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Box:
    left: float
    top: float
    width: float
    height: float

    @property
    def emu(self) -> tuple[int, int, int, int]:
        return Inches(self.left), Inches(self.top), Inches(self.width), Inches(self.height)


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line; `colour` is a token. `size` 0: that of the text around it."""

    text: str
    bold: bool = False
    colour: str = "text"
    size: float = 0


Line = Sequence[Run]


def colour(token: str) -> RGBColor:
    return RGBColor.from_string(TOKENS[token].removeprefix("#"))


def ink(state: str) -> str:
    return TONES.get(state, "text")


def fill_of(state: str) -> str:
    return f"{TONES.get(state, 'mute')}-fill"


def plain(text: str) -> str:
    """Without what XML cannot hold."""
    return NO_XML.sub("", text)


def told(shape: Any, name: str, words: str) -> None:
    """Name the shape for the list of objects, and describe it for who does not see it."""
    known = shape._element.xpath(".//p:cNvPr")[0]
    known.set("name", plain(name)[:80])
    known.set("descr", plain(words))


class Pen:
    """Puts shapes on a slide, in one language."""

    def __init__(self, slide: Any, language: str) -> None:
        self.shapes, self.language = slide.shapes, LANGUAGES[language]

    def text(
        self, box: Box, name: str, lines: Sequence[Line], *, size: float, fill: str = "", right: bool = False
    ) -> Any:
        """Lines of text; with `fill`, on a rounded ground of that colour."""
        if fill:
            shape = self.shapes.add_shape(MSO_SHAPE.ROUNDED_RECTANGLE, *box.emu)
            shape.adjustments[0] = 0.06
            shape.fill.solid()
            shape.fill.fore_color.rgb = colour(fill)
            shape.line.fill.background()
            shape.shadow.inherit = False
        else:
            shape = self.shapes.add_textbox(*box.emu)
        told(shape, name, " ".join("".join(run.text for run in line) for line in lines))
        self.write(shape.text_frame, lines, size=size, margin=0.08 if fill else 0, right=right)
        return shape

    def write(self, frame: Any, lines: Sequence[Line], *, size: float, margin: float, right: bool = False) -> None:
        frame.word_wrap = True
        frame.auto_size = MSO_AUTO_SIZE.TEXT_TO_FIT_SHAPE
        frame.vertical_anchor = MSO_ANCHOR.TOP
        frame.margin_left = frame.margin_right = Inches(margin)
        frame.margin_top = frame.margin_bottom = Inches(margin / 2)
        for number, line in enumerate(lines):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            self.fill(paragraph, line, size=size, right=right)

    def fill(self, paragraph: Any, line: Line, *, size: float, right: bool = False) -> None:
        paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
        for one in line:
            run = paragraph.add_run()
            run.text = plain(one.text)
            run.font.size, run.font.bold = Pt(one.size or size), one.bold
            run.font.color.rgb = colour(one.colour)
            run._r.get_or_add_rPr().set("lang", self.language)

    def mark(self, left: float, top: float, side: float, mark: Mark, words: str) -> None:
        """The icon of a weather scale, or the shape of a colour."""
        parts = WEATHER.get(mark.weather) or [(FORMS[mark.state or "grey"], 0.0, 0.0, 1.0, 1.0)]
        group = self.shapes.add_group_shape()
        for form, x, y, width, height in parts:
            place = Box(left + x * side, top + y * side, width * side, height * side)
            shape = group.shapes.add_shape(form, *place.emu)
            shape.fill.solid()
            shape.fill.fore_color.rgb = colour(fill_of(mark.state))
            shape.line.color.rgb = RGBColor(255, 255, 255)
            shape.line.width = Pt(0.5)
            shape.shadow.inherit = False
        told(group, words, words)

    def table(
        self, box: Box, name: str, head: Sequence[str], rows: Sequence[Sequence[Line]], widths: Sequence[float], *,
        size: float, right: Sequence[int] = (),
    ) -> None:  # fmt: skip
        """A native table, its first row the heads of the columns; `widths` are shares, `right` the columns set to the right."""
        frame = self.shapes.add_table(len(rows) + 1, len(head), *box.emu)
        told(frame, name, f"{name}. {', '.join(head)}")
        table, whole = frame.table, sum(widths)
        table.horz_banding = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Inches(box.width * width / whole)
        for row in table.rows:
            row.height = int(Inches(box.height) / (len(rows) + 1))
        lines = [[(Run(text, colour="text-3"),) for text in head], *rows]
        for number, cells in enumerate(lines):
            for place, line in enumerate(cells):
                cell = table.cell(number, place)
                cell.fill.solid()
                cell.fill.fore_color.rgb = colour("surface-2") if number == 0 else RGBColor(255, 255, 255)
                cell.vertical_anchor = MSO_ANCHOR.MIDDLE
                cell.margin_left = cell.margin_right = Inches(0.05)
                cell.margin_top = cell.margin_bottom = Inches(0.01)
                self.fill(cell.text_frame.paragraphs[0], line, size=size, right=place in right)

    def curve(self, box: Box, budget: Budget, curve: Curve, names: Sequence[str]) -> None:
        """A native line chart whose figures stay editable: plan, actuals and forecast, in whole units of the currency."""
        months, later = len(curve.months), len(curve.months) - len(curve.forecast)
        data = CategoryChartData(number_format="#,##0")
        data.categories = list(curve.labels)
        given = [
            (list(curve.plan), "mute-fill", MSO_LINE.DASH),
            ([*curve.actual, *[None] * (months - len(curve.actual))], "accent", MSO_LINE.SOLID),
            (
                [*[None] * later, *curve.forecast],
                fill_of("red") if budget.variance_state else "accent",
                MSO_LINE.ROUND_DOT,
            ),
        ]
        for (values, _token, _dash), name in zip(given, names, strict=True):
            data.add_series(name, values)
        frame = self.shapes.add_chart(XL_CHART_TYPE.LINE, *box.emu, data)
        told(frame, names[0], curve.words)
        chart = frame.chart
        chart.font.size, chart.font.color.rgb = Pt(8), colour("text-3")
        chart.has_title, chart.has_legend = False, True
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        axis, foot = chart.value_axis, chart.category_axis
        axis.major_gridlines.format.line.color.rgb = colour("border")
        axis.format.line.fill.background()
        axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = "#,##0", False
        axis.minimum_scale = 0
        foot.tick_label_position = XL_TICK_LABEL_POSITION.LOW
        foot.format.line.color.rgb = colour("border-2")
        units(axis, budget)
        for series, (_values, token, dash) in zip(chart.plots[0].series, given, strict=True):
            series.smooth = False
            series.marker.style = None
            series.format.line.color.rgb, series.format.line.width = colour(token), Pt(2)
            series.format.line.dash_style = dash
            symbol = series._element.get_or_add_marker()
            symbol.get_or_add_symbol().set("val", "none")


def units(axis: Any, budget: Budget) -> None:
    """Amounts on the axis in thousands or millions, as a number format writes them: `1,5 M€`."""
    commas = {"1": "", "k": ",", "M": ",,", "G": ",,,"}[budget.scale]
    unit = {"1": "", "k": "k", "M": "M", "G": "bn"}[budget.scale]
    axis.tick_labels.number_format = (
        f'#,##0.#{commas}" {unit}{budget.currency}"' if commas else f'#,##0" {budget.currency}"'
    )
