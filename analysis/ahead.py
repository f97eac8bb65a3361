"""Listening while a film is still being decoded: windows are heard where there seems to be music.

What is music is known for certain only when the whole film was heard, for the features are normalised by its peak. So music is
detected in parts as they come, and the windows heard there are a guess at those that will be asked for: those guessed right need not
be heard at the end, the others are heard then. The results are the same.
"""

from analysis import attributes, cores, detection
from analysis.audio import SAMPLE_RATE
from analysis.spool import Spool

PART = 300  # seconds in which music is detected at once


class Ahead:
    """Hears the windows of a growing signal.

    Parameters
    ----------
    detector : one of detection.DETECTORS
    """

    def __init__(self, detector: str) -> None:
        self._detector = detector
        self._begin = 0  # second at which the next part begins
        self.known: attributes.Known = {}

    def listen(self, signal: Spool) -> bool:
        """Hear the next part, if it is there; whether it was. Without a further core for it nothing is done ahead."""
        end = self._begin + PART
        if len(signal) < end * SAMPLE_RATE or cores.count() == 1:
            return False
        labels = detection.seconds(signal[self._begin * SAMPLE_RATE : end * SAMPLE_RATE], self._detector)["label"]
        runs = [(self._begin + start, self._begin + stop) for start, stop in detection.runs(labels)]
        unfinished = runs.pop() if runs and runs[-1][1] == end else (end, end)
        self.known |= attributes.ahead(signal, runs)
        # What goes on beyond the part is heard again with the next one, unless it fills it.
        self._begin = unfinished[0] if unfinished[0] > self._begin else end
        return True
