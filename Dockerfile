# One image for every role: web, worker, migrate. The wheel is built in the first stage; the second
# has no compiler, no pip cache and no source tree.

FROM python:3.13-slim AS build
WORKDIR /build
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src
COPY migrations migrations
RUN python -m venv /opt/paymux \
    && /opt/paymux/bin/pip wheel --no-cache-dir --no-deps --wheel-dir dist . \
    && /opt/paymux/bin/pip install --no-cache-dir --constraint constraints.txt dist/*.whl

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin paymux
COPY --from=build /opt/paymux /opt/paymux
ENV PATH=/opt/paymux/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8000
ENTRYPOINT ["paymux"]
CMD ["web"]
