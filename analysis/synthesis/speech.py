"""Dialogue spoken by espeak-ng (the espeakng_loader package brings its library and voices).

The library keeps state from one sentence to the next (even the phase of a voice's tremolo) and is global to its process,
so each batch of lines is spoken by a fresh process: the same lines always sound the same, and threads cannot meet.
"""

import io
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import scipy.signal

from errors import LeitmotifError

VOICES = ("en-us+m3", "en-us+f4", "en+m7", "en+f2", "en-gb-scotland+m1", "en-us+f5", "en-us+m5", "en+f3", "en-us+Storm", "en-029+m2")
_PROGRAM = Path(__file__).with_name("espeak.py")


@dataclass(frozen=True)
class Line:
    """A line of dialogue.

    voice : espeak-ng voice and variant, such as "en-us+m3"
    text : what is said
    words_per_minute : 80..400;  pitch : 0..99
    """

    voice: str
    text: str
    words_per_minute: int = 160
    pitch: int = 50


def say(lines: Sequence[Line], rate: int) -> list[np.ndarray]:
    """Speak lines.

    Parameters
    ----------
    lines : spoken in this order
    rate : sample rate of the result, Hz

    Returns
    -------
    list of np.ndarray [shape=(n,), float32], one a line, peak near 1

    Raises
    ------
    LeitmotifError : espeak-ng cannot be loaded, or does not know a voice
    """
    command = [sys.executable, "-P", str(_PROGRAM)]
    asked = json.dumps([asdict(line) for line in lines]).encode()
    done = subprocess.run(command, input=asked, capture_output=True, check=False)
    if done.returncode != 0:
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or [f"it ended with status {done.returncode}"]
        raise LeitmotifError(f"speech cannot be made with espeak-ng ({reason[0]}): pip install --force-reinstall espeakng-loader")
    with np.load(io.BytesIO(done.stdout), allow_pickle=False) as archive:
        source, *spoken = (archive[f"arr_{index}"] for index in range(len(lines) + 1))
    common = np.gcd(int(source), rate)
    return [
        scipy.signal.resample_poly(line / np.float32(32768), rate // common, int(source) // common).astype(np.float32) for line in spoken
    ]
