import os
import signal
import threading
from pathlib import Path

import numpy as np
import pytest

from analysis import audio, decoding
from analysis.spool import Spool
from errors import AudioError, InputError
from tests.conftest import WriteMedia, tone


def decoded(decoder: decoding.Decoder, path: Path, patience: float = 60) -> np.ndarray:
    with Spool() as signal:
        for _ in decoder.fill(signal, path, 0, patience, []):
            pass
        return signal[:]


@pytest.mark.parametrize("ending", [".mp4", ".flac"])
def test_the_sound_is_that_of_decoding_here(tmp_path: Path, write_media: WriteMedia, ending: str) -> None:
    path = write_media(tmp_path / f"film{ending}", tone(25.5))
    here = audio.decode(path)
    there, warnings = decoding.decode(path)
    with there:
        np.testing.assert_array_equal(there[:], here.signal)
    assert warnings == here.warnings


def test_the_other_track(tmp_path: Path, write_media: WriteMedia) -> None:
    path = write_media(tmp_path / "film.mkv", tone(2), tracks=2)
    with decoding.decode(path, track=1)[0] as there:
        np.testing.assert_array_equal(there[:], audio.decode(path, track=1).signal)


def test_errors_are_those_of_decoding_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    bad = Path("bad.mp4")
    bad.write_bytes(b"no film" * 100)
    for path, kind in ((bad, AudioError), (Path("gone.mp4"), InputError)):
        with pytest.raises(kind) as here:
            audio.decode(path)
        with pytest.raises(kind) as there:
            decoding.decode(path)
        assert str(there.value) == str(here.value)  # the path as it was given, not as the other process has it


def test_warnings_come_with_the_sound(tmp_path: Path, write_media: WriteMedia) -> None:
    path = write_media(tmp_path / "film.mp4", tone(20), movflags="faststart")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    there, warnings = decoding.decode(path)
    there.close()
    assert warnings == audio.decode(path).warnings
    assert any("cut short" in warning for warning in warnings)


def test_a_stuck_decoder_is_ended_and_the_next_film_decoded(tmp_path: Path, write_media: WriteMedia) -> None:
    path = write_media(tmp_path / "film.wav", tone(2))
    decoder = decoding.Decoder()
    os.kill(decoder._process.pid, signal.SIGSTOP)
    with pytest.raises(AudioError, match=r"film.wav: decoding made no progress for 0 s and was ended") as caught:
        decoded(decoder, path, 0.05)
    assert "\n" not in str(caught.value)
    np.testing.assert_array_equal(decoded(decoder, path), audio.decode(path).signal)
    decoder._process.stop()


def test_a_crashed_decoder_is_told_and_the_next_film_decoded(tmp_path: Path, write_media: WriteMedia) -> None:
    path = write_media(tmp_path / "film.wav", tone(120))
    decoder = decoding.Decoder()
    coming = decoder.fill(Spool(), path, 0, 60, [])
    assert next(coming)
    os.kill(decoder._process.pid, signal.SIGSEGV)
    with pytest.raises(AudioError, match=r"film.wav: the decoder crashed on it after \d+ s"):
        list(coming)
    assert len(decoded(decoder, path)) == 120 * audio.SAMPLE_RATE
    decoder._process.stop()


def test_a_film_that_is_given_up_half_way_does_not_disturb_the_next(tmp_path: Path, write_media: WriteMedia) -> None:
    path = write_media(tmp_path / "film.wav", tone(120))
    decoder = decoding.Decoder()
    coming = decoder.fill(Spool(), path, 0, 60, [])
    next(coming)
    coming.close()
    assert len(decoded(decoder, path)) == 120 * audio.SAMPLE_RATE
    decoder._process.stop()


def test_a_decoder_ends_with_its_owner() -> None:
    decoder = decoding.Decoder()
    process = decoder._process._process
    ended = threading.Thread(target=process.wait)
    ended.start()
    decoder._process.pipe.close()  # as it closes when the owner is killed
    ended.join(60)
    assert process.returncode == 0
