package salt_test

import "regexp"

var placeholder = regexp.MustCompile(`\{\{ khagen_secrets\['([a-z][a-z0-9_]*)'\] \}\}`)
