"""Composed pieces on their way to the browser: to be heard, or to be saved."""

import re
import unicodedata
from io import BytesIO

import numpy as np
from flask import Response, send_file

SOUND, WAV, MIDI, COVER = "sound.ogg", "piece.wav", "piece.mid", "cover.png"
_TYPES = {SOUND: "audio/ogg", WAV: "audio/wav", MIDI: "audio/midi", COVER: "image/png"}
_SAVED = (WAV, MIDI)
_LONGEST = 100  # letters of a name


def sent(content: bytes, file: str, name: str) -> Response:
    """One of the files above, or the range of it that was asked for; what is to be saved gets a name."""
    if file not in _SAVED:
        return send_file(BytesIO(content), _TYPES[file], conditional=True)
    saved = f"{file_name(name)}.{file.rpartition('.')[2]}"
    return send_file(BytesIO(content), _TYPES[file], as_attachment=True, download_name=saved, conditional=True)


def file_name(name: str) -> str:
    """A name without what some system does not take in one."""
    printable = "".join(letter for letter in name if unicodedata.category(letter)[0] != "C")
    return re.sub(r'[\\/:*?"<>|]', "_", printable)[:_LONGEST].strip(" .") or "piece"


def wav(ogg: bytes) -> bytes:
    """An OGG as a WAV of 16 bits. Raises RuntimeError when it cannot be decoded."""
    import soundfile  # only where a WAV is taken away

    samples, rate = soundfile.read(BytesIO(ogg), dtype="float32", always_2d=True)
    content = BytesIO()
    soundfile.write(content, np.clip(samples, -1, 1), rate, format="WAV", subtype="PCM_16")
    return content.getvalue()
