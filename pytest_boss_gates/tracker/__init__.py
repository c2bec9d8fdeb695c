"""Facts in, the tracker's tables out."""
