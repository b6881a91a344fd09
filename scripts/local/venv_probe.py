"""Run by an environment's own interpreter: prints its version, then every installed name that is gone.

An environment from which a package was deleted still starts and still has its stamp; this notices in 50 ms.
"""

import sys
import sysconfig
from pathlib import Path


def missing_names(site: Path) -> list[str]:
    """List what the installed distributions recorded at top level and what is not there."""
    recorded = {
        line.partition("/")[0].partition(",")[0]
        for record in site.glob("*.dist-info/RECORD")
        for line in record.read_text(encoding="utf-8", errors="replace").splitlines()
    }
    return sorted(name for name in recorded if name and not (site / name).exists())


if __name__ == "__main__":
    print(*sys.version_info[:2], *missing_names(Path(sysconfig.get_path("purelib"))))
