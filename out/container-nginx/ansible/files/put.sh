#!/bin/sh
# Puts files on a host. In: $due, actions with their phases, a line each; $files, lines of path and owner; $folders, for files that
# come by other ways; on standard input the archive that pack.py made of $files. The actions are on record before the first file
# changes: a run that ends in between leaves them to the next.
set -eu
: "${due?}" "${files?}" "${folders?}"
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
umask 022
if [ -n "$due" ]; then
  mkdir -p /var/lib/khagen
  # Beside it and then renamed: half a line, where the disk is full, would spoil the next one.
  record=/var/lib/khagen/due
  { [ ! -e "$record" ] || cat "$record"; printf '%s\n' "$due"; } >"$record.new"
  mv "$record.new" "$record"
fi
if [ -n "$folders" ]; then
  printf '%s\n' "$folders" | xargs mkdir -p --
fi
[ -n "$files" ] || exit 0
base64 --decode | tar --extract --gzip --preserve-permissions --directory=/
printf '%s\n' "$files" | while read -r path owner; do
  new=${path%/*}/.${path##*/}.khagen
  [ "$owner" = root:root ] || chown --no-dereference "$owner" "$new"
  mv --force --no-target-directory "$new" "$path"
done
if command -v restorecon >/dev/null; then
  printf '%s\n' "$files" | cut -d' ' -f1 | xargs restorecon -F
fi
