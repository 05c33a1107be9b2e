"""Whole networks of Fig. 6 and Table VIII with their losses: every parameter's gradient."""

import pytest

from gradients.dvs_networks import (
    FORMS,
    SMALL_STEP,
    SPIKING,
    NetworkForm,
    draw_point,
    gradients,
    problem,
    unused_biases,
)
from gradients.gradient_problem import (
    check_by_complex_step,
    check_by_differences,
)
from liaf_ref.kernels import spike

every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
SPIKES = {name: form for name, form in FORMS.items() if form.cell in SPIKING}
IDLE = {name: form for name, form in SPIKES.items() if name.startswith("gesture")}


@every_form
def test_complex_step_through_the_frozen_spike(form: NetworkForm) -> None:
    net = form.make(spike.frozen(spike.paper(form.mu)))
    check_by_complex_step(problem(net, draw_point(net, form)))


@every_form
def test_differences_of_the_relaxed_network(form: NetworkForm) -> None:
    """What does not spike has nothing to relax, and is differentiated as it is."""
    net = form.make(spike.relaxed(form.mu))
    check_by_differences(problem(net, draw_point(net, form)), SMALL_STEP)


@pytest.mark.parametrize("form", SPIKES.values(), ids=SPIKES)
def test_differences_of_the_hard_network_without_slope(form: NetworkForm) -> None:
    net = form.make(spike.detached())
    check_by_differences(problem(net, draw_point(net, form, detached=True)), SMALL_STEP)


@pytest.mark.parametrize("form", IDLE.values(), ids=IDLE)
def test_a_bias_before_batch_normalisation_is_idle(form: NetworkForm) -> None:
    """Its gradient is a sum of terms that cancel: those of the weights, times the inputs."""
    net = form.make(spike.paper(form.mu))
    point = draw_point(net, form)
    grads = gradients(net, point)
    assert unused_biases(net) == ["conv1.b", "conv2.b", "dense3.b", "dense4.b"]
    for name in unused_biases(net):
        of_weights = abs(grads[name.replace(".b", ".W")]).max()
        assert of_weights > 1e-3
        assert abs(grads[name]).max() < 1e-13 * of_weights
        shifted = point._replace(params=point.params | {name: point.params[name] + 1.0})
        moved, still = (problem(net, p).value(problem(net, p).point) for p in (shifted, point))
        assert abs(moved - still) < 1e-13
