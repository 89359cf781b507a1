// Package rollout orders a change: in come two snapshots of a cluster and the plan between them, out go the waves in which
// hosts take it without losing the API or etcd's quorum, or the reason why no order is safe.
package rollout
