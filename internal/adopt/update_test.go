package adopt

import "flag"

// Update is for both packages of tests.
var Update = flag.Bool("update", false, "rewrite the goldens in testdata")
