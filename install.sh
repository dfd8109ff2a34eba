#!/bin/sh
# Installs, upgrades and removes keyturn as a service of systemd, from the release in which this file is. Needs no network.
set -eu
umask 022

PROGRAM=/usr/local/lib/keyturn
UNITS=/usr/local/lib/systemd/system
DROP_INS=$UNITS/keyturn.service.d
SYSUSERS=/usr/local/lib/sysusers.d/keyturn.conf
MAN=/usr/local/share/man/man1/keyturn.1
BIN=/usr/local/bin
CONFIG=/etc/keyturn
CREDENTIALS=$CONFIG/credentials
POLKIT=/etc/polkit-1/rules.d/50-keyturn.rules
STATE=/var/lib/keyturn
BACKUPS=/var/backups/keyturn
KEEP_BACKUPS=3

usage() {
  cat <<'USAGE'
Usage: install.sh [OPTION…]              installs keyturn, or upgrades it
       install.sh --upgrade [OPTION…]    the same, and refuses where there is nothing to upgrade
       install.sh --uninstall            removes the program; configuration, state and logs stay

  --from RELEASE        the release's folder or its .tar.gz (default: where this file is)
  --with NAME[,NAME…]   rights beyond the least: docker, files, signals, exec (see docs/install.md)
  --credential FILE     copies FILE to /etc/keyturn/credentials, and gives it to the service
  --allow-reload UNIT   lets keyturn reload that unit (polkit; goes with --with exec)

An upgrade checks the configuration with the new program, stops the service, backs its journal up, starts the new program
and waits until it is ready. If it does not become ready, the program of before comes back.
USAGE
}

say() { printf '%s\n' "$*"; }

# fail MESSAGE [HINT]
fail() {
  printf 'install.sh: %s\n' "$1" >&2
  [ $# -lt 2 ] || printf 'install.sh: %s\n' "$2" >&2
  exit 1
}

misuse() {
  printf 'install.sh: %s\nTry install.sh --help.\n' "$1" >&2
  exit 2
}

# --- the release ---------------------------------------------------------------------------------------------------

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

# --- what surrounds it ---------------------------------------------------------------------------------------------

# Of whichever program is in place: also on the way back.
install_surroundings() {
  mkdir -p "$UNITS" "$DROP_INS" "${SYSUSERS%/*}" "${MAN%/*}" "$BIN"
  cp "$PROGRAM/systemd/sysusers.conf" "$SYSUSERS"
  systemd-sysusers "$SYSUSERS"
  cp "$PROGRAM/systemd/keyturn.service" "$UNITS/keyturn.service"
  for name in docker files signals exec; do
    ! wants "$name" || cp "$PROGRAM/systemd/drop-ins/$name.conf" "$DROP_INS/$name.conf"
  done
  write_credentials_drop_in
  ln -sf "$PROGRAM/bin/keyturn" "$BIN/keyturn"
  ln -sf "$PROGRAM/bin/rotate" "$BIN/rotate"
  "$PROGRAM/bin/keyturn" man >"$MAN"
  systemctl daemon-reload
}

# Asked for now, or at an earlier time.
wants() {
  case ",$with," in *",$1,"*) return 0 ;; esac
  [ -e "$DROP_INS/$1.conf" ]
}

# The folder is root's alone. systemd hands each of its files to the service; it must know their names.
write_credentials_drop_in() {
  {
    say "# Written by install.sh from what is in $CREDENTIALS. After a change there, run it again."
    say "[Service]"
    for file in "$CREDENTIALS"/*; do
      name=${file##*/}
      [ ! -f "$file" ] || [ "$name" = seal.key ] || say "LoadCredential=$name:$file"
    done
  } >"$DROP_INS/credentials.conf"
}

add_credentials() {
  mkdir -p "$CONFIG"
  [ -d "$CREDENTIALS" ] || mkdir -m 0700 "$CREDENTIALS"
  printf '%s' "$credentials" | while IFS= read -r file; do
    install -m 0600 "$file" "$CREDENTIALS/${file##*/}"
    say "copied ${file##*/} to $CREDENTIALS"
  done
}

