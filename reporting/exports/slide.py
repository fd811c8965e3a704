"""A sheet as one slide of 16:9: native text, tables and chart that a committee's deck can take over and edit; no picture.

The confidential note stays out of it: a slide is shown to a room, not to the person who made it.
"""

from io import BytesIO
from typing import Any

from pptx import Presentation
from pptx.util import Inches

from reporting.exports.shapes import Box, Line, Pen, Run, ink, plain
from reporting.exports.sheet import Ask, RiskLine, Sheet, clipped

WIDE, HIGH = 13.333, 7.5
LEFT, ROOM, GAP = 0.4, 12.533, 0.12
TITLE_ONLY = (
    5  # the layout of python-pptx's own template with a title and nothing else: a slide needs one to be found by
)


def pptx(sheet: Sheet) -> bytes:
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDE), Inches(HIGH)
    told = deck.core_properties
    told.title, told.language, told.author = plain(sheet.title)[:255], sheet.language, ""
    told.last_modified_by, told.keywords = "", ""
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    pen = Pen(slide, sheet.language)
    _band(slide, pen, sheet)
    _confidence(pen, sheet)
    _indicators(pen, sheet)
    _milestones(pen, sheet)
    _lists(pen, sheet)
    _money(pen, sheet)
    _risks(pen, sheet)
    _asks(pen, sheet)
    _foot(pen, sheet)
    out = BytesIO()
    deck.save(out)
    return out.getvalue()


def _title(text: str) -> Line:
    return (Run(text, bold=True, colour="text-2", size=9),)


def _band(slide: Any, pen: Pen, sheet: Sheet) -> None:
    head, title = sheet.head, slide.shapes.title
    title.left, title.top, title.width, title.height = Box(LEFT, 0.2, 9.3, 0.46).emu
    name = Run(clipped(head.name, 80), bold=True, size=20 if len(head.name) <= 50 else 14)
    pen.write(title.text_frame, [(Run(f"{head.code}  ", colour="text-3", size=11), name)], size=20, margin=0)
    facts = [
        part
        for fact in head.facts
        for part in (Run(f"{fact.label} ", colour="text-3"), Run(f"{clipped(fact.text, 40)}     ", bold=True))
    ]
    pen.text(Box(LEFT, 0.7, 9.3, 0.2), sheet.words["report"], [facts], size=9)
    when = (Run(f"{sheet.words['report']} · {head.period}", bold=True, size=12),)
    pen.text(Box(9.9, 0.2, 3.03, 0.26), head.period, [when], size=12, right=True)
    tone, ground = ("mute", "mute-soft") if head.is_frozen else ("warn", "warn-soft")
    words = " · ".join(part for part in (head.confidential, head.standing) if part)
    pen.text(
        Box(9.9, 0.52, 3.03, 0.28),
        head.standing,
        [(Run(words, bold=True, colour=tone),)],
        size=9,
        fill=ground,
        right=True,
    )


def _confidence(pen: Pen, sheet: Sheet) -> None:
    said, w = sheet.confidence, sheet.words
    pen.mark(LEFT, 1.08, 0.62, said.declared, said.declared.words)
    lines: list[Line] = [
        _title(w["confidence"]),
        (Run(said.declared.words, bold=True, colour=ink(said.declared.state), size=15),
         Run(f"  {said.trend_words}" if said.trend else "", colour="text-2", size=10)),
    ]  # fmt: skip
    if said.previous.words:
        lines.append((Run(f"{w['previous']} ", colour="text-3"), Run(said.previous.words)))
    gap = f" · {said.gap_words}" if said.gap_words else ""
    lines.append((Run(f"{w['computed']} ", colour="text-3"), Run(f"{said.computed.words}{gap}")))
    if said.review.state:
        far = (Run(f" · {w['review_far']}", bold=True, colour=ink("red")),) if said.review_far else ()
        lines.append((Run(f"{w['review']} ", colour="text-3"), Run(f"{said.review.words} ({said.review_on})"), *far))
    pen.text(Box(1.17, 1.02, 3.3, 1.0), w["confidence"], lines, size=9)
    body: list[Line] = [(Run(sheet.message or w["none"], bold=bool(sheet.message), size=13),)]
    if sheet.summary:
        body.append((Run(sheet.visible_summary, colour="text-2"),))
    pen.text(Box(4.6, 1.02, 8.333, 1.0), w["message"], body, size=10, fill="surface-2")


