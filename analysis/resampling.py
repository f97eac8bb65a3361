"""Frames of any format as samples of the one that is wanted, by ffmpeg's resampler."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Any

import av
import numpy as np

# What no film's sound is beyond.
MAX_CHANNELS = 64
RATES = range(1000, 4_000_001)  # Hz, from telephones' to that of one-bit recordings


def resampled(frames: Iterable[av.AudioFrame], layout: str, rate: int) -> Iterator[np.ndarray]:
    """Frames as int16 arrays [shape=(n, channels)] of this rate; a sound may change its format on the way, as broadcasts do."""
    kind, held = None, 0
    resampler: Any = None
    for frame in frames:  # hundreds of thousands in a film: nothing here may take long
        if kind != (now := (frame.format.name, frame.layout.name, frame.sample_rate)):
            if (new := _resampler_of(frame, layout, rate)) is None:
                continue
            if resampler:
                yield from resampler.rest()
            kind, resampler, held = now, new, 0
            push = resampler.source.push
        push(frame)
        held += frame.samples
        if held >= frame.sample_rate:  # asked once a second and not after each of some fifty frames
            held = 0
            yield from resampler.ready()
    if resampler:
        yield from resampler.rest()


def _resampler_of(frame: av.AudioFrame, layout: str, rate: int) -> "_Resampler | None":
    """One for frames like this; None where no sound is like this, and a damaged packet only says so."""
    if frame.sample_rate not in RATES or frame.layout.nb_channels > MAX_CHANNELS:
        return None
    try:
        return _Resampler(frame, layout, rate)
    except av.FFmpegError:
        return None


class _Resampler:
    """ffmpeg's resampler for frames like this one. What is pushed into its source comes out in whole seconds."""

    def __init__(self, like: av.AudioFrame, layout: str, rate: int) -> None:
        self._graph = graph = av.filter.Graph()  # its filters live only as long as it does
        self.source = graph.add_abuffer(
            format=like.format.name, sample_rate=like.sample_rate, layout=like.layout.name, time_base=Fraction(1, like.sample_rate)
        )
        filters = [
            graph.add("aformat", f"sample_fmts=s16:sample_rates={rate}:channel_layouts={layout}"),
            graph.add("asetnsamples", f"n={rate}:p=0"),
        ]
        if layout == "mono" and like.layout.nb_channels > 1:
            # ffmpeg would resample every channel and mix then. Its coefficients, normalised as for whole numbers, so that nothing clips.
            mixed = f"{like.sample_rate}:out_chlayout=mono:out_sample_fmt=fltp:rematrix_maxval=1"
            filters.insert(0, graph.add("aresample", mixed))
        self._sink = graph.add("abuffersink")
        graph.link_nodes(self.source, *filters, self._sink)
        graph.configure()

    def ready(self) -> Iterator[np.ndarray]:
        """The whole seconds [shape=(rate, channels)] that have become ready."""
        with suppress(av.BlockingIOError, av.EOFError):
            while True:
                piece: Any = self._sink.pull()
                yield piece.to_ndarray().reshape(piece.samples, -1)

    def rest(self) -> Iterator[np.ndarray]:
        """What is left when nothing more comes."""
        self.source.push(None)
        yield from self.ready()
