#!/usr/bin/env bash
# The steps of action.yml, one a call. What comes from outside arrives in
# variables and is never part of a command. khagen itself talks to nobody: go,
# git and gh do, here.
set -euo pipefail

fail() {
	printf '::error::%s\n' "$1"
	exit 1
}

# Runs a command whose output may quote what a pull request says: the runner takes no commands from it.
plainly() {
	local code=0 stop=khagen-$RANDOM$RANDOM$RANDOM$RANDOM
	echo "::stop-commands::$stop"
	"$@" 2>&1 || code=$?
	echo "::$stop::"
	return "$code"
}

# Runs a command with its output in a file; what it says beside that is in the log.
into() {
	local file=$1
	shift
	"$@" >"$file"
}

note() { printf '::notice::%s\n' "$1"; }

# Which khagen: what is on PATH, or a release.
install() {
	if [[ -n $KHAGEN_VERSION ]]; then
		command -v go >/dev/null || fail "installing khagen $KHAGEN_VERSION needs Go: add actions/setup-go before"
		export GOBIN=$RUNNER_TEMP/khagen-bin
		go install "github.com/khagen/khagen/cmd/khagen@$KHAGEN_VERSION"
		echo "$GOBIN" >>"$GITHUB_PATH"
		PATH=$GOBIN:$PATH
	fi
	command -v khagen >/dev/null || fail 'there is no khagen on PATH: install it before, or set version'
	khagen version
}

# Findings: in the log, beside the lines they concern, and for code scanning.
vet() {
	local code=0 strict=() log=$RUNNER_TEMP/khagen.sarif
	[[ $KHAGEN_STRICT != true ]] || strict=(--strict)
	plainly khagen vet ${strict[@]+"${strict[@]}"} || code=$?
	khagen vet --format sarif >"$log" 2>/dev/null || true
	jq -r '
		def data: gsub("%"; "%25") | gsub("\r"; "%0D") | gsub("\n"; "%0A");
		def property: data | gsub(":"; "%3A") | gsub(","; "%2C");
		.runs[].results[] | (.locations[0].physicalLocation // {}) as $place | "::" + .level
		+ " title=" + (.ruleId | property)
		+ if $place.region then
			",file=" + ($place.artifactLocation.uri | property) + ",line=\($place.region.startLine),col=\($place.region.startColumn // 1)"
		else "" end
		+ "::" + (.message.text | data)' "$log"
	[[ $KHAGEN_SARIF != true || ! -s $log ]] || upload "$log" # empty where khagen could not begin
	return "$code"
}

# Code scanning takes a zipped log for one commit. A pull request of a fork may not write, and not every repository has code scanning.
upload() {
	gzip -c "$1" | base64 | tr -d '\n' >"$RUNNER_TEMP/khagen.sarif.gz"
	gh api --silent "repos/$GITHUB_REPOSITORY/code-scanning/sarifs" \
		-f commit_sha="$GITHUB_SHA" -f ref="$GITHUB_REF" -F sarif=@"$RUNNER_TEMP/khagen.sarif.gz" ||
		note 'code scanning took no findings: a fork may not write, and the job needs the permission security-events: write'
}

check() {
	local code=0
	plainly khagen build --check || code=$?
	((code != 1)) || fail 'the trees are not what the definitions say: run khagen build and commit out/'
	return "$code"
}

# What to compare with. The commits that this needs are fetched here: khagen fetches nothing.
base() {
	case $GITHUB_EVENT_NAME in
	pull_request)
		# What was checked out is the merge of the pull request, unless the workflow wanted something else.
		if [[ $(git rev-parse HEAD) == "$GITHUB_SHA" ]]; then
			have 'HEAD^1' || fetch --depth=2 origin "$GITHUB_SHA"
			git rev-parse --verify --quiet 'HEAD^1'
		else
			[[ $(git rev-parse --is-shallow-repository) == false ]] || fetch --unshallow origin
			fetch origin "refs/heads/$GITHUB_BASE_REF"
			git merge-base FETCH_HEAD HEAD
		fi
		;;
	merge_group) commit_of .merge_group.base_sha ;;
	push) commit_of .before ;;
	esac
}

