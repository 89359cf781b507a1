#!/usr/bin/env bash
# Installs the programs that read rendered files, so that the tests can ask
# them. Needs root and apt-get; without them it says what is missing, and the
# tests that need it are skipped. With CI=true a missing program is a failure.
set -euo pipefail

packages=(
	ansible-core ansible-lint curl git haproxy iproute2 jq keepalived
	libnginx-mod-stream nginx openssl python3-jinja2 python3-yaml shellcheck
	systemd util-linux
)
if [[ ${1:-} == lab ]]; then
	packages+=(debootstrap mount openssh-client systemd-container)
	# Programs of hosts that watch files all count as this machine's root, until it boots again.
	watchers=/proc/sys/fs/inotify/max_user_instances
	if ((EUID == 0 && $(<$watchers) < 512)); then echo 512 >$watchers; fi
fi

# What the clones on a machine share: programs, hosts' image, what tests have accepted. All of it is told apart by what it is made of.
kept=${XDG_CACHE_HOME:-$HOME/.cache}/khagen-e2e
here=$(dirname "$0")/.cache
if [[ ! -e $here/shared ]]; then
	mkdir -p "$kept" "$here"
	ln -sfn "$kept" "$here/shared"
fi

if ! { command -v apt-get && command -v dpkg-query; } >/dev/null; then
	echo "setup: no apt-get here; tests are skipped whose program is missing of: ${packages[*]}" >&2
	exit 0
fi

missing=()
for package in "${packages[@]}"; do
	status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
	[[ $status == installed* ]] || missing+=("$package")
done
((${#missing[@]})) || exit 0

if ((EUID != 0)); then
	echo "setup: tests that need these are skipped; to have them run: apt-get install --no-install-recommends ${missing[*]}" >&2
	[[ ${CI:-} != true ]]
	exit
fi

# The daemons must not start. Init scripts heed RUNLEVEL. A running systemd
# does not, so there the two commands that packages start daemons with do
# nothing, in a mount namespace that ends with the installation.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
apply=()
if [[ -d /run/systemd/system ]]; then
	# shellcheck disable=SC2016 # expanded by the inner shell
	apply=(unshare --mount bash -euc '
		for starter in invoke-rc.d deb-systemd-invoke; do
			mount --bind /bin/true "$(command -v "$starter")"
		done
		exec "$@"' --)
fi
apt-get update --quiet=2
"${apply[@]}" apt-get install --quiet=2 --yes --no-install-recommends "${missing[@]}"
