"""What a search wants of its workers besides their number: time and memory for a fit, isolation, devices."""

import multiprocessing
import os
import sys
from typing import Any, NamedTuple

_PLACES = {
    "ThreadingBackend": "threading",
    "MultiprocessingBackend": "multiprocessing",
    "DaskDistributedBackend": "dask",
    "RayBackend": "ray",
}


class Limits(NamedTuple):
    """What a search wants of its workers; all of it takes worker processes of our own.

    Attributes
    ----------
    fit_timeout : float or None
        Seconds that a call may take.
    fit_memory : int or None
        Bytes that a call may need.
    isolation : None or "process"
        Whether calls are made in other processes in any case.
    devices : sequence or None
        What the workers are pinned to, in turn.
    owner : str
        Class named in error messages.

    Examples
    --------
    >>> from skhpo.evaluation import Limits
    >>> Limits(fit_timeout=60.0).needs_processes, Limits().needs_processes
    (True, False)
    """

    fit_timeout: float | None = None
    fit_memory: int | None = None
    isolation: str | None = None
    devices: Any = None
    owner: str = "Executor"

    @classmethod
    def of(cls, search):
        """Take over and check what the constructor of a search was given.

        Raises
        ------
        ValueError
            If the platform cannot limit memory, or there is something wrong with the devices.
        """
        owner = type(search).__name__
        memory = None if search.fit_memory is None else int(search.fit_memory)
        limits = cls(search.fit_timeout, memory, search.isolation, search.devices, owner)
        if limits.fit_memory is not None and sys.platform != "linux":
            raise ValueError(
                f"The 'fit_memory' parameter of {owner} can be enforced on Linux only, it must be None on this "
                f"platform ({sys.platform}). Got {limits.fit_memory!r} instead."
            )
        if limits.devices is not None:
            limits = limits._replace(devices=_visible_devices(limits.devices, owner))
        return limits

    @property
    def needs_processes(self):
        """Whether calls have to be made in processes of our own."""
        return self._reason is not None

    def check_backend(self, backend, n_workers):
        """Raise if the active joblib backend has workers of its own, which cannot be limited.

        Parameters
        ----------
        backend : ParallelBackendBase
            The active one.
        n_workers : int
            How many workers it would use.
        """
        if self._reason is None:
            return
        name = type(backend).__name__
        wanted = (
            f"The {self._reason!r} parameter of {self.owner} needs worker processes of its own: use joblib's default "
            "backend 'loky', or n_jobs=1."
        )
        # A nested backend is joblib's choice, not the user's, and would be threads.
        if name in _PLACES and n_workers > 1 and not backend.nesting_level:
            raise ValueError(f"{wanted} Got the joblib backend {_PLACES[name]!r} instead.")
        if multiprocessing.current_process().daemon:
            raise ValueError(
                f"{wanted} A daemonic process, in which the search is running, cannot start any."
            )

    def environments(self, env):
        """Return the environment variables of the workers, in turn, given those that all of them have."""
        if self.devices is None:
            return [env]
        return [{**env, "CUDA_VISIBLE_DEVICES": device} for device in self.devices]

    @property
    def _reason(self):
        for name in ("fit_timeout", "fit_memory", "isolation", "devices"):
            if getattr(self, name) is not None:
                return name
        return None


def _visible_devices(devices, owner):
    """Return what ``CUDA_VISIBLE_DEVICES`` is for each device.

    Integers count the devices that this process sees, as in CUDA itself: on a shared machine these may be others than
    the first ones.
    """
    if not devices or not all(_is_device(one) for one in devices):
        raise ValueError(
            f"The 'devices' parameter of {owner} must be a list of non-negative int or str with at least one entry, "
            f"or None. Got {devices!r} instead."
        )
    seen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if seen is None:
        return tuple(str(one) for one in devices)
    seen = [one.strip() for one in seen.split(",") if one.strip()]
    if any(isinstance(one, int) and one >= len(seen) for one in devices):
        raise ValueError(
            f"The 'devices' parameter of {owner} must name devices that this process sees, which are "
            f"CUDA_VISIBLE_DEVICES={','.join(seen)!r}. Got {devices!r} instead."
        )
    return tuple(seen[one] if isinstance(one, int) else one for one in devices)


def _is_device(value):
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)
