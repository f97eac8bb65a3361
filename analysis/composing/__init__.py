"""A score that matches a film: from a profile over drafts and arrangements to the candidate that is nearest when it is listened to."""
