"""Colours by name, and the figure as JSON: the page's script turns `token:ok-fill` into the colour of the reader's theme.

Plotly refuses a colour it does not know, so each token travels through it as a placeholder colour of its own and gets its
name back in the JSON: the figure stays validated, and another output (a slide) may put real colours in their place.
"""

import re

import plotly.graph_objects as go
import plotly.io as pio

pio.templates.default = None  # the page lends fonts, grid and background; a template would only weigh 7 KB

_placeholders: dict[str, str] = {}
_PLACEHOLDER = re.compile(r"#fe[0-9a-f]{4}")

PATTERNS = {"amber": "/", "red": "x"}
SYMBOLS = {"green": "circle", "amber": "triangle-up", "red": "diamond", "grey": "circle-open", "hold": "square"}
FILLS = {"green": "ok-fill", "amber": "warn-fill", "red": "bad-fill", "grey": "none-fill", "hold": "mute-fill"}


def token(name: str, alpha: float | None = None) -> str:
    """The colour token `name`, see-through when `alpha` is given (0–1), as a colour Plotly accepts."""
    full = f"token:{name}" if alpha is None else f"token:{name}/{alpha:g}"
    for placeholder, known in _placeholders.items():
        if known == full:
            return placeholder
    placeholder = f"#fe{len(_placeholders):04x}"
    _placeholders[placeholder] = full
    return placeholder


def fill(state: str) -> str:
    """The fill of a health state."""
    return token(FILLS[state])


def pattern(state: str) -> dict[str, object]:
    """The hatching that tells amber and red without their colour; nothing for the other states."""
    if state not in PATTERNS:
        return {}
    return {"shape": PATTERNS[state], "fgcolor": token("surface"), "size": 6, "solidity": 0.22, "fillmode": "overlay"}


def as_json(figure: go.Figure) -> bytes:
    """The figure with its tokens, as the page's script reads it."""
    text: str = figure.to_json(validate=True)
    return _PLACEHOLDER.sub(lambda found: _placeholders.get(found[0], found[0]), text).encode()
