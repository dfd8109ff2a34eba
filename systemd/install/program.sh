# shellcheck shell=sh disable=SC2154,SC2034
# Part of install.sh: the release, and the program that comes of it.

clean_up() { [ -z "$unpacked" ] || rm -rf "$unpacked"; }

# Sets $release: a folder with everything that the program needs.
find_release() {
  release=$from
  if [ -f "$from" ]; then
    unpacked=$(mktemp -d)
    trap clean_up EXIT
    tar -xzf "$from" -C "$unpacked" --strip-components=1 || fail "$from cannot be unpacked"
    release=$unpacked
  fi
  release=$(cd -P -- "$release" 2>/dev/null && pwd) || fail "there is no release at $from"
  [ "$release" != "$PROGRAM" ] ||
    fail "$PROGRAM is what is installed" "Run the install.sh of a release, or name one: --from RELEASE."
  for part in bin/keyturn dist/main.js node_modules systemd/keyturn.service; do
    [ -e "$release/$part" ] ||
      fail "$release is not a release: it has no $part" "In a clone, \`npm run release\` makes one."
  done
  new_version=$("$release/bin/keyturn" --version) || fail "the program in $release does not run here"
}

# Beside the place where it will be, so that only a rename is left to do while the service is down.
stage_program() {
  rm -rf "$PROGRAM.new"
  mkdir -p "${PROGRAM%/*}" "$PROGRAM.new"
  cp -R "$release/." "$PROGRAM.new/"
  chown -R 0:0 "$PROGRAM.new"
  chmod -R u+rwX,go+rX,go-w "$PROGRAM.new"
}

swap_program() {
  rm -rf "$PROGRAM.old"
  [ ! -e "$PROGRAM" ] || mv "$PROGRAM" "$PROGRAM.old"
  mv "$PROGRAM.new" "$PROGRAM"
}

# An upgrade that was cut off between its two renames.
heal_program() {
  if [ ! -e "$PROGRAM" ] && [ -e "$PROGRAM.old" ]; then
    mv "$PROGRAM.old" "$PROGRAM"
    say "put back $PROGRAM, which an interrupted upgrade had moved away"
  fi
}

is_installed() { [ -e "$PROGRAM/bin/keyturn" ]; }
