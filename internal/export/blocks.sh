#!/bin/sh
# Rendered by khagen. Brings each file below blocks/ beside this script into the file at its path that others own, such as
# /etc/hosts: in place of what stands between its first and its last line there, else at the end. A second run changes
# nothing. In an image that is mounted it changes the image's files.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=${here%/usr/share/khagen}
new=$(mktemp)
trap 'rm -f "$new"' EXIT
find "$here/blocks" -type f | LC_ALL=C sort | while IFS= read -r block; do
	target=$root${block#"$here/blocks"}
	[ -e "$target" ] || : >"$target"
	if ! awk -v block="$block" '
		function put(line) {
			while ((getline line < block) > 0) print line
			close(block)
			done = 1
		}
		$0 == "# BEGIN khagen" { if (!done) put(); inside = 1; next }
		inside { if ($0 == "# END khagen") inside = 0; next }
		{ print }
		END { if (inside) exit 1; if (!done) put() }
	' "$target" >"$new"; then
		echo "$target: has a line \"# BEGIN khagen\" and none \"# END khagen\" behind it: nothing was changed" >&2
		exit 1
	fi
	cmp -s "$new" "$target" || cat "$new" >"$target" # into the same file: owner, mode and label stay
done
