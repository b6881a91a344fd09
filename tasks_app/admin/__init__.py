"""What people see of tasks, and the buttons they press."""

from tasks_app.admin import budget, mail, pulls, task_page

__all__ = ["budget", "mail", "pulls", "task_page"]
