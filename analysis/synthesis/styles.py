"""The ten genres of models.labels.GENRES as the arranger knows them: instruments, grooves, harmony."""

from analysis.synthesis.music import Kit, Part, Style

_MODES = {"negative": "minor", "neutral": "dorian", "positive": "major"}
_PENTATONICS = {"negative": "minor pentatonic", "neutral": "minor pentatonic", "positive": "major pentatonic"}
_LOUD = ("medium", "high")


def _same(bars: dict[str, tuple[str, ...]], **changes: dict[str, tuple[str, ...]]) -> dict[str, dict[str, tuple[str, ...]]]:
    """One groove for all energy levels, but for the drums that `changes` gives to a level."""
    return {level: {**bars, **changes.get(level, {})} for level in ("low", "medium", "high")}


BLUES = Style(
    tempo=(72, 126),
    swing=0.67,
    progressions={
        "negative": ("i7 iv7 i7 i7 iv7 iv7 i7 i7 bVI7 V7 i7 V7", "i7 i7 i7 i7 iv7 iv7 i7 i7 bVI7 V7 i7 i7_V7"),
        "neutral": ("I7 IV7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 V7", "I7 I7 I7 I7 IV7 IV7 i7 i7 V7 IV7 I7 I7_V7"),
        "positive": ("I7 IV7 I7 I7 IV7 IV7 I7 VI7 ii7 V7 I7_VI7 ii7_V7", "I7 I7 I7 I7 IV7 IV7 I7 VI7 ii7 V7 I7_VI7 ii7_V7"),
    },
    scales={"negative": "minor pentatonic", "neutral": "blues", "positive": "blues"},
    parts=(
        Part("figure", 32, ("1-1-3-3-5-5-6-5-", "1-1-3-3-5-6-7-6-"), centre=41, velocity=92, gain=-2),
        Part("chords", 26, ("..X...x...X...x.", "..X...x...X.x.x."), centre=57, velocity=66, gain=-3, pan=-0.4, energy=_LOUD),
        Part("chords", 0, ("X---..x.....X---", "X-----....x.X---"), centre=62, velocity=66, gain=-3, pan=0.4),
        Part(
            "lead",
            27,
            ("..x-x-x-X---....", "x-x-X-----......", "..xxx-x-X-------", "X---x-x-x-......"),
            centre=69,
            velocity=92,
            gain=1,
            pan=0.15,
            drive=0.25,
            energy=_LOUD,
            sections="IAE",
        ),
        Part(
            "lead",
            22,
            ("X---x-x-X---....", "..x-x-X-----....", "x-x-x-X-x-......", "X-------........"),
            centre=74,
            velocity=84,
            gain=0,
            pan=-0.15,
            sections="IBE",
        ),
    ),
    kit=Kit(
        0,
        _same(
            {
                "kick": ("X.......x.......", "X.....x.x......."),
                "snare": ("....x.......x...",),
                "ride": ("x.x.x.x.x.x.x.x.",),
                "pedal": ("....x.......x...",),
            },
            low={"snare": ("....o.......o...",), "ride": ("x...x.x.x...x.x.",)},
        ),
        gain=-4,
    ),
    reverb=0.14,
)

