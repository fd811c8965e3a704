"""When activities could run if people were no obstacle: the earliest by what comes before, the latest by what comes after."""

from portfolio.capacity.leveling.compiled import Ints, kernel
from portfolio.capacity.leveling.generation import pauses, runs


@kernel
def earliest(
    order: Ints, first: Ints, of: Ints, from_end: Ints, offset: Ints, durations: Ints, masks: Ints, not_before: Ints, fixed: Ints,
    closed: Ints, starts: Ints, ends: Ints,
) -> None:  # fmt: skip
    """No plan starts or ends anything sooner (fixed activities are where they are)."""
    horizon = closed.shape[0]
    for q in range(order.size):
        i = order[q]
        at = not_before[i]
        if fixed[i] >= 0:
            at = fixed[i]
        else:
            for k in range(first[i], first[i + 1]):
                reached = (ends[of[k]] if from_end[k] else starts[of[k]]) + offset[k]
                if reached > at:
                    at = reached
            if durations[i] > 0:
                while at < horizon and pauses(masks[i], closed, at):
                    at += 1
        starts[i], ends[i] = at, runs(at, durations[i], masks[i], closed, horizon)


@kernel
def tails(
    order: Ints,
    first: Ints,
    of: Ints,
    from_end: Ints,
    offset: Ints,
    durations: Ints,
    project: Ints,
    fixed: Ints,
    tail: Ints,
) -> None:
    """Periods that at least pass from the end of an activity to that of its project. Only what holds in every plan counts: links
    from an end, inside the project, to what is not fixed (a fixed activity does not wait)."""
    for i in range(tail.size):
        tail[i] = 0
    for q in range(order.size - 1, -1, -1):
        i = order[q]
        if fixed[i] >= 0:
            continue
        for k in range(first[i], first[i + 1]):
            j = of[k]
            after = offset[k] + durations[i] + tail[i]
            if from_end[k] and project[j] == project[i] and after > tail[j]:
                tail[j] = after
