"""A tag on what was live before each merge: one of the ways back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from closedloop.ports.errors import Conflict
from tasks_app.models import Effect
from tasks_app.services.effects import EffectOrder, perform

if TYPE_CHECKING:
    from closedloop.wiring import Ports
    from tasks_app.models import PullRequest


def stable_tag_of(pull: PullRequest) -> str:
    """The tag that was made before this merge; empty when a person merged."""
    made = Effect.objects.filter(subject_id=pull.pk, kind="tag", status=Effect.Status.DONE).first()
    return made.result if made else ""


def tag_stable(pull: PullRequest, ports: Ports) -> str:
    """Tag the base as it is before this merge: `{prefix}-stable-YYYYMMDD-HHMMSS`, in UTC.

    The time is when CI went green, so that every attempt gives the same name.
    """
    at = pull.green_at or pull.created_at
    name = f"{settings.STABLE_TAG_PREFIX}-stable-{at:%Y%m%d-%H%M%S}"
    content, git = ports.content(), ports.git()

    def act() -> str:
        sha = content.branch_sha(pull.lane.base_branch)
        if sha is None:
            return ""
        try:
            git.create_tag(name, sha)
        except Conflict:
            # An earlier attempt, or another merge in the same second: the tag is there either way.
            return name
        return name

    order = EffectOrder(
        subject_id=pull.pk, kind="tag", name=name, look_up=lambda: None, act=act, writes=git.ref_writes
    )
    return perform(order, ports)