ROCK = Style(
    tempo=(92, 148),
    progressions={
        "negative": ("i i bVI bVII i i bVI bVII", "bVI bVII i i bVI bVII i V"),
        "neutral": ("I I bVII IV I I bVII IV", "IV IV I I bVII IV I V"),
        "positive": ("I I IV IV vi IV V V", "I V vi IV I V IV V"),
    },
    scales=_PENTATONICS,
    parts=(
        Part("figure", 34, ("1-1-1-1-1-1-1-1-", "1-1-1-1-1-1-5-7-"), centre=40, velocity=96, gain=-4),
        Part(
            "power",
            29,
            ("X-xxX-x-X-xxX-x-", "X---X-x-..x-X-x-"),
            centre=47,
            velocity=84,
            gain=-3,
            pan=-0.7,
            drive=0.5,
            energy=_LOUD,
            sections="ABE",
        ),
        Part("power", 30, ("X-------X---x---",), centre=47, velocity=80, gain=-4, pan=0.7, drive=0.3, energy=_LOUD, sections="IABE"),
        Part("chords", 27, ("X-x-x-x-X-x-x-x-",), centre=60, velocity=70, gain=-2, pan=0.5, energy=("low", "medium")),
        Part("pad", 16, centre=62, velocity=60, gain=-6, sections="AB"),
        Part(
            "lead",
            29,
            ("X-x-x---X---x---", "x-x-x-X-----x-x-", "X-----x-x-x-X---", "x---x---X-------"),
            centre=71,
            velocity=92,
            gain=-1,
            drive=0.2,
            sections="ABE",
        ),
    ),
    kit=Kit(
        8,
        {
            "low": {"kick": ("X.......X.......",), "stick": ("....x.......x...",), "hat": ("x.o.x.o.x.o.x.o.",)},
            "medium": {"kick": ("X.....x.X.x.....", "X.......X.x....."), "snare": ("....X.......X...",), "hat": ("X.x.X.x.X.x.X.x.",)},
            "high": {"kick": ("X.....x.X.x.....", "X.x...x.X.x...x."), "snare": ("....X.......X...",), "open": ("X...X...X...X...",)},
        },
        gain=-5,
    ),
    compression=0.2,
    reverb=0.10,
)

POP = Style(
    tempo=(84, 126),
    progressions={
        "negative": ("i bVI bIII bVII i bVI bIII bVII", "iv bVI i bVII iv bVI V V"),
        "neutral": ("vi IV I V vi IV I V", "ii IV vi V ii IV V V"),
        "positive": ("I V vi IV I V vi IV", "IV V I vi IV V I I"),
    },
    scales={"negative": "minor", "neutral": "major pentatonic", "positive": "major"},
    parts=(
        Part("figure", 33, ("1-----1-..1-5---", "1-----1-..1-8-7-"), centre=39, velocity=90, gain=-3),
        Part("chords", 0, ("X---x---X---x---", "X---x---X--x--x-"), centre=62, velocity=76, gain=-1, pan=-0.25),
        Part("figure", 25, ("1-5-8-0-8-5-0-8-",), centre=52, velocity=66, gain=-4, pan=0.5, sections="AB"),
        Part("pad", 50, centre=64, velocity=56, gain=-7, sections="BE", energy=_LOUD),
        Part(
            "lead",
            11,
            ("X-x-x---x-x-X---", "x-x-X-----x-x---", "X---x-x-X-------", "..x-x-x-X---x---"),
            centre=76,
            velocity=82,
            gain=-1,
            pan=0.2,
            sections="IBE",
        ),
        Part(
            "lead",
            73,
            ("X---x---x-x-X---", "x-x-x---X-------", "..x-x-x-X-x-x---", "X-------x-x-x---"),
            centre=76,
            velocity=86,
            gain=-1,
            sections="A",
        ),
    ),
    kit=Kit(
        0,
        {
            "low": {"kick": ("X.......x.......",), "stick": ("....x.......x...",), "shaker": ("x.o.x.o.x.o.x.o.",)},
            "medium": {"kick": ("X.....x.X.......", "X.....x.X.....x."), "snare": ("....X.......X...",), "hat": ("x.x.x.x.x.x.x.x.",)},
            "high": {
                "kick": ("X.....x.X.x.....", "X.....x.X.....x."),
                "snare": ("....X.......X...",),
                "clap": ("....x.......x...",),
                "hat": ("xoxoxoxoxoxoxoxo",),
                "tambourine": ("..x...x...x...x.",),
            },
        },
        gain=-4,
    ),
    compression=0.2,
    reverb=0.14,
)

