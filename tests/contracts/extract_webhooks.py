"""Packs the webhook payloads that GitHub really sent, as collected in `@octokit/webhooks-examples`.

    npm pack @octokit/webhooks-examples && tar xzf octokit-webhooks-examples-*.tgz
    python tests/contracts/extract_webhooks.py package LICENSE

Writes `webhooks/github_payloads.json.gz`. The payloads are © Gregor Martynus and contributors, under the MIT
licence. The package names the licence and the repository octokit/webhooks holds its text; that is the second
argument, and kept inside the file under `x-licence`. Addresses of people are replaced, those of machines and
samples stay; nothing else is changed.
"""

import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any

_TARGET = Path(__file__).parent / "webhooks" / "github_payloads.json.gz"
_ADDRESS = re.compile(r'(?<=")[\w.+-]+@(?!users\.noreply\.github\.com|github\.com)[\w.-]+(?=")')


def main() -> None:
    """Read the package in the directory given and write the extract."""
    package, licence = Path(sys.argv[1]), Path(sys.argv[2])
    events = json.loads((package / "api.github.com" / "index.json").read_text(encoding="utf-8"))
    payloads: dict[str, list[Any]] = {event["name"]: event["examples"] for event in events}
    extract = {
        "x-source": "npm package @octokit/webhooks-examples " + _version(package),
        "x-licence": licence.read_text(encoding="utf-8"),
        "payloads": payloads,
    }
    text = json.dumps(extract, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    _TARGET.write_bytes(gzip.compress(_ADDRESS.sub("person@example.com", text).encode(), 9, mtime=0))
    count = sum(len(examples) for examples in payloads.values())
    sys.stdout.write(
        f"{_TARGET}: {count} payloads of {len(payloads)} events, {_TARGET.stat().st_size} bytes\n"
    )


def _version(package: Path) -> str:
    return str(json.loads((package / "package.json").read_text(encoding="utf-8"))["version"])


if __name__ == "__main__":
    main()
