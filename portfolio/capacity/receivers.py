"""What changes of people or of requests rings for the picture; what it makes stale the database itself has noted."""

from pmo_portal.core.events import people_changed
from portfolio.capacity.services import queue

people_changed.connect(queue.ring_on_commit, dispatch_uid="portfolio.capacity")
