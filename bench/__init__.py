"""Tables of measured figures: python -m bench NAME."""
