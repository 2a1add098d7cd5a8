"""Recordings on the disk, read without a daemon (docs/recording-format.md)."""
