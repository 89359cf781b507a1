#!/bin/sh
# Says how things stand on a host, a fact a line; it changes nothing. In: lists with a line each: $files, $blocks and $programs are paths,
# $units the names of systemd's. Few processes, however many files there are.
set -u
: "${files?}" "${blocks?}" "${programs?}" "${units?}" "${ca?}"
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
{
  printf '%s\n' "$files" "$programs" | tr '\n' '\0' |
    xargs -0 stat --printf='here %n\nstat %f %U:%G %n\nstat %f %u:%g %n\n' --
  printf '%s\n' "$files" | tr '\n' '\0' | xargs -0 sha256sum -- | sed 's/^/sum /'
} 2>/dev/null
for path in $blocks; do
  sum=$(sed -n '/^# BEGIN khagen$/,/^# END khagen$/p' "$path" 2>/dev/null | sha256sum)
  echo "block ${sum%% *} $path"
done
if [ -n "$units" ]; then
  # shellcheck disable=SC2086 # one argument a line
  systemctl list-unit-files --no-legend --no-pager --plain $units | sed 's/^/unit /'
  # shellcheck disable=SC2086
  systemctl is-active $units | sed 's/^/active /'
fi
for program in crictl haproxy keepalived kubeadm nginx; do
  path=$(command -v "$program") && echo "have $program $path"
done
[ -e "$ca" ] && echo "have ca $ca"
ip -oneline address show 2>/dev/null | awk '{ sub("/.*", "", $4); print "address", $4 }'
[ -e /var/lib/khagen/due ] && sed 's/^/due /' /var/lib/khagen/due
true