METAL = Style(
    tempo=(104, 176),
    progressions={
        "negative": ("i5 i5 bII5 i5 i5 i5 bVI5 bII5", "bVI5 bVII5 i5 i5 bVI5 bVII5 bII5 bII5"),
        "neutral": ("i5 i5 bVII5 bVI5 i5 i5 bVII5 bVI5", "bVI5 bVII5 i5 v5 bVI5 bVII5 i5 i5"),
        "positive": ("i5 bVI5 bIII5 bVII5 i5 bVI5 bIII5 bVII5", "bVI5 bIII5 bVII5 i5 bVI5 bVII5 I5 I5"),
    },
    scales={"negative": "phrygian", "neutral": "minor", "positive": "harmonic minor"},
    parts=(
        Part("figure", 34, ("1-1111-1111-1111", "1-11-11-1-11-11-"), centre=38, velocity=100, gain=-5, drive=0.2),
        Part("power", 30, ("X-xxxx-xxxx-xxxx", "X-xx-xx-X-xx-xx-"), centre=42, velocity=96, gain=-2, pan=-0.8, drive=0.8),
        Part("power", 30, ("X-------x-------", "X---------x-x---"), centre=47, velocity=92, gain=-2, pan=0.8, drive=0.7),
        Part(
            "lead",
            30,
            ("X---x-x-X---x---", "X-xxX-xxX-xxX---", "X-----x-x-x-x-x-", "X---x---X-------"),
            centre=71,
            velocity=96,
            gain=-1,
            drive=0.4,
            sections="ABE",
        ),
        Part("pad", 48, centre=60, velocity=64, gain=-6, sections="AB"),
    ),
    kit=Kit(
        8,
        {
            "low": {"kick": ("X.......X.......",), "snare": ("........X.......",), "ride": ("x...x...x...x...",)},
            "medium": {"kick": ("X.xxX.xxX.xxX.xx",), "snare": ("....X.......X...",), "crash": ("X...x...x...x...",)},
            "high": {
                "kick": ("X.xxX.xxX.xxX.xx", "X.x.X.xxX.x.xxxx"),
                "snare": ("....X.......X...", "..X...X...X...X."),
                "crash": ("X...x...x...x...",),
            },
        },
        gain=-6,
    ),
    compression=0.2,
    reverb=0.10,
    room=1.0,
)

JAZZ = Style(
    tempo=(84, 184),
    swing=0.66,
    progressions={
        "negative": ("i6 i6 iim7b5 V7 i7 iv7 iim7b5 V7", "iv7 bVII7 bIIImaj7 bVImaj7 iim7b5 V7 i6 iim7b5_V7"),
        "neutral": ("i9 i9 i9 i9 iv9 iv9 i9 i9", "ii9 V13 i9 bVImaj7 ii9 V13 i9 V13"),
        "positive": ("Imaj7 vi7 ii7 V13 iii7 VI7 ii9 V13", "IVmaj7 iv6 iii7 VI7 ii9 V13 Imaj7_vi7 ii7_V7"),
    },
    scales=_MODES,
    parts=(
        Part("walk", 32, centre=42, velocity=92, gain=-2),
        Part("chords", 0, ("..x-......x-....", "X--......x-.....", "....x--...x-...."), centre=62, velocity=70, gain=-2, pan=-0.35),
        Part(
            "lead",
            66,
            ("x-x-x-X---x-x-..", "..x-x-x-x-x-X---", "X-----x-x-x-x-..", "x-xxx-x-X-------"),
            centre=66,
            velocity=88,
            gain=0,
            pan=0.1,
            sections="IAE",
        ),
        Part(
            "lead",
            59,
            ("X---x-x-x-......", "..x-x-x-X-----..", "x-x-X---x-x-X-..", "X-------........"),
            centre=70,
            velocity=84,
            gain=-1,
            pan=0.2,
            sections="B",
        ),
        Part("chords", 26, ("x---x---x---x---",), centre=57, velocity=50, gain=-7, pan=0.4, energy=_LOUD, sections="AB"),
    ),
    kit=Kit(
        40,
        _same(
            {
                "ride": ("X...x.x.X...x.x.",),
                "pedal": ("....x.......x...",),
                "kick": ("o.......o.......", "o.....o........."),
                "snare": (".......o......o.", "..........o....."),
            },
            low={"snare": ("o...x...o...x...",), "ride": ("x...x...x...x...",)},
            high={"snare": ("......x....x..x.", "...x......x....."), "ride": ("X...X.x.X...X.x.",)},
        ),
        gain=-2,
    ),
    reverb=0.16,
    room=1.1,
)

