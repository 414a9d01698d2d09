"""Tokens for the administrator whose password engine-setup stored."""

import hmac
import time
import uuid
from pathlib import Path

from . import switches

PASSWORD = Path("/etc/ovirt-engine/lab-admin-password")
USERS = ("admin@internal", "admin@ovirt@internalsso", "admin@ovirt")
LIFETIME_SECONDS = 4 * 3600

_tokens: dict[str, float] = {}


def obtain(form: dict[str, str]) -> tuple[int, dict]:
    """HTTP status and body for POST sso/oauth/token."""
    user, password = form.get("username", ""), form.get("password", "")
    known = PASSWORD.read_text().rstrip("\n") if PASSWORD.exists() else None
    refused = switches.on("engine-sso-refuses") or known is None or user not in USERS
    if refused or not hmac.compare_digest(password.encode(), known.encode()):
        words = f"Cannot authenticate user '{user}': The user name or password is incorrect.."
        return 401, {"error": "access_denied", "error_code": "access_denied", "error_description": words}
    token, until = uuid.uuid4().hex, time.time() + LIFETIME_SECONDS
    _tokens[token] = until
    return 200, {"access_token": token, "scope": form.get("scope", "ovirt-app-api"), "token_type": "bearer",
                 "exp": str(int(until * 1000))}


def revoke(token: str) -> None:
    _tokens.pop(token, None)


def valid(header: str) -> bool:
    """True for `Bearer` with a token of this engine that has not run out."""
    kind, _, token = header.partition(" ")
    return kind == "Bearer" and _tokens.get(token, 0) > time.time()
