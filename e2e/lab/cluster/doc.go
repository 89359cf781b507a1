// Package cluster brings clusters to a lab the way users do: a definition is rendered and its certificates are issued into a
// folder, as khagen build and khagen pki init do, and the playbooks in that folder go to the lab's hosts by ssh. What the
// lab's hosts need of a definition stands beside it in a file of its own, as users adapt theirs; nothing of what was rendered
// is changed.
package cluster
