"""Training runs: read labelled recordings, compute features, fit a model from `models`, write weights and card."""
