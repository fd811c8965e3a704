"""Every family of charts, imported explicitly: importing this module fills the registry."""

from reporting.charts import portfolio
from reporting.charts.registry import charts

__all__ = ["charts", "portfolio"]
