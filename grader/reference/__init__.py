"""The hidden suite: trained from the secret seed, measured, checked, stored."""
