"""The memory of a decoder's cache."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hub.decoder import _pages

STATM = Path("/proc/self/statm")
LARGE = (2_400_000,)  # nine megabytes, as a layer of a real model


def resident_bytes() -> int:
    return int(STATM.read_text().split()[1]) * 4_096


@pytest.mark.skipif(not STATM.exists(), reason="needs Linux")
def test_a_cache_takes_the_memory_that_is_written_also_after_others_were_freed() -> None:
    larger = np.zeros(2 * LARGE[0], np.float32)
    del larger  # from now on the C library would take what is smaller from its heap
    before = resident_bytes()
    for _ in range(3):
        caches = [_pages(LARGE) for _ in range(30)]
        for cache in caches:
            assert cache.flags.writeable and not cache[-1000:].any()
            cache[:1000] = 1
        assert resident_bytes() - before < 30 * 1_000_000
        del cache, caches
    assert resident_bytes() - before < 10 * 1_000_000
