"""What the film sounds like: from a media file to seconds, runs, windows, segments, a profile and the dataset."""
