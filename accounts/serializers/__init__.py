"""Shapes of what comes in and goes out; no rules of business."""
