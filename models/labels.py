"""The classes every model and table uses, in their canonical order (ties are broken by this order)."""

SOUND_CLASSES = ("music", "speech", "other")

LEVELS = ("low", "medium", "high")
VALENCE_LEVELS = ("negative", "neutral", "positive")
GENRES = ("blues", "rock", "pop", "metal", "jazz", "classical", "electronic", "hiphop", "country", "dance")

MOODS = ("happy", "tense", "sad", "calm")  # the quadrants of valence and energy: + +, - +, - -, + -

# The four attributes of a music window and their classes.
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "danceability": LEVELS,
    "valence": VALENCE_LEVELS,
    "energy": LEVELS,
    "genre": GENRES,
}

# Attributes whose classes are ordered, so that an error can be one or two levels off.
ORDERED_ATTRIBUTES = ("danceability", "valence", "energy")