CLASSICAL = Style(
    tempo=(60, 132),
    progressions={
        "negative": ("i iv V7 i bVI iv iim7b5 V7", "bIII bVII i V7 bVI iv V7 i"),
        "neutral": ("i bVII bVI bVII i bVII iv V", "bIII bVII iv i bVI bVII V V7"),
        "positive": ("I V7 I IV I_vi ii V7 I", "V I V7 I IV I_vi ii_V7 I"),
    },
    scales={"negative": "harmonic minor", "neutral": "minor", "positive": "major"},
    parts=(
        Part("figure", 0, ("1-5-8-5-0-5-8-5-", "1-5-8-0-8-5-8-5-"), centre=45, velocity=66, gain=-1, pan=-0.15, energy=("low", "medium")),
        Part("figure", 45, ("1-..5-..8-..5-..",), centre=50, velocity=70, gain=-4, pan=0.4, energy=("medium",), sections="AB"),
        Part("figure", 43, ("1-------5-------",), centre=36, velocity=84, gain=-1, pan=0.4),
        Part("pad", 48, centre=58, velocity=74, gain=-2, pan=0.1, sections="ABE"),
        Part(
            "chords",
            48,
            ("X-x-x-x-X-x-x-x-", "X-xxx-x-X-xxx-x-"),
            centre=60,
            velocity=86,
            gain=-2,
            pan=-0.4,
            energy=("high",),
            sections="ABE",
        ),
        Part(
            "chords",
            61,
            ("X-------x---....", "X---------x-x-x-"),
            centre=58,
            velocity=84,
            gain=-3,
            pan=0.3,
            energy=("high",),
            sections="BE",
        ),
        Part("figure", 47, ("1-......1-..1-1-",), centre=42, velocity=88, gain=-3, energy=("high",), sections="ABE"),
        Part(
            "lead",
            40,
            ("X-----x-x-x-X---", "X---x---x-x-x---", "x-x-x-x-X---x---", "X-----------....", "X-------x---x---"),
            centre=76,
            velocity=90,
            gain=-1,
            pan=-0.3,
            sections="AE",
        ),
        Part(
            "lead",
            68,
            ("X-----x-X---x---", "x-x-x---X-------", "X---x-x-x-x-X---", "X-----------...."),
            centre=74,
            velocity=82,
            gain=-1,
            pan=0.2,
            sections="IB",
        ),
        Part(
            "lead", 42, ("X-------x---x---", "X-----x-X-------", "X-----------...."), centre=55, velocity=78, gain=-3, pan=0.3, sections="B"
        ),
    ),
    reverb=0.28,
    room=2.0,
)

ELECTRONIC = Style(
    tempo=(104, 138),
    progressions={
        "negative": ("i i bVI bVII i i bVI v", "bVI bVI bVII bVII i i i i"),
        "neutral": ("i7 i7 iv7 iv7 i7 i7 bVII bVII", "iv7 iv7 i7 i7 bVImaj7 bVImaj7 bVII bVII"),
        "positive": ("vi IV I V vi IV I V", "IV V vi vi IV V I I"),
    },
    scales={"negative": "minor", "neutral": "dorian", "positive": "major"},
    parts=(
        Part("figure", 38, ("..1-..1-..1-..1-", "..1-..1-..1-.1.8"), centre=37, velocity=98, gain=-1),
        Part("figure", 81, ("1.8.5.8.1.8.5.0.", "1.8.5.8.0.8.5.8."), centre=59, velocity=72, gain=-5, pan=0.35),
        Part("figure", 80, ("8.0.8.5.8.0.8.5.",), centre=59, velocity=60, gain=-9, pan=-0.5, energy=("high",), sections="AB"),
        Part(
            "chords", 90, ("..x-..x-..x-..x-", "..x-..x-...x..x-"), centre=64, velocity=76, gain=-4, pan=-0.2, energy=_LOUD, sections="ABE"
        ),
        Part("pad", 89, centre=60, velocity=70, gain=-3),
        Part(
            "lead",
            81,
            ("X---x-x-X---x---", "x-x-x---X-------", "X-----x-x-x-x-x-", "x-xxx-x-X---x---"),
            centre=74,
            velocity=84,
            gain=-3,
            sections="BE",
        ),
    ),
    kit=Kit(
        24,
        {
            "low": {"hat": ("..x...x...x...x.",), "kick": ("X.......X.......",)},
            "medium": {"kick": ("X...X...X...X...",), "clap": ("....X.......X...",), "open": ("..x...x...x...x.",)},
            "high": {
                "kick": ("X...X...X...X...",),
                "clap": ("....X.......X...",),
                "open": ("..X...X...X...X.",),
                "hat": ("xoxoxoxoxoxoxoxo",),
            },
        },
        gain=0,
    ),
    compression=0.2,
    reverb=0.14,
    room=1.4,
)