# What `keyturn init` writes, with its paths in the places that the unit provides.
write_configuration() {
  [ ! -e "$CONFIG/keyturn.yaml" ] || return 0
  draft=$(mktemp -d)
  "$PROGRAM/bin/keyturn" init "$draft" >/dev/null
  # The braces are for keyturn to expand.
  # shellcheck disable=SC2016
  sed -e 's|\./state\( .*\)\{0,1\}$|/var/lib/keyturn # the journal|' \
    -e 's|\./\(seal\.key\)|${CREDENTIALS_DIRECTORY:-/etc/keyturn/credentials}/\1|' \
    -e 's|{ certificateFile: \./\(entra\.pem\) }|{ certificateFile: "${CREDENTIALS_DIRECTORY:-/etc/keyturn/credentials}/\1" }|' \
    "$draft/keyturn.yaml" >"$draft/adapted.yaml"
  mkdir -p "$CONFIG/schedules"
  for file in "$draft/schedules"/*; do
    [ -e "$CONFIG/schedules/${file##*/}" ] || cp "$file" "$CONFIG/schedules/"
  done
  [ -e "$CREDENTIALS/seal.key" ] || install -m 0600 "$draft/seal.key" "$CREDENTIALS/seal.key"
  cp "$draft/adapted.yaml" "$CONFIG/keyturn.yaml"
  rm -rf "$draft"
  say "wrote $CONFIG/keyturn.yaml, $CONFIG/schedules and $CREDENTIALS/seal.key"
}

allow_reloads() {
  [ -n "$reloads" ] || return 0
  [ -d "${POLKIT%/*}" ] || fail "polkit is not installed: there is no ${POLKIT%/*}" "apt install polkitd"
  [ -e "$POLKIT" ] || install -m 0644 "$PROGRAM/systemd/50-keyturn.rules" "$POLKIT"
  for unit in $reloads; do
    grep -qF "    \"$unit\"," "$POLKIT" || sed -i "s|^  var units = \[\$|&\n    \"$unit\",|" "$POLKIT"
    grep -qF "    \"$unit\"," "$POLKIT" || fail "$POLKIT has no list of units to add $unit to"
    say "keyturn may reload $unit"
  done
}

# --- install and upgrade -------------------------------------------------------------------------------------------

deploy() {
  heal_program
  [ "$action" != upgrade ] || is_installed || fail "keyturn is not installed here" "Run install.sh without --upgrade."
  find_release
  if is_installed; then upgrade; else install_first; fi
}

install_first() {
  say "installing keyturn $new_version"
  stage_program
  swap_program
  add_credentials
  write_configuration
  install_surroundings
  allow_reloads
  systemctl enable --quiet keyturn.service
  say "installed keyturn $new_version in $PROGRAM"
  say "Next: fill in $CONFIG, then \`keyturn config check\` and \`systemctl start keyturn\`."
}

upgrade() {
  old_version=$("$PROGRAM/bin/keyturn" --version 2>/dev/null) || old_version=unknown
  say "upgrading keyturn $old_version to $new_version"
  was_active=no
  ! systemctl is-active --quiet keyturn.service || was_active=yes
  [ "$was_active" = no ] || check_configuration
  stage_program
  # From here to the end nobody is left with half an upgrade: what fails leads back.
  trap '' HUP INT TERM
  systemctl stop keyturn.service
  save_journal
  trap go_back EXIT
  swap_program
  add_credentials
  write_configuration
  install_surroundings
  start_again
  trap clean_up EXIT
  allow_reloads
  rm -rf "$PROGRAM.old"
  say "upgraded keyturn to $new_version"
}

check_configuration() {
  "$release/bin/keyturn" --config "$CONFIG/keyturn.yaml" config check >/dev/null ||
    fail "keyturn $new_version does not accept the configuration; nothing was changed" "Correct it, then try again."
}

# Type=notify: returns once the daemon has said that it is ready, or has failed to.
start_again() { [ "$was_active" = no ] || systemctl start keyturn.service; }

go_back() {
  trap clean_up EXIT
  say "keyturn $new_version did not become ready; going back to $old_version" >&2
  journalctl --quiet --no-pager --unit keyturn.service --lines 10 --output cat >&2 || :
  systemctl stop keyturn.service || :
  mv "$PROGRAM" "$PROGRAM.new"
  mv "$PROGRAM.old" "$PROGRAM"
  install_surroundings
  restore_journal
  rm -rf "$PROGRAM.new"
  start_again || fail "keyturn $old_version does not start either" "See: journalctl -u keyturn"
  fail "keyturn $new_version did not become ready, so keyturn $old_version is back" "See: journalctl -u keyturn"
}

# --- the journal ---------------------------------------------------------------------------------------------------

