# shellcheck shell=sh disable=SC2154,SC2034
# Part of install.sh: what a program needs around it: user, unit, drop-ins, credentials, configuration, polkit's rule.

# Of whichever program is in place: also on the way back.
install_surroundings() {
  mkdir -p "$UNITS" "$DROP_INS" "${SYSUSERS%/*}" "${MAN%/*}" "$BIN"
  cp "$PROGRAM/systemd/sysusers.conf" "$SYSUSERS"
  systemd-sysusers "$SYSUSERS"
  cp "$PROGRAM/systemd/keyturn.service" "$UNITS/keyturn.service"
  cp "$PROGRAM"/systemd/keyturn-lockdown*@.* "$UNITS/"
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
  cat >>"$draft/adapted.yaml" <<'YAML'

# The sockets get the groups keyturn-operators and keyturn-viewers from the unit.
control: { operator: /run/keyturn/operator.sock, viewer: /run/keyturn/viewer.sock }
http: { listen: "127.0.0.1:9464" } # /healthz and /readyz
YAML
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
