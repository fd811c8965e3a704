"""The headers every answer carries, static files, redirects and errors included: the outermost middleware puts them on.

What a view says itself stands. `tests/core/expected_headers.txt` is the reviewed list of what each kind of answer carries.
"""

from collections.abc import Callable, Mapping, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# An answer that is no page loads nothing; a file that somebody may open from here runs nothing either.
BARE_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
FILE_POLICY = f"{BARE_POLICY}; sandbox"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            "accelerometer",
            "autoplay",
            "browsing-topics",
            "camera",
            "display-capture",
            "geolocation",
            "gyroscope",
            "magnetometer",
            "microphone",
            "midi",
            "payment",
            "serial",
            "usb",
        )
    ),
    # What one person was shown must not wait in a browser or a proxy for the next; an answer with an ETag says otherwise itself.
    "Cache-Control": "private, no-store",
}


class SecurityHeadersMiddleware:
    """`settings.SECURE_CSP` for pages (the name and shape Django 6 reads), and `ALWAYS`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.page_policy = policy(settings.SECURE_CSP)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", self.policy_of(response))
        for name, value in ALWAYS.items():
            response.setdefault(name, value)
        if signed_out(request, response):
            response.setdefault("Clear-Site-Data", '"cache", "storage"')
        return response

    def policy_of(self, response: HttpResponse) -> str:
        """By what a browser does with the answer: show it as a page, keep it as a file, or hand it to a script."""
        if "attachment" in response.headers.get("Content-Disposition", ""):
            return FILE_POLICY
        is_page = response.headers.get("Content-Type", "text/html").startswith("text/html")
        return self.page_policy if is_page else BARE_POLICY


def policy(directives: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(" ".join([directive, *sources]) for directive, sources in directives.items())


def signed_out(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether this answer ends a session: what the browser kept, names of projects among it, has to go too."""
    cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
    return cookie is not None and cookie.value == "" and settings.SESSION_COOKIE_NAME in request.COOKIES
