from pathlib import Path

import numpy as np
import pytest

from analysis import audio
from errors import AudioError, InputError
from tests.conftest import CODECS, WriteMedia, tone


def dominant_hertz(signal: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(signal * np.hanning(len(signal))))
    return float(spectrum.argmax() * audio.SAMPLE_RATE / len(signal))


@pytest.mark.parametrize("suffix", CODECS)
def test_every_container_decodes_to_8_khz_mono(tmp_path: Path, write_media: WriteMedia, suffix: str) -> None:
    soundtrack = audio.decode(write_media(tmp_path / f"film{suffix}", tone(4), video=suffix in (".mp4", ".mkv", ".avi", ".mov")))
    assert soundtrack.signal.dtype == np.int16
    assert soundtrack.signal.ndim == 1
    assert soundtrack.duration == pytest.approx(4, abs=0.1)
    assert dominant_hertz(soundtrack.signal) == pytest.approx(440, abs=2)
    assert soundtrack.warnings == ()


@pytest.mark.parametrize(("layout", "rate"), [("mono", 8_000), ("stereo", 44_100), ("5.1", 48_000), ("7.1", 96_000), ("mono", 11_025)])
def test_any_rate_and_layout_is_mixed_down(tmp_path: Path, write_media: WriteMedia, layout: str, rate: int) -> None:
    soundtrack = audio.decode(write_media(tmp_path / "film.wav", tone(2, rate=rate), rate=rate, layout=layout))
    assert soundtrack.duration == pytest.approx(2, abs=0.02)
    assert dominant_hertz(soundtrack.signal) == pytest.approx(440, abs=2)
    rms = np.sqrt(np.mean((soundtrack.signal / 32768.0) ** 2))
    assert 0.1 < rms < 0.7


def test_what_lies_above_4_khz_does_not_fold_down(tmp_path: Path, write_media: WriteMedia) -> None:
    soundtrack = audio.decode(write_media(tmp_path / "film.wav", tone(2, hertz=7_000)))
    assert np.abs(soundtrack.signal[800:-800].astype(int)).max() < 200


def test_a_chosen_track_is_decoded(tmp_path: Path, write_media: WriteMedia) -> None:
    path = write_media(tmp_path / "film.mkv", tone(2), tracks=2)
    first, second = (np.abs(audio.decode(path, track=n).signal.astype(int)).max() for n in (0, 1))
    assert second == pytest.approx(first / 2, rel=0.1)


def test_a_missing_track_is_named(tmp_path: Path, write_media: WriteMedia) -> None:
    with pytest.raises(AudioError, match=r"film\.mkv: has no audio track 2; --audio-track goes from 0 to 0"):
        audio.decode(write_media(tmp_path / "film.mkv", tone(1)), track=2)


def test_blocks_hold_ten_seconds_each(tmp_path: Path, write_media: WriteMedia) -> None:
    path = write_media(tmp_path / "film.wav", tone(25))
    lengths = [len(block) for block in audio.blocks(path)]
    assert lengths[:2] == [80_000, 80_000]
    assert sum(lengths) == pytest.approx(200_000, abs=80)


def test_a_truncated_film_gives_what_could_be_decoded_and_a_warning(tmp_path: Path, write_media: WriteMedia) -> None:
    path = write_media(tmp_path / "film.mp4", tone(30), movflags="faststart")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    soundtrack = audio.decode(path)
    assert 5 < soundtrack.duration < 29
    assert any("cut short" in warning for warning in soundtrack.warnings)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "the file is empty"), (b"no film, just words " * 100, "not a media file"), (b"\0" * 5000, "not a media file")],
)
def test_what_is_no_film_is_refused_by_name(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    with pytest.raises(AudioError, match=rf"film\.mp4: .*{message}"):
        audio.decode(path)


def test_an_mp4_cut_before_its_index_is_refused_by_name(tmp_path: Path, write_media: WriteMedia) -> None:
    path = write_media(tmp_path / "film.mp4", tone(10))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(AudioError, match=r"film\.mp4: not a media file"):
        audio.decode(path)


def test_a_film_without_sound_is_refused_by_name(tmp_path: Path, write_media: WriteMedia) -> None:
    with pytest.raises(AudioError, match=r"silent\.mp4: has no audio track"):
        audio.decode(write_media(tmp_path / "silent.mp4", None, video=True))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        audio.decode(tmp_path / "gone.mp4")


def test_damage_in_the_middle_does_not_end_the_film(tmp_path: Path, write_media: WriteMedia) -> None:
    path = write_media(tmp_path / "film.mp3", tone(20))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2000] = b"\xff" * 2000
    path.write_bytes(bytes(content))
    assert audio.decode(path).duration > 15


def test_the_real_film_with_picture(shared_data: Path) -> None:
    soundtrack = audio.decode(shared_data / "film" / "big_buck_bunny_30s.mp4")
    assert soundtrack.duration == pytest.approx(30, abs=0.1)
    assert soundtrack.warnings == ()