def _indicators(pen: Pen, sheet: Sheet) -> None:
    width = (ROOM - 4 * GAP) / 5
    for number, one in enumerate(sheet.indicators):
        left = LEFT + number * (width + GAP)
        if one.previous.state:
            pen.mark(left, 2.38, 0.13, one.previous, f"{one.label}, {sheet.words['previous']}: {one.previous.words}")
        pen.mark(left + 0.2, 2.35, 0.19, one.mark, f"{one.label}: {one.mark.words}")
        figure = Run(f"  {one.figure}" if one.figure else "", bold=True)
        lines: list[Line] = [_title(one.label), (Run(one.mark.words, bold=True, colour=ink(one.mark.state)), figure)]
        if one.computed.state:
            lines.append((Run(f"{sheet.words['computed']} {one.computed.words}", colour="text-3", size=8),))
        if one.comment:
            lines.append((Run(one.comment, colour="text-2", size=8),))
        pen.text(Box(left + 0.46, 2.14, width - 0.46, 1.06), one.label, lines, size=10)


def _milestones(pen: Pen, sheet: Sheet) -> None:
    w, box = sheet.words, Box(LEFT, 3.46, 7.2, 1.82)
    pen.text(Box(LEFT, 3.24, 7.2, 0.2), w["milestones"], [_title(w["milestones"])], size=9)
    head = [w["milestone"], w["baseline"], w["previous"], w["forecast"], w["slip"], w["state"]]
    rows: list[list[Line]] = [
        [
            (Run(("⚑ " if one.is_key else "") + clipped(one.label, 52)),), (Run(one.baseline, colour="text-3"),),
            (Run(one.previous, colour="text-3"),), (Run(one.forecast, bold=True),), (Run(one.slip),),
            (Run(one.mark.words, bold=True, colour=ink(one.mark.state)),),
        ]
        for one in sheet.milestones
    ]  # fmt: skip
    if rows:
        short = Box(box.left, box.top, box.width, box.height * (len(rows) + 1) / 7)
        pen.table(short, w["milestones"], head, rows, (3.1, 0.85, 0.85, 0.85, 0.7, 0.85), size=8.5, right=(1, 2, 3, 4))
    else:
        pen.text(Box(box.left, box.top, box.width, 0.25), w["milestone"], [(Run(w["none"], colour="text-3"),)], size=9)


def _lists(pen: Pen, sheet: Sheet) -> None:
    w, width = sheet.words, 2.53
    for left, name, lines in (
        (7.75, "highlights", sheet.highlights),
        (7.75 + width + GAP, "next_steps", sheet.next_steps),
    ):
        shown: list[Line] = [(Run(f"• {clipped(line, 90)}"),) for line in lines] or [(Run(w["none"], colour="text-3"),)]
        pen.text(Box(left, 3.24, width, 2.04), w[name], [_title(w[name]), *shown], size=8.5)


