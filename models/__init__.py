"""What was learnt: one module per model, weights and cards under weights/<name>/<version>/."""
