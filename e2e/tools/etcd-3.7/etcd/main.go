// Command etcd is etcd's own server under the name that it goes by: its module
// calls the package "server".
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
