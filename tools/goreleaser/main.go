// Command goreleaser reads .goreleaser.yaml as goreleaser does, strictly, and says what is wrong with it. goreleaser
// itself has many times the dependencies: only the release compiles it.
package main

import (
	"fmt"
	"os"

	"github.com/goreleaser/goreleaser/v2/pkg/config"
)

func main() {
	project, err := config.Load(os.Args[1])
	if err == nil && len(project.Builds) == 0 {
		err = fmt.Errorf("%s builds nothing", os.Args[1])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
