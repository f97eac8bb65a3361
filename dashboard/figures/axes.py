"""The time axis, the same in every chart."""

from datetime import datetime, timedelta
from typing import Any

from dashboard.text import clock

# Steps a reader can count in, in seconds; the first that gives at most ten ticks is taken.
_STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_MOST_TICKS = 10
_MIDNIGHT = datetime(1970, 1, 1)


def time_axis(duration: int) -> dict[str, Any]:
    """Settings of a time axis from 0 to `duration` seconds with ticks as m:ss."""
    step = next((s for s in _STEPS if duration / s <= _MOST_TICKS), _STEPS[-1])
    unit = "m:ss" if duration < 3600 else "h:mm:ss"
    ticks = list(range(0, max(duration, 1) + 1, step))
    title = {"text": f"time ({unit})", "standoff": 8}
    return {"range": [0, max(duration, 1)], "tickvals": ticks, "ticktext": [clock(t) for t in ticks], "title": title}


def clock_axis(duration: int) -> dict[str, Any]:
    """Settings of a time axis from 0 to `duration` seconds whose ticks grow finer where one looks closer; its values are `moment`s."""
    unit, shown = ("m:ss", "%-M:%S") if duration < 3600 else ("h:mm:ss", "%-H:%M:%S")
    whole = [moment(0), moment(max(duration, 1))]
    title = {"text": f"time ({unit})", "standoff": 8}
    return {
        "type": "date", "range": whole, "minallowed": whole[0], "maxallowed": whole[1],
        "tickformat": shown, "hoverformat": shown, "nticks": _MOST_TICKS, "title": title,
    }  # fmt: skip


def moment(seconds: float) -> str:
    """A time of a film as Plotly's date axes want it: only of dates they can draw ticks as m:ss."""
    return (_MIDNIGHT + timedelta(seconds=float(seconds))).isoformat(" ")
