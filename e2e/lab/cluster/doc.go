// Package cluster brings clusters to a lab the way users do: a definition is rendered and its certificates are issued into a
// folder, as khagen build and khagen pki init do, and the playbooks in that folder go to the lab's hosts by ssh. Nothing of
// what was rendered is changed.
package cluster
