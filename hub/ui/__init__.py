"""Shared pieces of the interface: page, strings, HTML, figures, share link."""
