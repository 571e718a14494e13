"""One file a format: bytes to what stands in them, and back. Others go through the doors of `occnet.files`."""
