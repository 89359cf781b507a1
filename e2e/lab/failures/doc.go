// Package failures lets failures happen to a cluster that runs in a lab, and tells what clients notice.
//
// In comes a System: a lab with a cluster on it, its topology, and how a client logs in. Meanwhile a probe reads /readyz every
// 20 ms on connections of its own, and a Writer creates objects on one that it keeps, as clients of Kubernetes do. Faults
// derives from the topology what can fail, where, and how long clients may notice; Run does and undoes each.
//
// Out come Figures: how long nobody got an answer, how long no write was acknowledged, who had the virtual address, and
// whether every acknowledged write is still there. They are data that e2e/lab/report makes the tables of docs/resilience.md from.
package failures
