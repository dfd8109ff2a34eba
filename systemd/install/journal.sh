# shellcheck shell=sh disable=SC2154,SC2034
# Part of install.sh: a copy of the journal before an upgrade, and what is to be done with it on the way back.

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