have() { git cat-file -e "$1^{commit}" 2>/dev/null; }

fetch() { git fetch --quiet --no-tags --no-recurse-submodules "$@" >&2; }

# The commit that the event names, or nothing where there is none (any more).
commit_of() {
	local commit
	commit=$(jq -r "$1 // empty" "$GITHUB_EVENT_PATH")
	if [[ ! $commit =~ ^[0-9a-f]{40,64}$ || $commit =~ ^0*$ ]]; then
		return
	fi
	have "$commit" || fetch --depth=1 origin "$commit" || return 0
	echo "$commit"
}

# The comparison: in the job's summary, and as a comment.
diff() {
	local code=0 changed=false against=$KHAGEN_AGAINST file=$RUNNER_TEMP/khagen-diff.md
	if [[ -z $against ]]; then
		against=$(base) || fail 'the commit to compare with is not there: give actions/checkout fetch-depth: 0'
	fi
	if [[ -z $against ]]; then
		note 'nothing to compare with: this is no pull request, and no push onto a commit'
		return
	fi
	plainly into "$file" khagen diff --against "$against" --format markdown || code=$?
	((code < 2)) || return "$code"
	# What has a risk above none reaches hosts: all but READMEs and the like.
	((code == 0)) || khagen diff --against "$against" --max-risk none >/dev/null 2>&1 || changed=true
	cat "$file" >>"$GITHUB_STEP_SUMMARY"
	{
		echo "against=$against"
		echo "diff=$file"
		echo "changed=$changed"
	} >>"$GITHUB_OUTPUT"
	if [[ $KHAGEN_COMMENT == true && $GITHUB_EVENT_NAME == pull_request ]]; then
		comment "$file" "$changed" ||
			note 'no comment: a fork may not write, and the job needs the permission pull-requests: write; see the summary of the job'
	fi
}

# One comment for each folder, written anew for each push. Where nothing reaches hosts there need be none.
comment() {
	local file=$1 changed=$2 number id marker="<!-- khagen: $KHAGEN_DIRECTORY -->" body=$RUNNER_TEMP/khagen-comment.md
	number=$(jq -r .pull_request.number "$GITHUB_EVENT_PATH")
	{
		echo "$marker"
		cat "$file"
	} >"$body"
	# shellcheck disable=SC2016 # the variables are GraphQL's
	gh api graphql --paginate -F number="$number" -f owner="${GITHUB_REPOSITORY%%/*}" -f name="${GITHUB_REPOSITORY#*/}" -f query='
		query($owner: String!, $name: String!, $number: Int!, $endCursor: String) {
			repository(owner: $owner, name: $name) { pullRequest(number: $number) {
				comments(first: 100, after: $endCursor) {
					nodes { databaseId viewerDidAuthor body }
					pageInfo { hasNextPage endCursor }
				}
			} }
		}' >"$RUNNER_TEMP/khagen-comments.json" || return
	id=$(jq -rs --arg marker "$marker" '
		[.[].data.repository.pullRequest.comments.nodes[] | select(.viewerDidAuthor and (.body | startswith($marker))) | .databaseId][0] // empty
		' "$RUNNER_TEMP/khagen-comments.json") || return
	if [[ -n $id ]]; then
		gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" -F body=@"$body"
	elif [[ $changed == true ]]; then
		gh api --silent "repos/$GITHUB_REPOSITORY/issues/$number/comments" -F body=@"$body"
	fi
}

policy() {
	local code=0 flags=()
	[[ -z $KHAGEN_MAX_RISK ]] || flags+=(--max-risk "$KHAGEN_MAX_RISK")
	[[ -z $KHAGEN_FORBID ]] || flags+=(--forbid "$KHAGEN_FORBID")
	plainly into /dev/null khagen diff --against "$KHAGEN_AGAINST" ${flags[@]+"${flags[@]}"} || code=$?
	((code != 1)) || fail 'the change does more than the policy lets pass: split it, or have someone who may raise the policy do so'
	return "$code"
}

"$1"
