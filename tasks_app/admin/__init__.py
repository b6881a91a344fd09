"""What people see of tasks, and the buttons they press."""

from tasks_app.admin import mail, pulls, task_page

__all__ = ["mail", "pulls", "task_page"]