# journal_copy ACTION: with the Node.js that runs the program.
journal_copy() {
  node=$(echo "$PROGRAM"/node_modules/node-linux-*/bin/node)
  [ -x "$node" ] || node=node
  "$node" --disable-warning=ExperimentalWarning "$release/systemd/journal-copy.mjs" "$1" "$STATE/journal.db" "$backup/journal.db"
}

# Sets $backup; empty when there is nothing yet.
save_journal() {
  backup=
  if [ ! -e "$STATE/journal.db" ]; then
    say "no journal in $STATE: nothing to back up"
    return 0
  fi
  backup=$BACKUPS/$(date -u +%Y%m%dT%H%M%SZ)-$old_version
  (umask 077 && mkdir -p "$backup")
  if ! (umask 077 && journal_copy save); then
    start_again || :
    fail "the journal could not be backed up to $backup; nothing was changed"
  fi
  say "backed the journal up to $backup"
  # A back-up holds the keys of versions that have been erased since. So there are few of them.
  # shellcheck disable=SC2012
  ls -1dr "$BACKUPS"/*/ | tail -n "+$((KEEP_BACKUPS + 1))" | while IFS= read -r old; do rm -rf "$old"; done
}

# A record that is taken back is a credential that nobody knows of. So the journal stays as it is, unless the program of
# before could not read it, and nothing but its form has changed.
restore_journal() {
  [ -n "$backup" ] || return 0
  case $(journal_copy compare) in
    same-format) ;;
    reformatted)
      rm -f "$STATE/journal.db-wal" "$STATE/journal.db-shm"
      cp "$backup/journal.db" "$STATE/journal.db"
      say "restored the journal from $backup" >&2
      ;;
    *)
      fail "keyturn $new_version has changed the journal's form and recorded work in it: $old_version cannot go on, and is stopped" \
        "Install a release of $new_version that runs. The journal of before is in $backup."
      ;;
  esac
}

# --- uninstall -----------------------------------------------------------------------------------------------------

uninstall() {
  ! systemctl cat keyturn.service >/dev/null 2>&1 || systemctl disable --quiet --now keyturn.service
  rm -f "$UNITS/keyturn.service" "$SYSUSERS" "$MAN" "$POLKIT" "$BIN/keyturn" "$BIN/rotate"
  rm -rf "$DROP_INS" "$PROGRAM" "$PROGRAM.new" "$PROGRAM.old" /var/cache/keyturn
  systemctl daemon-reload
  say "removed keyturn. Left as they are: $CONFIG, $STATE, /var/log/keyturn, $BACKUPS, and the user keyturn."
}

# --- arguments -----------------------------------------------------------------------------------------------------

add_reload() {
  case $1 in
    '' | *[!A-Za-z0-9:_.@-]* | .* | [!.]*[!a-z]) misuse "--allow-reload takes a unit's name with its type, such as nginx.service" ;;
    *.*) reloads="$reloads $1" ;;
    *) misuse "--allow-reload takes a unit's name with its type, such as nginx.service" ;;
  esac
}

add_with() {
  for name in $(printf '%s' "$1" | tr , ' '); do
    case $name in
      docker | files | signals | exec) with=$with,$name ;;
      *) misuse "--with knows docker, files, signals and exec, not $name" ;;
    esac
  done
}

add_credential() {
  [ -f "$1" ] || fail "there is no file $1"
  credentials="$credentials$1
"
}

unpacked='' action=install from=${0%/*} with='' reloads='' credentials=''
[ "$from" != "$0" ] || from=.
while [ $# -gt 0 ]; do
  case $1 in
    --from | --with | --credential | --allow-reload) [ $# -ge 2 ] || misuse "$1 needs a value" ;;
  esac
  case $1 in
    --help | -h) usage && exit 0 ;;
    --upgrade) action=upgrade ;;
    --uninstall) action=uninstall ;;
    --from) from=$2 && shift ;;
    --with) add_with "$2" && shift ;;
    --credential) add_credential "$2" && shift ;;
    --allow-reload) add_reload "$2" && shift ;;
    *) misuse "unknown argument $1" ;;
  esac
  shift
done

[ "$(id -u)" = 0 ] || fail "must be run by root"
[ -d /run/systemd/system ] || fail "systemd does not run here" "In a container, use the Dockerfile."
command -v perl >/dev/null || fail "perl is missing" "apt install perl-base"

case $action in
  uninstall) uninstall ;;
  *) deploy ;;
esac