def _money(pen: Pen, sheet: Sheet) -> None:
    w, progress, budget = sheet.words, sheet.progress, sheet.budget
    gap = f"  {progress.gap_text}" if progress.gap_text else ""
    lines: list[Line] = [
        _title(w["progress"]),
        (Run(f"{w['actual']} ", colour="text-3"), Run(progress.actual_text, bold=True),
         Run(f"   {w['planned']} ", colour="text-3"), Run(progress.planned_text),
         Run(gap, bold=True, colour=ink(progress.state))),
    ]  # fmt: skip
    lines += [
        (Run(f"{one.label} ", colour="text-3"), Run(one.text, bold=one.strong, colour=ink(one.state)))
        for one in progress.dates
    ]
    pen.text(Box(LEFT, 5.36, 2.6, 0.3 + 0.16 * len(progress.dates)), w["progress"], lines, size=8.5)
    if budget is None:
        return
    top = 5.7 + 0.16 * len(progress.dates)
    given = [one for one in budget.lines if one.text]
    shown = (given if len(given) <= 4 else [*given[1:2], *given[3:]])[:4]
    table: list[list[Line]] = [
        [(Run(one.label, bold=one.strong),), (Run(one.text, bold=one.strong, colour=ink(one.state)),)] for one in shown
    ]
    pen.table(
        Box(LEFT, top, 2.6, 0.165 * (len(table) + 1)),
        w["budget"],
        [w["budget"], budget.variance],
        table,
        (1.5, 1.1),
        size=7.5,
        right=(1,),
    )
    if budget.curve is not None:
        names = (w["plan_line"], w["actual_line"], w["forecast_line"])
        pen.curve(Box(3.1, 5.36, 3.2, 1.66), budget, budget.curve, names)


def _risks(pen: Pen, sheet: Sheet) -> None:
    w, left, width = sheet.words, 6.4, 3.9
    pen.text(Box(left, 5.36, width, 0.2), w["risks"], [_title(w["risks"])], size=9)
    rows = [_risk(one, "") for one in sheet.risks] + [_risk(one, f"{w['issue']} · ") for one in sheet.issues]
    if rows:
        size = Box(left, 5.58, width, 1.44 * (len(rows) + 1) / 6)
        pen.table(
            size,
            w["risks"],
            [w["risk"], w["level"], w["owner"], w["due"]],
            rows,
            (2.05, 0.5, 0.85, 0.62),
            size=7.5,
            right=(3,),
        )
    else:
        pen.text(Box(left, 5.58, width, 0.25), w["risk"], [(Run(w["none"], colour="text-3"),)], size=9)


def _risk(one: RiskLine, kind: str) -> list[Line]:
    return [
        (Run(kind, colour="text-3"), Run(clipped(one.label, 60 - len(kind)))),
        (
            Run(str(one.level), bold=True, colour=ink(one.mark.state)),
            Run(f" {one.moved_words}", colour="text-3", size=6.5),
        ),
        (Run(clipped(one.owner, 22)),),
        (Run(one.due),),
    ]


def _asks(pen: Pen, sheet: Sheet) -> None:
    w = sheet.words
    lines: list[Line] = [_title(w["asks"])]
    for number, one in enumerate(sheet.asks):
        lines += _ask(one, w, first=number == 0)
    if not sheet.asks:
        lines.append((Run(w["none"], colour="text-3"),))
    pen.text(Box(10.42, 5.36, 2.513, 1.66), w["asks"], lines, size=8)


def _ask(one: Ask, w: dict[str, str], *, first: bool) -> list[Line]:
    lines: list[Line] = [(Run(clipped(one.question, 110 if first else 70), bold=True),)]
    if first and one.recommendation:
        lines.append((Run(f"{w['recommendation']}: ", colour="text-3"), Run(clipped(one.recommendation, 80))))
    last = [text for text in (one.needed_by, clipped(one.committee, 24), one.amount) if text]
    if last:
        lines.append((Run(" · ".join(last), colour="text-2"),))
    return lines


def _foot(pen: Pen, sheet: Sheet) -> None:
    w, left = sheet.words, LEFT
    if sheet.strip:
        pen.text(Box(left, 7.12, 1.2, 0.18), w["strip"], [_title(w["strip"])], size=9)
        for cell in sheet.strip:
            left += 0.5 if left > LEFT else 1.3
            pen.mark(left, 7.1, 0.14, cell.mark, f"{cell.name}: {cell.mark.words}")
            pen.text(Box(left - 0.1, 7.26, 0.45, 0.15), cell.name, [(Run(cell.label, colour="text-3"),)], size=7)
    if sheet.changes:
        since = [
            Run(f"{w['changes']}: ", bold=True, colour="text-2"),
            Run(" · ".join(sheet.changes[:3]), colour="text-2"),
        ]
        pen.text(Box(8.2, 7.1, 4.733, 0.3), w["changes"], [since], size=7.5)
