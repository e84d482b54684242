"""For each cause the circumstances in which it is likely, unlikely, or cannot be known."""

from tests.support.cases import (
    anywhere,
    at_slack,
    customer,
    exchange,
    never_came_back,
    ours,
    returning,
    slack_side,
    token,
)

CASES = [
    case
    for module in (anywhere, at_slack, customer, exchange, never_came_back, ours, returning, slack_side, token)
    for case in module.CASES
]
