"""Jobs of a Dask cluster."""

from collections.abc import Generator, Iterable
from concurrent.futures import CancelledError
from typing import Any

from liaf_ref._core.errors import InputError, RunError, SweepError
from liaf_ref._core.optional import import_optional_dependency
from liaf_ref._core.validation.scalars import describe_value
from liaf_ref.experiments.sweep.local_pool import KILLED_MESSAGE
from liaf_ref.experiments.sweep.worker import Job, JobResult, run_job
from liaf_ref.experiments.sweep.worker_process import EXTRA

TIMEOUT_SECONDS = 10  # that a scheduler and its workers have to answer


def run_on_dask(jobs: Iterable[Job], client: Any) -> Generator[JobResult, None, None]:
    """Run jobs on a cluster, whose workers see the same files under the same names.

    A scheduler suspects every job that waits where a worker dies.  Those it has given up are
    run again when all others have ended, one by one.
    """
    suspects = yield from _submit_and_wait(jobs, client)
    for job in suspects:
        if (yield from _submit_and_wait([job], client)):
            yield JobResult(job.name, None, KILLED_MESSAGE)


def _submit_and_wait(jobs: Iterable[Job], client: Any) -> Generator[JobResult, None, list[Job]]:
    """Outcomes of jobs; returns those that the scheduler gave up."""
    distributed = import_optional_dependency("distributed", EXTRA)
    sent = {
        client.submit(run_job, job, pure=False, priority=-rank): job
        for rank, job in enumerate(jobs)
    }
    given_up = []
    for future in distributed.as_completed(sent, loop=client.loop):
        job = sent.pop(future)  # and with it the scheduler's memory of it
        try:
            yield future.result()
        except distributed.KilledWorker:
            given_up.append(job)
        except CancelledError:
            raise SweepError(
                "lost the connection to the Dask scheduler, or it cancelled a job"
            ) from None
    return given_up


def connect(address: str) -> Any:
    """Reach a Dask scheduler."""
    expected = "expected the address of a Dask scheduler"
    if not isinstance(address, str):
        raise InputError.for_argument(
            "dask", "a sweep", f"{expected}, got {describe_value(address)}"
        )
    distributed = import_optional_dependency("distributed", EXTRA)
    try:
        import_optional_dependency("distributed.comm.addressing", EXTRA).get_address_host_port(
            address
        )
        client = distributed.Client(address, timeout=TIMEOUT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError.for_argument(
            "dask", "a sweep", f"{expected}, got {address!r}: {error}"
        ) from error
    try:
        client.wait_for_workers(1, timeout=TIMEOUT_SECONDS)
    except TimeoutError as error:
        client.close()
        raise RunError(f"{address}: the scheduler has no workers") from error
    return client
