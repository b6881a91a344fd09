"""What this context knows about a task: how it went live, what the probes saw, how it was taken back."""

from rollback_app.story.chapters import release_chapter, rollback_chapter, tell

__all__ = ["release_chapter", "rollback_chapter", "tell"]
