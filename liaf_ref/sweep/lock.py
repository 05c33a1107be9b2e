"""The locks that hold a sweep's folder and its jobs'."""

from liaf_ref.lock import holder, locked

__all__ = ["holder", "locked"]
