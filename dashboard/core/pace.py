"""How often a running service looks, and how long it waits."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """Intervals and time-outs, all in seconds. Settings of the code, which no variable changes: no deployment has a
    reason to. `dataclasses.replace(settings, pace=…)` gives a service another one."""

    look_every: float = 2.0  # whether somebody has written; only then the next four have anything to do
    registry_every: float = 2.0  # what the command line changes takes effect within five
    catch_up_every: float = 2.0  # what a Bolt app writes is in the summary within five
    notice_every: float = 5.0
    jobs_every: float = 1.0
    sweep_every: float = 20.0
    purge_every: float = 86_400.0
    head_within: float = 10.0  # from a request's first byte, or from the connection's begin, to the end of its head
    body_within: float = 10.0  # from there to the end of its body; longer as long as it comes at the least rate
    body_at_most: float = 40.0  # however much of it comes
    read_within: float = 20.0  # what we answered, or at least some of it
    connect_within: float = 3.0  # to Slack
    call_within: float = 10.0  # Slack's answer to one call, connecting included
    auth_test_within: float = 12.0  # both tries of it together
    auth_test_pause: float = 0.5  # between them: right after the exchange Slack sometimes does not know the token yet
    repeat_waits: float = 15.0  # for the outcome of the return that came first
    starts_gather: float = 0.25  # before they are written: 500 together cost half of what one of 50 does
