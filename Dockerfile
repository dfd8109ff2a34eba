# keyturn as a container: `docker build -t keyturn .`; the stack file stack.yaml runs it on a swarm manager.
#
# BASE is what both stages start from: any image with Node.js 24, npm and a shell. The build asks npm for packages the way
# that BASE is set up to (registry, proxy, a cache of its own), so a site without internet brings a BASE that can.
# It needs no more of the builder than Docker 20.10 has.
ARG BASE=node:24-bookworm-slim

FROM ${BASE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# The Node.js among the optional packages stays out: BASE has one.
RUN npm ci --omit=optional
COPY tsconfig.json tsconfig.build.json README.md LICENSE ./
COPY bin ./bin
COPY docs ./docs
COPY schedules ./schedules
COPY src ./src
RUN npm run --silent package \
 && mkdir -p /image/usr/local/lib/keyturn \
 && tar -xzf keyturn-*.tgz -C /image/usr/local/lib/keyturn --strip-components=1 \
 && cp package-lock.json .npmrc /image/usr/local/lib/keyturn/
WORKDIR /image/usr/local/lib/keyturn
RUN npm ci --omit=dev --omit=optional \
 && rm package-lock.json .npmrc
# The root file system is read-only in a container of stack.yaml: keyturn writes to these two alone. A new volume takes
# owner and mode from here.
RUN mkdir -p /image/var/lib/keyturn /image/run/keyturn /image/etc/keyturn \
 && chmod 0700 /image/var/lib/keyturn /image/run/keyturn \
 && chown 10001:10001 /image/var/lib/keyturn /image/run/keyturn

FROM ${BASE}
COPY --from=build /image /
ENV PATH=/usr/local/lib/keyturn/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NODE_ENV=production
# A number, so that whoever runs it can see that it is not root.
USER 10001:10001
VOLUME /var/lib/keyturn
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["node", "-e", "fetch('http://127.0.0.1:9464/healthz', { signal: AbortSignal.timeout(8000) }).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["keyturn"]
CMD ["daemon"]
