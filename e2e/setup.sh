#!/usr/bin/env bash
# Makes the folder of what clones share, and installs the programs that read rendered
# files, so that the tests can ask them. That needs root and apt-get; without them it
# says what is missing, and the tests that need it are skipped. With CI=true a missing
# program is a failure.
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

# The clones on a machine share what takes long: programs, hosts' image, what tests have accepted. All of it goes by what it is made of.
here=$(dirname "$0")/.cache
mkdir -p "$here"
if [[ ! -e $here/shared ]]; then
	rm -f "$here/shared" # a link to what was removed
	caches=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
	if [[ $caches == /* ]] && mkdir -p "$caches/khagen-e2e" 2>/dev/null; then
		ln -s "$caches/khagen-e2e" "$here/shared"
	else
		echo "setup: no home for what clones share; this one keeps for itself what it builds" >&2
		mkdir "$here/shared"
	fi
fi

# Programs that this clone uses are in use; others go after a month. One that is being built is younger than a day.
for programs in "$here"/bin/*/; do
	[[ ! -d $programs ]] || touch "$programs"
done
{
	find "$here/shared/programs/" -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -rf {} +
	find "$here/shared/programs/" -mindepth 2 -maxdepth 2 -name '.partial-*' -mtime +1 -exec rm -rf {} +
} 2>/dev/null || true

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
