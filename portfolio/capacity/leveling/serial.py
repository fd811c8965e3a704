"""The serial schedule generation scheme and its forward-backward improvement (Li & Willis 1992; Valls et al. 2005)."""

from portfolio.capacity.leveling.compiled import Ints, kernel


@kernel
def place(at: int, lasting: int, need: Ints, free: Ints, guards: Ints) -> int:
    """The first period from `at` on where the need fits `lasting` periods long. Looks from the end of the window: what is in the
    way nearest the end moves it furthest, and what was looked at once is not looked at again."""
    words = guards.size
    known, u = at - 1, at + lasting - 1  # fits after u and, of the window before, nothing is known below `known`
    end = u
    while u > known:
        fits = True
        for w in range(words):
            if (free[u, w] - need[w]) & guards[w] != guards[w]:
                fits = False
                break
        if fits:
            u -= 1
        else:
            known = end
            at = u + 1
            end = at + lasting - 1
            u = end
    return at


@kernel
def serial(
    order: Ints, first: Ints, of: Ints, durations: Ints, needs: Ints, room: Ints, guards: Ints, free: Ints, starts: Ints
) -> int:
    """Each activity of `order` (after all its `of`) as early as capacity allows; answers the length. `free` is scratch."""
    for u in range(free.shape[0]):
        for w in range(guards.size):
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
        if lasting > 0:
            at = place(at, lasting, needs[i], free, guards)
            for u in range(at, at + lasting):
                for w in range(guards.size):
                    free[u, w] -= needs[i, w]
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
