"""The paper's networks: layers put together, parameters named by part."""

from liaf_ref.networks.babi import BabiNetwork

__all__ = ["BabiNetwork"]
