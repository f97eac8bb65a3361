import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from scipy.signal import correlate

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


def test_a_sound_in_memory_is_heard_as_if_it_were_a_file(tmp_path: Path) -> None:
    sound = np.stack([tone(3, rate=44_100), tone(3, hertz=3000, rate=44_100, level=1.2)])
    path = tmp_path / "sound.wav"
    soundfile.write(path, np.clip(sound, -1, 1).T, 44_100, subtype="PCM_16")
    heard = audio.of_sound(sound, 44_100)
    assert heard.dtype == np.int16
    assert np.abs(heard.astype(int) - audio.decode(path).signal).max() <= 2  # rounded in other pieces


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


RATE = audio.LISTENING_RATE


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    """Twelve seconds in which no moment sounds like another; few high tones, so that lossy codecs keep it."""
    values = np.random.default_rng(0).uniform(-0.6, 0.6, 12 * RATE // 16 + 1)
    return np.interp(np.arange(12 * RATE) / 16, np.arange(len(values)), values).astype(np.float32)


def write_flac(path: Path, sound: np.ndarray, rate: int = RATE) -> Path:
    soundfile.write(path, np.stack([sound, -sound], axis=1), rate, subtype="PCM_16")
    return path


def stretched(path: Path, start: float, end: float, **options: Any) -> np.ndarray:
    return np.concatenate(list(audio.stretch(path, start, end, **options)))


def lag(part: np.ndarray, whole: np.ndarray, expected: int, reach: int = 4000) -> int:
    """By how many samples the part lies beside where it is expected."""
    piece = part[RATE // 2 : RATE, 0].astype(float)
    around = whole[expected + RATE // 2 - reach : expected + RATE + reach].astype(float)
    return int(np.argmax(correlate(around, piece, "valid"))) - reach


@pytest.mark.parametrize("start", [0, 0.25, 3, 4.321, 10.9])
def test_a_stretch_is_the_file_sample_for_sample(tmp_path: Path, noise: np.ndarray, start: float) -> None:
    path = write_flac(tmp_path / "film.flac", noise)
    written = soundfile.read(path, dtype="int16")[0]
    begin = round(start * RATE)
    assert np.array_equal(stretched(path, start, start + 1), written[begin : begin + RATE])


@pytest.mark.parametrize("suffix", CODECS)
def test_a_stretch_begins_where_it_should_in_every_container(
    tmp_path: Path, write_media: WriteMedia, noise: np.ndarray, suffix: str
) -> None:
    path = write_media(tmp_path / f"film{suffix}", noise, video=suffix in (".mp4", ".mkv", ".avi", ".mov"))
    whole = stretched(path, 0, 11)[:, 0]
    for start in (0.5, 2, 5.4321, 9):
        assert lag(stretched(path, start, start + 2), whole, round(start * RATE)) == 0


def test_a_stretch_is_timed_as_the_analysis_is(tmp_path: Path, write_media: WriteMedia, noise: np.ndarray) -> None:
    path = write_media(tmp_path / "film.mp4", noise, video=True)
    analysed = audio.decode(path).signal
    heard = stretched(path, 6, 8, rate=audio.SAMPLE_RATE).mean(axis=1)
    piece = analysed[6 * audio.SAMPLE_RATE : 8 * audio.SAMPLE_RATE]
    assert np.corrcoef(heard, piece)[0, 1] > 0.99


def test_a_stretch_has_the_promised_length_and_silence_where_the_file_ends(tmp_path: Path, noise: np.ndarray) -> None:
    path = write_flac(tmp_path / "film.flac", noise)
    blocks = list(audio.stretch(path, 11.5, 14.25))
    assert [len(block) for block in blocks] == [RATE, RATE, round(0.75 * RATE)]
    heard = np.concatenate(blocks)
    assert heard[: RATE // 2].any() and not heard[RATE // 2 :].any()
    assert not stretched(path, 20, 21).any()


def test_a_stretch_is_resampled_and_mixed_down(tmp_path: Path, write_media: WriteMedia) -> None:
    path = write_media(tmp_path / "film.mkv", tone(6, rate=44_100), rate=44_100, layout="5.1")
    heard = stretched(path, 3, 4)
    assert heard.shape == (RATE, 2) and heard.dtype == np.int16
    assert np.abs(np.fft.rfft(heard[:, 0])).argmax() == 440


def test_a_stretch_takes_the_chosen_track_or_names_the_file(tmp_path: Path, write_media: WriteMedia) -> None:
    path = write_media(tmp_path / "film.mkv", tone(4), tracks=2)
    first, second = (np.abs(stretched(path, 2, 3, track=n).astype(int)).max() for n in (0, 1))
    assert second == pytest.approx(first / 2, rel=0.1)
    with pytest.raises(AudioError, match=r"film\.mkv: has no audio track 2"):
        next(audio.stretch(path, 0, 1, track=2))


def test_a_stretch_of_a_damaged_film_has_its_length(tmp_path: Path, write_media: WriteMedia) -> None:
    path = write_media(tmp_path / "film.mp4", tone(30), movflags="faststart")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert len(stretched(path, 10, 25)) == 15 * RATE


def test_a_playlist_leads_to_no_address(tmp_path: Path) -> None:
    playlist = tmp_path / "film.m3u8"
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        port = elsewhere.getsockname()[1]
        playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:{port}/sound.ts\n#EXT-X-ENDLIST\n")
        with pytest.raises(AudioError, match=r"film\.m3u8"):
            audio.decode(playlist)
        elsewhere.settimeout(0.2)
        with pytest.raises(TimeoutError):
            elsewhere.accept()


def test_a_sound_that_changes_its_format_on_the_way_is_decoded_to_its_end(tmp_path: Path, write_media: WriteMedia) -> None:
    parts = [
        write_media(tmp_path / f"{rate}.mp3", tone(3, rate=rate), rate=rate, layout=layout)
        for rate, layout in ((48_000, "stereo"), (32_000, "mono"))
    ]
    film = tmp_path / "broadcast.mp3"
    film.write_bytes(b"".join(part.read_bytes() for part in parts))
    soundtrack = audio.decode(film)
    assert soundtrack.duration == pytest.approx(6, abs=0.3)
    for second in (1, 4):
        assert dominant_hertz(soundtrack.signal[second * 8000 :][:8000]) == pytest.approx(440, abs=3)
    heard = np.concatenate(list(audio.stretch(film, 4, 5)))
    assert np.abs(heard).max() > 1000
