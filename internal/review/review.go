// Package review says in the words of the system what the change from one tree to another means: in come two snapshots of a
// cluster and the plan between them, out go a Review with its grade of risk, and its forms for terminals, pull requests and
// machines.
package review