HIPHOP = Style(
    tempo=(74, 102),
    swing=0.58,
    swing_unit=0.5,
    progressions={
        "negative": ("i i bVI bVI i i bVI V", "iv iv i i iv iv V V"),
        "neutral": ("i9 i9 iv9 iv9 i9 i9 iv9 bVII7", "bVImaj7 bVImaj7 i9 i9 bVImaj7 bVImaj7 iv9 iv9"),
        "positive": ("Imaj7 Imaj7 vi7 vi7 ii9 ii9 V13 V13", "IVmaj7 IVmaj7 iii7 vi7 IVmaj7 IVmaj7 V13 V13"),
    },
    scales=_PENTATONICS,
    parts=(
        Part("figure", 39, ("1-----....1---..", "1-----.1..1-8-.."), centre=33, velocity=108, gain=1),
        Part("chords", 4, ("X-------x-------", "X---------x---x-"), centre=62, velocity=70, gain=0, pan=-0.2),
        Part("figure", 11, ("..8.....0...5...", "..8...0.....5..."), centre=64, velocity=58, gain=-3, pan=0.4, sections="IAB"),
        Part("pad", 48, centre=64, velocity=60, gain=-3, sections="AB"),
        Part(
            "lead",
            80,
            ("X---x-x-....x-x-", "..x-x---x-......", "X-------..x-x-..", "x-x-..x-x-......"),
            centre=72,
            velocity=64,
            gain=-5,
            sections="AB",
            energy=_LOUD,
        ),
    ),
    kit=Kit(
        0,
        {
            "low": {"kick": ("X.........x.....",), "stick": ("....x.......x...",), "hat": ("x...x...x...x...",)},
            "medium": {"kick": ("X......x..X.....", "X..x...x..X....."), "snare": ("....X.......X...",), "hat": ("x.x.x.x.x.x.x.xx",)},
            "high": {
                "kick": ("X..x...x..X..x..", "X......x..X.x..."),
                "snare": ("....X.......X...",),
                "clap": ("....X.......X...",),
                "hat": ("x.x.x.xxx.x.x.x.", "x.x.xxx.x.x.xoxo"),
            },
        },
        gain=-2,
    ),
    compression=0.2,
    reverb=0.10,
    room=0.9,
)

COUNTRY = Style(
    tempo=(84, 132),
    progressions={
        "negative": ("vi IV I V vi IV iii V", "ii vi IV V ii vi V V"),
        "neutral": ("I bVII IV I I bVII IV I", "vi IV I V vi IV V V"),
        "positive": ("I I IV IV I I V V7", "IV IV I I V V7 I I_V7"),
    },
    scales={"negative": "minor pentatonic", "neutral": "major pentatonic", "positive": "major pentatonic"},
    parts=(
        Part("figure", 32, ("1---....5---....", "1---....5---1-3-"), centre=41, velocity=96, gain=-2),
        Part("chords", 25, ("..x-xxx-..x-xxx-", "..x-x-x-..x-xxx-"), centre=60, velocity=76, gain=-2, pan=-0.5),
        Part("figure", 105, ("1585058515850585",), centre=59, velocity=76, gain=-4, pan=0.5, energy=_LOUD, sections="IAB"),
        Part(
            "lead",
            110,
            ("X-x-x-x-X---x-x-", "x-x-xxx-X-x-x---", "X---x-x-x-x-X---", "X-------x-x-x---"),
            centre=74,
            velocity=80,
            gain=-3,
            pan=0.1,
            sections="BE",
        ),
        Part(
            "lead",
            25,
            ("X-x-x---x-x-X---", "x-x-x-x-X-------", "..x-x-x-X---x---", "X---x---X-------"),
            centre=69,
            velocity=90,
            gain=0,
            sections="IA",
        ),
        Part("pad", 26, ("X-------X-------",), centre=66, velocity=58, gain=-7, pan=0.3),
    ),
    kit=Kit(
        40,
        _same(
            {"kick": ("X.......X.......",), "snare": ("x.xoXoxox.xoXoxo", "xoxoXoxoxoxoXoxX")},
            low={"snare": ("..o.x.o...o.x.o.",)},
            high={"snare": ("xoxoXoxoxoxoXoxo",), "hat": ("..x...x...x...x.",)},
        ),
        gain=-5,
    ),
    reverb=0.10,
)

