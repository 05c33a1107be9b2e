"""Variants of the paper's neuron, from other papers: their equations and their gradients.

:mod:`.reset` and :mod:`.levels` are values of the recurrence in :mod:`.neuron`, as the spike and
the activation are; :mod:`.decay` is a function of a parameter before it.  A prime at an
equation's number, as in (5'), marks a line that replaces the paper's.
"""
