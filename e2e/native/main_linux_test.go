// Package native asks the programs that read rendered files whether they accept them: in goes the tree in out/, each
// host's files in a sandbox at their absolute paths; a test fails where a program refuses one.
package native

import (
	"os"
	"testing"

	"github.com/khagen/khagen/e2e/sandbox"
)

func TestMain(m *testing.M) { os.Exit(sandbox.Run(m.Run)) }
