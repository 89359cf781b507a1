// Package cgroups finds the control groups that this process is in, on Linux, and removes those that tests made below
// them. They are the only thing of a test's hosts that doesn't end with its namespaces.
package cgroups