DANCE = Style(
    tempo=(108, 130),
    progressions={
        "negative": ("i7 i7 iv7 iv7 bVII bIII bVI V7", "iv7 V7 i7 i7 iv7 V7 i7 V7"),
        "neutral": ("i7 i7 iv7 iv7 i7 i7 IV7 IV7", "bVImaj7 bVII i7 i7 bVImaj7 bVII iv7 V7"),
        "positive": ("Imaj7 vi7 ii7 V7 Imaj7 vi7 ii7 V7", "IVmaj7 V7 iii7 vi7 ii7 V7 Imaj7 Imaj7"),
    },
    scales={"negative": "harmonic minor", "neutral": "dorian", "positive": "major"},
    parts=(
        Part("figure", 33, ("1-8-1-8-1-8-1-8-", "1-8-1-8-5-8-7-8-"), centre=39, velocity=98, gain=-2),
        Part("chords", 27, ("..x.x.xx..x.x.xx", "x.x..x.xx.x..x.x"), centre=62, velocity=72, gain=-4, pan=-0.5),
        Part("chords", 0, ("X--x--x-..x-X---", "X--x--x--x--x-x-"), centre=65, velocity=82, gain=-2, pan=0.3, energy=_LOUD),
        Part("pad", 48, centre=70, velocity=64, gain=-5, sections="ABE"),
        Part(
            "chords",
            61,
            ("X-.x............", "........X-.x.x..", "X-.x....X-.x.x.."),
            centre=65,
            velocity=88,
            gain=-4,
            pan=0.1,
            energy=_LOUD,
            sections="BE",
        ),
        Part(
            "lead",
            56,
            ("X-x-x-.xX---....", "..x-x-x-X-x-x---", "X---x-x-x---....", "x-x-.xX---......"),
            centre=72,
            velocity=84,
            gain=-2,
            sections="IB",
            energy=_LOUD,
        ),
        Part(
            "lead",
            48,
            ("X---x---x-x-X---", "X-----x-X-------", "x-x-x-x-X-------"),
            centre=79,
            velocity=76,
            gain=-3,
            pan=-0.1,
            sections="A",
        ),
    ),
    kit=Kit(
        0,
        {
            "low": {"kick": ("X...x...X...x...",), "stick": ("x..x..x...x.x...",), "shaker": ("xoxoxoxoxoxoxoxo",)},
            "medium": {
                "kick": ("X...X...X...X...",),
                "snare": ("....X.......X...",),
                "open": ("..x...x...x...x.",),
                "conga": ("...x..x....x..x.",),
                "conga_low": ("..x.......x.....",),
            },
            "high": {
                "kick": ("X...X...X...X...",),
                "snare": ("....X.......X...",),
                "open": ("..X...X...X...X.",),
                "tambourine": ("x.x.x.x.x.x.x.x.",),
                "conga": ("...x..xx...x..xx",),
                "cowbell": ("x...x...x...x...",),
            },
        },
        gain=-3,
    ),
    compression=0.2,
    reverb=0.12,
)

STYLES: dict[str, Style] = {
    "blues": BLUES, "rock": ROCK, "pop": POP, "metal": METAL, "jazz": JAZZ, "classical": CLASSICAL, "electronic": ELECTRONIC,
    "hiphop": HIPHOP, "country": COUNTRY, "dance": DANCE,
}  # fmt: skip
