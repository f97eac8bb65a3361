"""Whether a long film takes more memory than a short one."""

import tempfile
from pathlib import Path

import av

from benchmarks import Result
from benchmarks.film import CACHE, build, link, listen
from benchmarks.process import measure

HOURS = (1, 10)


def memory(data: Path | None) -> Result:
    """Peak memory of the analysis of a film of one hour and of one of ten, made of the same sound; one process, as by default.

    Counted are the process that listens and those that work for it (decoder, assistants).
    """
    film = build(data)
    peaks = {}
    for hours in HOURS:
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            films = Path(folder, "films")
            link(lengthen(film, CACHE / f"{film.stem}-{hours}-hours{film.suffix}", 3600 * hours), films, 1)
            peaks[hours] = measure(listen, films, Path(folder, "library")).peak_bytes / 1e9
    short, long = peaks.values()
    figures = {f"{hours}_hours_peak_gigabytes": peak for hours, peak in peaks.items()} | {"growth": long / short}
    return Result(name="memory", figures=figures, baseline=f"a film of {HOURS[0]} hour")


def lengthen(film: Path, target: Path, seconds: float) -> Path:
    """A film of this length from the sound of another, repeated or cut, without encoding it again; one that is there stays."""
    if target.exists():
        return target
    partial = target.with_name(f"partial-{target.name}")
    with av.open(str(partial), "w") as output:
        stream, shift, done = None, 0, 0.0
        while done < seconds:
            with av.open(str(film)) as source:
                sound = source.streams.audio[0]
                stream = stream or output.add_stream_from_template(sound)
                for packet in source.demux(sound):
                    if packet.dts is None or done >= seconds:
                        continue
                    packet.dts += shift
                    packet.pts = packet.dts
                    packet.stream = stream
                    end = packet.dts + (packet.duration or 0)
                    done = float(end * packet.time_base)
                    output.mux(packet)
            shift = end
    partial.rename(target)
    return target
