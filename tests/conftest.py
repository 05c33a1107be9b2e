"""What holds for every test."""

from collections.abc import Iterator

import figures
import pytest
from hypothesis import settings

# How long an example of Hypothesis takes says how busy the machine is, and nothing of the code.
settings.register_profile("liaf_ref", deadline=None)
settings.load_profile("liaf_ref")


@pytest.fixture(autouse=True)
def _figures_are_kept_with_their_test(request: pytest.FixtureRequest) -> Iterator[None]:
    figures.listen(request.node.user_properties)
    yield
    figures.listen([])
