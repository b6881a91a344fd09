"""Rows that workers claim, work on and finish."""

from __future__ import annotations

from django.db import models


class Claimable(models.Model):
    """A row with a fence and a lease: the only lock that survives the death of its holder.

    A worker claims the row by compare-and-swap, which raises `fence`; it may finish only while
    the fence is still its own. `next_look_at` is when the row may be looked at again, whatever
    messages about it say: an early one is dropped, a lost one is made up for by the sweep.
    """

    #: Grows with every claim and every change by others; also the row's optimistic version.
    fence = models.PositiveBigIntegerField(default=0)
    lease_owner = models.CharField(max_length=120, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    next_look_at = models.DateTimeField(null=True, blank=True)
    #: When the present state is given up on.
    deadline_at = models.DateTimeField(null=True, blank=True)
    #: Failed or lost attempts at the present state's step, the running one included.
    attempts = models.PositiveIntegerField(default=0)
    #: When the sweep last sent a hint about this row, so that a backlog is not hinted at every second.
    hinted_at = models.DateTimeField(null=True, blank=True)
    #: Set when somebody asks for a look, cleared when one begins: a wake-up during a look repeats it.
    woken_at = models.DateTimeField(null=True, blank=True)
    entered_at = models.DateTimeField(help_text="When the present state was entered.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    @classmethod
    def workable(cls) -> models.Q:
        """Which rows may be claimed at all."""
        return models.Q()
