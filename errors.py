"""Errors a user can act on. Each message is one line that names the file or parameter and says what to do."""


class LeitmotifError(Exception):
    """Base of every expected error: the command line prints it as one line and exits with 2."""


class InputError(LeitmotifError):
    """A path or an option given by the user cannot be used."""


class AudioError(LeitmotifError):
    """A media file has no soundtrack that can be decoded."""


class PictureError(LeitmotifError):
    """A file holds no picture that can be looked at."""


class ScoreError(LeitmotifError):
    """A MIDI file cannot be read, or has too few notes."""


class LibraryError(LeitmotifError):
    """A library folder, or a file in it, is missing, damaged or cannot be written."""


class ModelError(LeitmotifError):
    """A model's weights or card are missing, altered or of the wrong shape."""


class DataError(LeitmotifError):
    """A training or metadata file does not follow its documented layout."""


class ClusterError(LeitmotifError):
    """A cluster, or the processes that were to share the work, cannot be reached."""


class ClusterLost(ClusterError):
    """A cluster was lost in the middle of the work."""


class Cancelled(LeitmotifError):
    """A job was stopped by the one who asked for it."""
