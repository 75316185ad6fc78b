# One image for web, worker, beat and one-off commands; the command says which.
FROM python:3.11-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY requirements requirements
COPY requirements.txt .
RUN python -m venv /venv \
 && /venv/bin/pip install --require-hashes -r requirements/bootstrap.txt \
 && /venv/bin/uv pip install --python /venv/bin/python --require-hashes -r requirements.txt
COPY velro velro
COPY authorization authorization
COPY accounts accounts
RUN /venv/bin/python -m velro.compiled && /venv/bin/uv pip uninstall --python /venv/bin/python mypy setuptools

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 VELRO_ENV=production STATE_DIR=/var/lib/velro
RUN useradd --system --home-dir /var/lib/velro --create-home velro
COPY --from=packages /venv /venv
WORKDIR /app
COPY manage.py ./
COPY velro velro
COPY authorization authorization
COPY accounts accounts
COPY teams teams
COPY generations generations
# Collecting reads the settings but reaches nothing; these values serve for that only.
RUN SECRET_KEY=00000000000000000000000000000000000000000000000000 ENCRYPTION_KEY=build:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    PUBLIC_URL=https://build.invalid ALLOWED_HOSTS=build.invalid SMTP_HOST=build.invalid MAIL_FROM=build@build.invalid FAL_KEY=build:build \
    DATABASE_URL=postgresql:///build REDIS_URL=redis://build.invalid CELERY_BROKER_URL=redis://build.invalid \
    python manage.py collectstatic --no-input
USER velro
VOLUME /var/lib/velro
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["python", "-c", "import os, urllib.request as http; http.urlopen(http.Request('http://127.0.0.1:8000/api/v1/health/live', headers={'Host': os.environ['ALLOWED_HOSTS'].split(',')[0]}), timeout=2)"]
CMD ["granian", "--interface", "wsgi", "velro.wsgi:application", "--host", "0.0.0.0", "--port", "8000", "--no-access-log", "--backpressure", "16384"]
