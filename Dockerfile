# One image for every job of a render: `hyperframes-dist job plan`, `chunk`, `assemble`, `all`.
#
#     docker build -t hyperframes-dist .
#     docker run --rm -v "$PWD/out:/out" hyperframes-dist --help
#
# x86-64. What differs between two images of one commit is what Debian has mended since.
# tests/structure/test_image.py runs these steps where nothing else is.

FROM debian:trixie-slim AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates npm python3-venv
# Without pip: nothing is installed into it later.
RUN python3 -m venv /opt/pip && python3 -m venv --without-pip /opt/hyperframes
WORKDIR /build
COPY requirements-dev.txt pyproject.toml hatch_build.py README.md LICENSE CHANGELOG.md ./
COPY src src
# Which stores it knows besides directories: aws, gcs, or both as aws,gcs.
ARG EXTRAS=aws
# The versions that are tested; which of them are needed says the project.
RUN grep --only-matching --extended-regexp '^[A-Za-z0-9._-]+==[^ ;]+' requirements-dev.txt > pinned.txt \
 && /opt/pip/bin/pip --python /opt/hyperframes/bin/python install --no-cache-dir --no-compile \
      --constraint pinned.txt ".[$EXTRAS]"
# The client alone: what Debian's needs beside it is as large as Node.
RUN npm install --global --prefix /opt/npm npm@10.9.4
# The headless shell, unpacked; its package is not kept.
ENV HYPERFRAMES_DIST_CACHE=/opt/cache
RUN /opt/hyperframes/bin/hyperframes-dist chrome probe --chrome sparticuz \
 && rm -r /opt/cache/npm

FROM debian:trixie-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates nodejs python3 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /usr/share/doc/*
COPY --from=build /opt/hyperframes /opt/hyperframes
COPY --from=build /opt/npm /opt/npm
RUN useradd --uid 1000 --create-home render
COPY --from=build --chown=render /opt/cache /opt/cache
ENV PATH=/opt/hyperframes/bin:/opt/npm/bin:/usr/local/bin:/usr/bin:/bin \
    HYPERFRAMES_DIST_CACHE=/opt/cache \
    HYPERFRAMES_DIST_CHROME=sparticuz
USER render
WORKDIR /home/render
ENTRYPOINT ["hyperframes-dist"]
