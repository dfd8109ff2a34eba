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

here=${0%/*}
[ "$here" != "$0" ] || here=.
# shellcheck source=systemd/install/program.sh
. "$here/systemd/install/program.sh"
# shellcheck source=systemd/install/surroundings.sh
. "$here/systemd/install/surroundings.sh"
# shellcheck source=systemd/install/journal.sh
. "$here/systemd/install/journal.sh"

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

uninstall() {
  ! systemctl cat keyturn.service >/dev/null 2>&1 || systemctl disable --quiet --now keyturn.service
  rm -f "$UNITS/keyturn.service" "$UNITS"/keyturn-lockdown*@.* "$SYSUSERS" "$MAN" "$POLKIT" "$BIN/keyturn" "$BIN/rotate"
  rm -rf "$DROP_INS" "$PROGRAM" "$PROGRAM.new" "$PROGRAM.old" /var/cache/keyturn
  systemctl daemon-reload
  say "removed keyturn. Left as they are: $CONFIG, $STATE, /var/log/keyturn, $BACKUPS, and the user keyturn."
}

# No pattern, which would mean many units.
add_reload() {
  printf '%s\n' "$1" | grep -Eqx '[A-Za-z0-9:_@-][A-Za-z0-9:_.@-]*\.(service|socket|target|timer|path|mount)' ||
    misuse "--allow-reload takes a unit's name with its type, such as nginx.service"
  reloads="$reloads $1"
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

unpacked='' action=install from=$here with='' reloads='' credentials=''
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
