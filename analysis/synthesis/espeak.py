"""A program of its own that speaks lines with espeak-ng: JSON on stdin, sound on stdout. See analysis.synthesis.speech.

It imports nothing of this project, so that it starts quickly and can be run by its path.
stdin: [{"voice", "text", "words_per_minute", "pitch"}, ...]; stdout: one .npz with the sample rate and one int16 array a line.
"""

import ctypes
import io
import json
import sys

import espeakng_loader
import numpy as np

# From espeak-ng's speak_lib.h.
_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000
_RATE, _PITCH = 1, 3
_UTF8 = 1
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Voice:
    """The library, initialised; it is global to the process."""

    def __init__(self) -> None:
        self._library = ctypes.cdll.LoadLibrary(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self.rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, _DONT_EXIT)
        if self.rate <= 0:
            raise OSError(f"espeak-ng cannot read its data in {espeakng_loader.get_data_path()}")
        self._library.espeak_ng_SetRandSeed(ctypes.c_long(1))  # or the clock decides how breathy voices sound
        self._pieces: list[np.ndarray] = []
        self._callback = _CALLBACK(self._collect)  # kept alive: the library calls it
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, voice: str, text: str, words_per_minute: int, pitch: int) -> np.ndarray:
        """One line as int16 at `rate`."""
        if self._library.espeak_SetVoiceByName(voice.encode()):
            raise ValueError(f"espeak-ng has no voice {voice!r}")
        self._library.espeak_SetParameter(_RATE, words_per_minute, 0)
        self._library.espeak_SetParameter(_PITCH, pitch, 0)
        self._pieces.clear()
        encoded = text.encode()
        self._library.espeak_Synth(encoded, len(encoded) + 1, 0, 1, 0, _UTF8, None, None)
        return np.concatenate(self._pieces) if self._pieces else np.empty(0, np.int16)

    def _collect(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: int) -> int:
        if samples and count > 0:
            self._pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0


def main() -> None:
    """Speak what stdin asks for."""
    voice = Voice()
    spoken = [voice.speak(**line) for line in json.load(sys.stdin)]
    archive = io.BytesIO()
    np.savez(archive, np.array(voice.rate), *spoken)
    sys.stdout.buffer.write(archive.getvalue())


if __name__ == "__main__":
    main()
