"""`manage.py doctor` tells whether everything is there that the loop needs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand

from closedloop.wiring import ports
from metrics_app.services.diagnosis import Diagnosis, Verdict
from metrics_app.services.doctor import diagnose

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.core.management.base import CommandParser

_INDENT = " " * 17


class Command(BaseCommand):
    """Exits with 1 when anything fails; warnings are for people to judge."""

    help = "Test every dependency for real and name the mend of what is wrong."
    #: The doctor reports failed system checks itself instead of refusing to look.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the options."""
        parser.add_argument("--json", action="store_true", help="print one JSON document for other programs")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print one line per finding as it comes, or all as JSON."""
        show = (lambda _: None) if options["json"] else self._show
        found = self._collect(show)
        failures = sum(diagnosis.verdict is Verdict.FAIL for diagnosis in found)
        if options["json"]:
            report = {"ok": not failures, "findings": [asdict(diagnosis) for diagnosis in found]}
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
        else:
            warnings = sum(diagnosis.verdict is Verdict.WARN for diagnosis in found)
            self.stdout.write(f"\n{failures} failed, {warnings} to know about, {len(found)} looked at")
        if failures:
            raise SystemExit(1)

    def _collect(self, show: Callable[[Diagnosis], None]) -> list[Diagnosis]:
        found = []
        for diagnosis in diagnose(ports()):
            show(diagnosis)
            found.append(diagnosis)
        return found

    def _show(self, diagnosis: Diagnosis) -> None:
        paint = {
            Verdict.OK: self.style.SUCCESS,
            Verdict.WARN: self.style.WARNING,
            Verdict.FAIL: self.style.ERROR,
        }[diagnosis.verdict]
        word = paint(f"{diagnosis.verdict.value:<5}")
        self.stdout.write(f"{word} {diagnosis.name:<10} {diagnosis.text}")
        if diagnosis.mend:
            self.stdout.write(f"{_INDENT}→ {diagnosis.mend}")
        self.stdout.flush()
