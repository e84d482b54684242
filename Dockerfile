# The web service, as one process without root. docs/deploying.md says how to run it.
FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv /dashboard
COPY requirements.lock .
RUN /dashboard/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY dashboard dashboard
COPY templates templates
COPY static static
COPY migrations migrations
COPY locale locale
RUN /dashboard/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
COPY --from=build /dashboard /dashboard
RUN useradd --system --uid 10001 dashboard && install -d -o dashboard /data
ENV PATH=/dashboard/bin:$PATH PYTHONUNBUFFERED=1 DATABASE_URL=sqlite+aiosqlite:////data/dashboard.db
USER dashboard
VOLUME /data
EXPOSE 8000
# SIGTERM ends it cleanly: running returns are finished, which may take as long as Slack does.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD \
    ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ.get(\"PORT\", 8000)}/readyz', timeout=2)"]
ENTRYPOINT ["dashboard"]
CMD ["serve", "--host", "0.0.0.0"]
