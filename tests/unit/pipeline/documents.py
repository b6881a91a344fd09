"""A small product's documents."""

from tasks_app.pipeline.passages import Document

BILLING = Document(
    path="docs/billing.md",
    text="""# Billing

Invoices are sent on the first day of a month.

## Refunds

A monthly plan can be refunded within 14 days of the charge, a yearly plan within 30 days. Write to
billing@lumen.example from the address of an owner.

## Plans

| Plan | Price |
|---|---|
| Team | 6 € |
| Business | 11 € |

## Set up payments

1. Open **Settings**.
2. Choose `Cards`.

```sh
lumen pay --now
```
""",
)
SECURITY = Document(
    path="docs/security.md",
    text="""---
title: hidden
---

# Security

To reset a password press **Forgot password** on the sign-in page. The link is valid for 60 minutes!

## データの保管

データはフランクフルトに保管されます。バックアップは毎日作成されます。
""",
)
DOCUMENTS = (BILLING, SECURITY)
