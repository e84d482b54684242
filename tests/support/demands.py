"""What to send, and what to ask the simulated Slack for, so that an attempt ends as a row says."""

from dashboard.install.state import PREFIX
from tests.support.circumstances import Row

FOREIGN = "0123456789abcdef0123456789abcdef"
AGENTS = {
    "Firefox": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Safari": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
    "LinkedIn": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 [LinkedInApp]/9.1",
}
DEMANDS = {  # what the simulated Slack does to end in a code of ours
    "connection_error": "exchange/reset",
    "server_error": "exchange/500",
    "rate_limited": "exchange/429",
    "not_json": "exchange/html",
    "slack_internal_error": "exchange/internal_error",
    "slack_access_denied": "exchange/access_denied",
    "access_denied_unexplained": "page/access_denied",
    "storage_error": "",
    "interrupted": "exchange/500",
}


def demand(row: Row) -> str:
    """What the simulated Slack shall do; empty: allow it."""
    code = row.get("code") or ""
    if row["outcome"] == "succeeded" or code in ("missing_code", "state_expired", "no_cookie", "cookie_mismatch"):
        return ""
    if row.get("slack_retry_after"):
        return f"exchange/429/{row['slack_retry_after']}"
    if row.get("slack_status") == 502:
        return f"exchange/{'500' if row.get('slack_request_id') else 'proxy'}/502"
    if code in DEMANDS:
        return DEMANDS[code]
    if row["step"] == "returned":
        return f"page/{code}"
    return f"{'auth' if row.get('exchanged_at') else 'exchange'}/{code}"


def state(row: Row) -> str:
    """A state that is none of this service's, of the form and length that the row has."""
    if row.get("state_like_ours"):
        return PREFIX + "x" * (row["state_length"] - len(PREFIX))
    if row.get("state_length"):
        return "x" * int(row["state_length"])
    return FOREIGN
