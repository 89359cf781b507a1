package overlay_test

import "flag"

var update = flag.Bool("update", false, "rewrite the goldens in testdata")
