"""What training cannot go on with is told with all that its origin is looked for in."""

import numpy as np
import pytest
from support import Setup, make_dataset, softmax_params

from liaf_ref._core.errors import InputError, NonFiniteError
from liaf_ref.training.nonfinite import check_epoch, check_gradients, check_loss
from liaf_ref.training.state import Score, TrainingState
from liaf_ref.training.validation import check_buffer_provider

BATCH = [make_dataset(4)]
BUFFERS = {"mask": np.ones(2)}
RUNNING = {"mean": np.zeros(3)}
STATE = Setup().initial_state()._replace(epoch=2, batch=5, running_stats=RUNNING)
BAD = softmax_params() | {"b": np.array([0, np.nan, 0, 0], np.float32)}


def error_context(error: NonFiniteError) -> tuple[object, object, object]:
    return error.params, error.samples, error.buffers


def test_a_loss_is_stated_with_the_step_it_is_of() -> None:
    check_loss(np.array(1.5), STATE, BATCH[0], BUFFERS)
    with pytest.raises(NonFiniteError) as text:
        check_loss(np.array(np.inf), STATE, BATCH[0], BUFFERS)
    assert str(text.value) == (
        "epoch 3, batch 6: the loss is inf; a smaller learning rate may help"
    )
    assert error_context(text.value) == (STATE.params, BATCH, BUFFERS)


def test_a_gradient_is_stated_by_its_name() -> None:
    check_gradients(softmax_params(), STATE, BATCH[0], BUFFERS)
    with pytest.raises(NonFiniteError) as text:
        check_gradients(BAD, STATE, BATCH[0], BUFFERS)
    assert str(text.value) == "epoch 3, batch 6: the gradient of b is not finite"
    assert error_context(text.value) == (STATE.params, BATCH, BUFFERS)


@pytest.mark.parametrize(
    ("state", "loss", "text", "samples"),
    [
        (STATE._replace(params=BAD), 1.0, "the parameter b is not finite", ()),
        (STATE, np.nan, "the validation loss is nan", BATCH),
    ],
)
def test_the_end_of_an_epoch_is_stated_after_its_last_batch(
    state: TrainingState, loss: float, text: str, samples: object
) -> None:
    check_epoch(STATE, Score(1.0, 0.5), BATCH)
    with pytest.raises(NonFiniteError) as message:
        check_epoch(state, Score(loss, 0.5), BATCH)
    assert str(message.value) == f"epoch 3, after batch 5: {text}"
    assert error_context(message.value) == (state.params, samples, RUNNING)


def test_running_statistics_come_with_what_gives_them() -> None:
    with pytest.raises(InputError) as refused:
        check_buffer_provider(None, STATE)
    assert str(refused.value) == (
        "running_stats of training: expected None without a buffer_provider, got running statistics"
    )
