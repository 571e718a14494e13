"""Surfaces and points as a page that any browser shows: it holds all it needs, and asks no server and no other host.

The page draws with plain WebGL; `web/` holds it in parts. Nothing here knows of meshes or scans: arrays come in.
"""
