"""Who made the film: the folder scan and the collection of metadata."""
