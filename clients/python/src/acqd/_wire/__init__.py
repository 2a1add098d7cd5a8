"""The schema of the wire, written by protoc when the package is built."""
