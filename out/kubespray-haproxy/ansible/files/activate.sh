#!/bin/sh
# Does what is due on a host for $phases, in their order, and prints each action that is done. In: $units, those to enable;
# $together, those that wait for their like on other hosts; $leaves, not empty on a host that leaves, where what stopped stays so.
# /var/lib/khagen/due has what is due: a line with phase and action, which goes when that is done.
set -u
: "${phases?}" "${units?}" "${together?}" "${leaves?}"
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
record=/var/lib/khagen/due

# done_with takes the lines of an action off the record, in all phases that are asked for. grep says 1 where no line is left, and
# more where it couldn't read or write: then the record stays as it is.
done_with() {
  for phase in $phases; do echo "$phase $1"; done |
    grep --invert-match --line-regexp --fixed-strings --file=- "$record" >"$record.new"
  if [ $? -gt 1 ]; then
    rm -f "$record.new"
    return 1
  fi
  mv "$record.new" "$record"
}

# container prints the id of the container of a static pod.
container() {
  crictl ps --quiet --state Running --name "^$1\$"
}

# pod ends the container of a static pod, or sends HUP to its process. Where no kubelet was ever set up, none runs: kubeadm writes the
# first two, and any kubelet makes the last.
pod() {
  [ -e /var/lib/kubelet/config.yaml ] || [ -e /etc/kubernetes/kubelet.conf ] || [ -e /var/lib/kubelet/pods ] || return 0
  id=$(container "$2") || return
  [ -n "$id" ] || return 0
  case $1 in
    restart) crictl stop "$id" >/dev/null ;;
    signal)
      process=$(crictl inspect --output go-template --template '{{.info.pid}}' "$id") && kill -HUP "$process"
      ;;
  esac
}

act() {
  case $1 in
    daemon-reload) systemctl daemon-reload ;;
    sysusers) systemd-sysusers ;;
    modules) systemctl restart systemd-modules-load.service ;;
    sysctl) sysctl --quiet --system ;;
    try-restart) systemctl try-restart "$2" ;;
    reload) systemctl "${leaves:+try-}reload-or-restart" "$2" ;;
    restart | signal)
      case " $together " in
        *" $2 "*) systemctl "${leaves:+try-}restart" --no-block "$2" ;;
        *)
          case $2 in
            *.*) systemctl "${leaves:+try-}restart" "$2" ;;
            *) pod "$1" "$2" ;;
          esac
          ;;
      esac
      ;;
    *) echo "no such action" >&2; return 1 ;;
  esac
}

# todo prints the actions of the phases, once each: systemd reads its units, users come before what belongs to them, modules
# before parameters of theirs, and keepalived after the balancer that it watches. Where a unit restarts, it needs no reload.
todo() {
  [ -e "$record" ] || return 0
  sorted=$(awk -v phases="$phases" '
    BEGIN { count = split(phases, order, " "); for (i = 1; i <= count; i++) at[order[i]] = i }
    $1 in at { action = $2 (NF > 2 ? " " $3 : ""); if (!(action in first) || at[$1] < first[action]) first[action] = at[$1] }
    END {
      split("daemon-reload sysusers modules sysctl", early, " "); for (i in early) rank[early[i]] = i
      for (action in first) {
        split(action, word, " ")
        if (word[1] == "reload" && ("restart " word[2]) in first) continue
        r = word[1] in rank ? rank[word[1]] : (word[2] ~ /keepalived/ ? 6 : 5)
        print (r == 1 ? 0 : first[action]), r, action
      }
    }' "$record") || return
  printf '%s\n' "$sorted" | sort -k1,1n -k2,2n -k4,4 | cut -d' ' -f3-
}

if ! actions=$(todo); then
  echo "$record can't be read" >&2
  exit 1
fi
printf '%s\n' "$actions" | {
  enabled=
  while :; do
    read -r verb unit || verb=
    if [ "$verb" != daemon-reload ] && [ -z "$enabled" ]; then
      # The units are known now.
      enabled=yes
      if [ -n "$units" ]; then
        # shellcheck disable=SC2086 # one argument a line
        new=$(systemctl list-unit-files --no-legend --no-pager --plain $units | awk '$2 == "disabled" { print $1 }')
        if [ -n "$new" ]; then
          # shellcheck disable=SC2086
          systemctl --quiet enable $new </dev/null || exit 1
          for name in $new; do echo "enable $name"; done
        fi
      fi
    fi
    [ -n "$verb" ] || break
    action=$verb${unit:+ $unit}
    if ! act "$verb" "$unit" </dev/null; then
      echo "$action: failed; it stays due" >&2
      exit 1
    fi
    echo "$action"
    if ! done_with "$action" || { [ "$verb" = restart ] && ! done_with "reload $unit"; }; then
      echo "$action: done, but $record can't be written; it stays due" >&2
      exit 1
    fi
  done
}
