"""Runs a whole Velro copy from one checkout: its own PostgreSQL and Valkey, and every process in one foreground group.

It is the tool around the product, so it imports neither Django nor any other part of Velro.
"""
