"""The serial schedule generation scheme and its forward-backward improvement (Li & Willis 1992; Valls et al. 2005)."""

from portfolio.capacity.leveling.compiled import Ints, kernel


@kernel
def serial(
    order: Ints, first: Ints, of: Ints, durations: Ints, needs: Ints, room: Ints, guards: Ints, free: Ints, starts: Ints
) -> int:
    """Each activity of `order` (after all its `of`) as early as capacity allows; answers the length. `free` is scratch."""
    words = guards.size
    for u in range(free.shape[0]):
        for w in range(words):
            free[u, w] = room[w]
    length = 0
    for q in range(order.size):
        i = order[q]
        lasting = durations[i]
        at = 0
        for k in range(first[i], first[i + 1]):
            over = starts[of[k]] + durations[of[k]]
            if over > at:
                at = over
        # Looked for from the end of the window: what is in the way nearest the end moves it furthest, and nothing is looked at
        # twice. Written out, since handing arrays to a function takes longer than what it would do.
        known, u = at - 1, at + lasting - 1  # what is after `u` fits; nothing is known up to `known`
        while u > known:
            fits = True
            for w in range(words):
                fits = fits and (free[u, w] - needs[i, w]) & guards[w] == guards[w]
            if fits:
                u -= 1
            else:
                known = at + lasting - 1
                at = u + 1
                u = at + lasting - 1
        for v in range(at, at + lasting):
            for w in range(words):
                free[v, w] -= needs[i, w]
        starts[i] = at
        if at + lasting > length:
            length = at + lasting
    return length


@kernel
def sorted_by(values: Ints, largest: int, order: Ints, counts: Ints, out: Ints) -> None:
    """`order` by falling value, from its last to its first among equals: what comes after something in time comes before it."""
    for v in range(largest + 2):
        counts[v] = 0
    for i in range(values.size):
        counts[largest - values[i] + 1] += 1
    for v in range(1, largest + 2):
        counts[v] += counts[v - 1]
    for q in range(order.size - 1, -1, -1):
        i = order[q]
        v = largest - values[i]
        out[counts[v]] = i
        counts[v] += 1


@kernel
def justified(
    order: Ints, first: Ints, of: Ints, first_after: Ints, after: Ints, durations: Ints, needs: Ints, room: Ints, guards: Ints,
    free: Ints, starts: Ints, back: Ints, counts: Ints, turned: Ints,
) -> int:  # fmt: skip
    """`serial`, then to the right and to the left again while that shortens; `order` becomes the one of the last schedule."""
    length = serial(order, first, of, durations, needs, room, guards, free, starts)
    while True:
        for i in range(order.size):
            back[i] = starts[i] + durations[i]
        sorted_by(back, length, order, counts, turned)
        mirrored = serial(turned, first_after, after, durations, needs, room, guards, free, back)
        for i in range(order.size):
            back[i] += durations[i]
        sorted_by(back, mirrored, turned, counts, order)
        shorter = serial(order, first, of, durations, needs, room, guards, free, starts)
        if shorter >= length:
            return shorter
        length = shorter
