"""Find the neuron conventions that reproduce a recorded trace."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref._core.safe_load import MAX_RECORD_BYTES, read_json_object, read_toml
from liaf_ref._core.validation import check_path
from liaf_ref.oracle.explain.explanation import Explanation, make_explanation
from liaf_ref.oracle.explain.search import explain_potential, explain_spikes
from liaf_ref.oracle.explain.trace import NeuronParameters, make_trace, read_trace

__all__ = ["Explanation", "explain_trace"]


def explain_trace(
    trace: str | Path | Mapping[str, Any],
    params: str | Path | Mapping[str, Any] | None = None,
    *,
    columns: Sequence[str] | None = None,
    **known: float,
) -> Explanation:
    """Find the neuron conventions that reproduce a recorded trace.

    A trace has the input of one neuron in each step, and its potential or its spikes or both.
    The search fits ``U[t] = a R[t-1] + b x[t] + c`` to the steps without a spike, and compares the
    numbers with the named decays, input gains and scales.  Then it looks for the reset, the
    threshold and the delays.

    Parameters
    ----------
    trace : path or mapping
        A CSV file, or arrays of shape (T,) by the names ``input``, ``potential``, ``spikes`` and
        ``time``.  ``potential`` or ``spikes`` may be missing.
    params : path or mapping, optional
        ``tau`` and ``dt`` in the same unit, ``r``, ``v_leak``, ``v_threshold`` and ``v_reset``
        of ``tau dv/dt = (v_leak - v) + r I``: a mapping, or a TOML or JSON
        file.  ``liaf_ref.interop.nir.read_neuron`` makes the mapping of a
        ``.nir`` file.  Unknown parameters are fitted to the potential.
    columns : sequence of str, optional
        Names of the columns of a CSV file; by default those of its header, or ``input``,
        ``potential`` and ``spikes`` if it has no header.
    **known : float
        Single parameters; they replace those of ``params``.

    Returns
    -------
    Explanation
        The conventions, what remains possible, and an input that tells it apart.

    Raises
    ------
    FormatError
        If a file cannot be read.
    InputError
        If a value is invalid, or a trace without a potential comes without ``tau``,
        ``dt`` and ``v_threshold``.

    Examples
    --------
    >>> from liaf_ref import oracle
    >>> trace = {"input": [0, 3, 0, 0, 9], "potential": [0, 0.3, 0.27, 0.243, 0],
    ...          "spikes": [0, 0, 0, 0, 1]}
    >>> found = oracle.explain_trace(trace, tau=10, dt=1, v_threshold=1)
    >>> found.explained, found.conventions["decay"], found.conventions["gain"]
    (True, 'forward Euler', 'r dt/tau')
    """
    recorded = (
        make_trace(trace)
        if isinstance(trace, Mapping)
        else read_trace(check_path("trace", trace, "explain_trace"), columns or ())
    )
    given: dict[str, Any] = {} if recorded.dt is None else {"dt": recorded.dt}
    where = "params" if isinstance(params, Mapping | None) else str(params)
    given |= _read(params) | known
    p = NeuronParameters.from_record(given, where)
    with np.errstate(all="ignore"):
        explain = explain_potential if recorded.has_potential else explain_spikes
        return make_explanation(recorded, *explain(recorded, p), given)


def _read(params: str | Path | Mapping[str, Any] | None) -> dict[str, Any]:
    """Parameters of a mapping, or of a TOML or JSON file."""
    if isinstance(params, Mapping | None):
        return dict(params or {})
    path = check_path("params", params, "explain_trace")
    if path.suffix == ".json":
        return read_json_object(path, MAX_RECORD_BYTES)
    return read_toml(path, "TOML or JSON")[0]
