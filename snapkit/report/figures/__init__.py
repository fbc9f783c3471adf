"""Figures: bars, lines and timelines, as SVG whose text takes the page's own colour and font.

Written by hand, because no plotting library does it: the picture follows the page into the dark,
is the same each time, fits a phone, and needs neither a script nor a font. Each says its figures in
words, too.
"""

from snapkit.report.figures._bars import bars
from snapkit.report.figures._lines import Line, lines
from snapkit.report.figures._spans import Lane, Stretch, spans

__all__ = ["Lane", "Line", "Stretch", "bars", "lines", "spans"]
