"""Sites on disk: one directory per revision and a link to the one that is live.

1. The pages of a revision are written below `<root>/<owner>/<name>/<sha>/`.
2. `release.json` is written last, so a directory without it is known to be unfinished.
3. The link `current` is replaced in one step: a reader sees the old site or the new one, never a mixture.
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sandbox.site.pages import Release, render_site

_KEPT = 10
_LINK = "current"
_RELEASE = "release.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Writes and reads the sites below one directory."""

    #: Directory of all sites.
    root: Path

    def publish(self, release: Release, files: Mapping[str, bytes]) -> None:
        """Render a tree and make it the live site."""
        site = self.root / release.repo
        directory = site / release.sha
        for page, content in render_site(files, release).items():
            target = directory / page
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        directory.mkdir(parents=True, exist_ok=True)
        about = {"sha": release.sha, "deployed_at": release.deployed_at.isoformat()}
        (directory / _RELEASE).write_text(json.dumps(about), encoding="utf-8")
        link = site / f"{_LINK}.new"
        link.unlink(missing_ok=True)
        link.symlink_to(release.sha)
        link.replace(site / _LINK)
        _forget_old(site, release.sha)

    def live(self, repo: str) -> Release | None:
        """Return the live revision, or None where nothing was published."""
        try:
            about = json.loads((self.root / repo / _LINK / _RELEASE).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        return Release(repo=repo, sha=about["sha"], deployed_at=datetime.fromisoformat(about["deployed_at"]))

    def page(self, repo: str, path: str) -> bytes | None:
        """Return a page of the live site by its path (`""` is the front page, `.html` may be left out)."""
        base = (self.root / repo / _LINK).resolve()
        for name in (path or "index.html", f"{path}.html", f"{path}/index.html"):
            target = Path(os.path.normpath(base / name))
            if target.suffix == ".html" and target.is_relative_to(base) and target.is_file():
                return target.read_bytes()
        return None


def _forget_old(site: Path, current: str) -> None:
    made = sorted(
        (entry for entry in site.iterdir() if not entry.is_symlink()), key=lambda entry: entry.stat().st_mtime
    )
    for directory in made[:-_KEPT]:
        if directory.name != current:
            shutil.rmtree(directory, ignore_errors=True)
