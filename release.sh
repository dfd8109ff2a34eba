#!/bin/sh
# Makes release/keyturn-VERSION-linux-MACHINE.tar.gz: the package with all that it needs, its own Node.js included, for
# install.sh, which needs no network. `npm run release`.
set -eu
cd -P -- "$(dirname -- "$0")"

npm run --silent package
version=$(node -p 'JSON.parse(fs.readFileSync("package.json")).version')
name=keyturn-$version-linux-$(uname -m)
folder=release/$name

rm -rf "$folder"
mkdir -p "$folder"
tar -xzf "keyturn-$version.tgz" -C "$folder" --strip-components=1
cp package-lock.json .npmrc "$folder/"
# What was in the cache when the packages were installed here is what was tested.
(cd "$folder" && npm ci --omit=dev --prefer-offline --no-progress)
rm -rf "$folder"/node_modules/node-linux-*/include "$folder"/node_modules/node-linux-*/share "$folder/package-lock.json" "$folder/.npmrc"
tar -czf "$folder.tar.gz" --owner=0 --group=0 -C release "$name"
echo "$folder.tar.gz"
