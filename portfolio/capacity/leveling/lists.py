"""New activity lists: of chance, or made of two parents. Every list has each activity after those before it."""

from portfolio.capacity.leveling.compiled import Floats, Ints, State, below, fraction, kernel


@kernel
def sample(
    latest: Ints,
    first: Ints,
    of: Ints,
    first_after: Ints,
    after: Ints,
    strength: float,
    state: State,
    waiting: Ints,
    free: Ints,
    order: Ints,
) -> None:
    """A list by regret-biased chance: the lower the latest start among the free activities, the likelier; 0 takes the lowest."""
    count, size = 0, order.size
    for i in range(size):
        waiting[i] = first[i + 1] - first[i]
        if waiting[i] == 0:
            free[count] = i
            count += 1
    for q in range(size):
        highest, lowest = latest[free[0]], 0
        for k in range(1, count):
            if latest[free[k]] > highest:
                highest = latest[free[k]]
            if latest[free[k]] < latest[free[lowest]] or (
                latest[free[k]] == latest[free[lowest]] and free[k] < free[lowest]
            ):
                lowest = k
        chosen = lowest
        if strength > 0.0:
            total = 0.0
            for k in range(count):
                total += (highest - latest[free[k]] + 1.0) ** strength
            left = fraction(state) * total
            for k in range(count):
                left -= (highest - latest[free[k]] + 1.0) ** strength
                if left < 0.0:
                    chosen = k
                    break
        i = free[chosen]
        count -= 1
        free[chosen] = free[count]
        order[q] = i
        for k in range(first_after[i], first_after[i + 1]):
            waiting[after[k]] -= 1
            if waiting[after[k]] == 0:
                free[count] = after[k]
                count += 1


@kernel
def two_points(mother: Ints, father: Ints, state: State, used: Ints, child: Ints) -> None:
    """The mother's list with a stretch in the father's order."""
    size = mother.size
    x, y = below(state, size), below(state, size)
    if x > y:
        x, y = y, x
    used[:] = 0
    for q in range(x):
        child[q] = mother[q]
        used[mother[q]] = 1
    at = x
    for q in range(size):
        if at >= y:
            break
        if used[father[q]] == 0:
            child[at] = father[q]
            used[father[q]] = 1
            at += 1
    for q in range(size):
        if used[mother[q]] == 0:
            child[at] = mother[q]
            at += 1


@kernel
def peaks(
    mother: Ints,
    father: Ints,
    starts: Ints,
    durations: Ints,
    weights: Floats,
    state: State,
    load: Floats,
    used: Ints,
    child: Ints,
) -> None:
    """What runs in the father's busiest periods keeps his order and place; before and after it, the mother's."""
    size, length = mother.size, 0
    for i in range(size):
        length = max(length, starts[i] + durations[i])
    load[: length + 1] = 0.0
    for i in range(size):
        for u in range(starts[i], starts[i] + durations[i]):
            load[u] += weights[i]
    highest = 0.0
    for u in range(length):
        highest = max(highest, load[u])
    least = (0.65 + 0.3 * fraction(state)) * highest
    # The longest stretch of busy periods that chance points at: begin anywhere, go on while busy.
    u = below(state, length)
    tried = 0
    while load[u] < least and tried < length:
        u = (u + 1) % length
        tried += 1
    begin, end = u, u + 1
    while begin > 0 and load[begin - 1] >= least:
        begin -= 1
    while end < length and load[end] >= least:
        end += 1
    # 0 before, 1 in the stretch; what comes first in the father's list and must not follow stays with the mother.
    lowest, highest_at = size, -1
    for q in range(size):
        i = father[q]
        if starts[i] < end and starts[i] + durations[i] > begin:
            lowest = min(lowest, q)
            highest_at = max(highest_at, q)
    used[:] = 0
    for q in range(lowest, highest_at + 1):
        used[father[q]] = 1
    for q in range(highest_at + 1, size):
        used[father[q]] = 2
    at = 0
    for q in range(size):
        if used[mother[q]] == 0:
            child[at] = mother[q]
            at += 1
    for q in range(lowest, highest_at + 1):
        child[at] = father[q]
        at += 1
    for q in range(size):
        if used[mother[q]] == 2:
            child[at] = mother[q]
            at += 1
