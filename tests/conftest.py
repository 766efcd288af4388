"""Hypothesis profiles: examples are the same in every run, and as many as a short suite allows. No windows; Ctrl-C."""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
# For hunting: HYPOTHESIS_PROFILE=hunt python -m pytest tests/contracts
settings.register_profile(
    "hunt", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow]
)
# Pictures are drawn without a window.
os.environ.setdefault("MPLBACKEND", "agg")
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
# Shells have background jobs ignore it, and tests of it would then wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
