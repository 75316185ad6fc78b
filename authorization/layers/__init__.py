"""One file per layer, in the order of `authorization.pipeline`.

Layers 4 to 6 are pure: no database, no clock, no network.
"""
