"""Who comes in: accounts, second factors, sessions, OpenID Connect and SAML, on django-allauth. Knows no project."""
