"""Every REST operation, in the order in which templates are tried."""

from sandbox.rest import accounts, repos

ENDPOINTS = (*accounts.ENDPOINTS, *repos.ENDPOINTS)
