"""A plan of a portfolio from priorities: the serial scheme over all projects at once, the lowest first that may start."""

from portfolio.capacity.leveling.compiled import Floats, Ints, kernel


@kernel
def runs(at: int, lasting: int, mask: Ints, closed: Ints, horizon: int) -> int:
    """The end of an activity that starts at `at`, pauses where a pool it needs is closed, and may run past what is free."""
    left = lasting
    while left > 0 and at < horizon:
        if not pauses(mask, closed, at):
            left -= 1
        at += 1
    return at + left


@kernel
def pauses(mask: Ints, closed: Ints, at: int) -> bool:
    """Whether a pool it needs is closed."""
    for w in range(mask.size):  # noqa: SIM110 (a generator is not compiled)
        if mask[w] & closed[at, w]:
            return True
    return False


@kernel
def generate(
    base: Floats, key: Floats, begins: Ints, first: Ints, of: Ints, from_end: Ints, offset: Ints, durations: Ints, needs: Ints,
    masks: Ints, earliest: Ints, fixed: Ints, room: Ints, guards: Ints, closed: Ints, waits: Ints, frees: Ints, freed: Ints,
    free: Ints, starts: Ints, ends: Ints, waiting: Ints, at: Ints, heap: Ints, priority: Floats,
) -> None:  # fmt: skip
    """Fills `starts` and `ends`; what has no place before the horizon starts there. Activities are numbered project by project
    (p has `begins[p]` to `begins[p + 1]` - 1), in an order that is also one for all: so the next of a project waits for at most
    the others' (`waits` counts such links, `frees` and `freed` name who waits), and some project can always go on. `room` is
    what fixed work leaves; from `free` on all is scratch."""
    horizon, words, count = room.shape[0], guards.size, 0
    free[:] = room
    waiting[:] = waits
    for p in range(key.size):
        at[p] = begins[p]
        if at[p] < begins[p + 1] and waiting[at[p]] == 0:
            count = push(heap, count, p, base[at[p]] + key[p], priority)
    while count > 0:
        p = heap[0]
        i = at[p]
        if fixed[i] >= 0:
            starts[i] = fixed[i]
            ends[i] = runs(fixed[i], durations[i], masks[i], closed, horizon)
        else:  # written out here: handing a dozen arrays to a function takes longer than what it would do
            begin = earliest[i]
            for k in range(first[i], first[i + 1]):
                reached = (ends[of[k]] if from_end[k] else starts[of[k]]) + offset[k]
                if reached > begin:
                    begin = reached
            lasting = durations[i]
            u, left = begin, lasting
            while left > 0 and u < horizon:
                shut, fits = False, True
                for w in range(words):
                    mask = masks[i, w]
                    if mask:
                        shut = shut or mask & closed[u, w] != 0
                        fits = fits and (free[u, w] - needs[i, w]) & mask == mask
                u += 1
                if shut:
                    if left == lasting:
                        begin = u
                elif fits:
                    left -= 1
                else:
                    begin, left = u, lasting
            if left > 0:
                begin = max(begin, horizon)
                u = begin + lasting
            else:
                for v in range(begin, u):
                    shut = False
                    for w in range(words):
                        shut = shut or masks[i, w] & closed[v, w] != 0
                    if not shut:
                        for w in range(words):
                            free[v, w] -= needs[i, w]
            starts[i], ends[i] = begin, u
        at[p] = i + 1
        goes_on = i + 1 < begins[p + 1] and waiting[i + 1] == 0
        if goes_on:
            priority[p] = base[i + 1] + key[p]
            sift(heap, count, p, priority)
        else:
            count -= 1
            if count > 0:
                sift(heap, count, heap[count], priority)
        for k in range(frees[i], frees[i + 1]):
            j = freed[k]
            waiting[j] -= 1
            if waiting[j] == 0:
                q = project_of(begins, j)
                if at[q] == j:
                    count = push(heap, count, q, base[j] + key[q], priority)


@kernel
def project_of(begins: Ints, i: int) -> int:
    """The project of activity i: the last that begins at or before it."""
    low, high = 0, begins.size - 2
    while low < high:
        middle = (low + high + 1) >> 1
        if begins[middle] <= i:
            low = middle
        else:
            high = middle - 1
    return low


@kernel
def comes_first(p: int, q: int, priority: Floats) -> bool:
    """By priority; the lower number among equals, so that a plan does not hang on the shape of a heap."""
    return priority[p] < priority[q] or (priority[p] == priority[q] and p < q)


@kernel
def push(heap: Ints, count: int, p: int, value: float, priority: Floats) -> int:
    """With p; answers how many there are."""
    priority[p] = value
    j = count
    while j > 0 and comes_first(p, heap[(j - 1) >> 1], priority):
        heap[j] = heap[(j - 1) >> 1]
        j = (j - 1) >> 1
    heap[j] = p
    return count + 1


@kernel
def sift(heap: Ints, count: int, p: int, priority: Floats) -> None:
    """p in place of the first, and from there to where it belongs."""
    j = 0
    while True:
        c = 2 * j + 1
        if c >= count:
            break
        if c + 1 < count and comes_first(heap[c + 1], heap[c], priority):
            c += 1
        if not comes_first(heap[c], p, priority):
            break
        heap[j] = heap[c]
        j = c
    heap[j] = p


@kernel
def late(ends: Ints, begins: Ints, due: Ints, weights: Floats, over: Ints) -> float:
    """Σ weight · periods late; `over` gets the end of each project."""
    total = 0.0
    for p in range(due.size):
        over[p] = 0
        for i in range(begins[p], begins[p + 1]):
            if ends[i] > over[p]:
                over[p] = ends[i]
        if over[p] > due[p]:
            total += weights[p] * (over[p] - due[p])
    return total
