package upstream

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Components whose flags are known here.
const (
	APIServer         = "kube-apiserver"
	ControllerManager = "kube-controller-manager"
	Scheduler         = "kube-scheduler"
	Kubelet           = "kubelet"
	Etcd              = "etcd"
)

// life is when a program knows a flag: minor versions of Kubernetes, or of etcd 3.
type life struct {
	added   int    // 0: older than all that khagen knows
	removed int    // first that refuses it; 0: none
	instead string // what took its place
}

const (
	never = -1 // no version had the flag, but old instructions show it
	gone  = -2 // removed long ago, before all versions that khagen knows
)

// everywhere are flags of klog that all components of Kubernetes lost together.
// Source: CHANGELOG-1.26.md.
var everywhere = map[string]life{
	"add-dir-header":    {removed: 26},
	"alsologtostderr":   {removed: 26, instead: "nothing: the log goes to standard error, and so to kubectl logs or the journal"},
	"log-backtrace-at":  {removed: 26},
	"log-dir":           {removed: 26, instead: "nothing: the log goes to standard error, and so to kubectl logs or the journal"},
	"log-file":          {removed: 26, instead: "nothing: the log goes to standard error, and so to kubectl logs or the journal"},
	"log-file-max-size": {removed: 26},
	"logtostderr":       {removed: 26, instead: "nothing: the log goes to standard error, and so to kubectl logs or the journal"},
	"one-output":        {removed: 26},
	"skip-headers":      {removed: 26},
	"skip-log-headers":  {removed: 26},
	"stderrthreshold":   {removed: 26},
}

// lives by component. Sources: CHANGELOG-1.19.md to CHANGELOG-1.37.md; the options packages of cmd/kube-apiserver,
// cmd/kube-controller-manager, cmd/kube-scheduler, cmd/kubelet and k8s.io/apiserver, cloud-provider, component-base of
// 1.28 to 1.37; server/etcdmain of etcd 3.5 to 3.7.
var lives = map[string]map[string]life{
	APIServer: {
		"address":                                     {removed: 24, instead: "secure-port, which khagen sets"},
		"allow-metric-labels-manifest":                {added: 29},
		"authentication-config":                       {added: 29},
		"authorization-config":                        {added: 29},
		"basic-auth-file":                             {removed: 19, instead: "client certificates or OIDC"},
		"cloud-config":                                {removed: 33, instead: "a cloud controller manager"},
		"cloud-provider":                              {removed: 33, instead: "a cloud controller manager"},
		"cloud-provider-gce-lb-src-cidrs":             {removed: 31},
		"coordinated-leadership-lease-duration":       {added: 34},
		"coordinated-leadership-renew-deadline":       {added: 34},
		"coordinated-leadership-retry-period":         {added: 34},
		"disable-http2-serving":                       {added: 31},
		"emulated-version":                            {added: 31},
		"emulation-forward-compatible":                {added: 33},
		"enable-swagger-ui":                           {removed: gone},
		"insecure-bind-address":                       {removed: 24, instead: "TLS on kubernetes.apiServer.port"},
		"insecure-port":                               {removed: 24, instead: "TLS on kubernetes.apiServer.port"},
		"kubelet-https":                               {removed: 22, instead: "nothing: it is always on"},
		"log-text-info-buffer-size":                   {added: 30},
		"log-text-split-stream":                       {added: 30},
		"min-compatibility-version":                   {added: 35},
		"port":                                        {removed: 24, instead: "TLS on kubernetes.apiServer.port"},
		"requestheader-uid-headers":                   {added: 32},
		"runtime-config-emulation-forward-compatible": {added: 33},
		"service-account-signing-endpoint":            {added: 32},
		"service-cluster-ip":                          {removed: never, instead: "kubernetes.networking.serviceCIDRs"},
		"storage-initialization-timeout":              {added: 31},
		"tls-curve-preferences":                       {added: 36},
	},
	ControllerManager: {
		"address":                                    {removed: 24, instead: "bind-address"},
		"allow-metric-labels-manifest":               {added: 29},
		"cloud-provider-gce-lb-src-cidrs":            {removed: 31},
		"concurrent-daemonset-syncs":                 {added: 32},
		"concurrent-device-taint-eviction-syncs":     {added: 35},
		"concurrent-disruption-syncs":                {added: 37},
		"concurrent-resourceclaim-syncs":             {added: 36},
		"concurrent-service-syncs":                   {removed: 37},
		"controller-shutdown-timeout":                {added: 35},
		"deployment-controller-sync-period":          {removed: gone, instead: "concurrent-deployment-syncs, where more speed is wanted"},
		"disable-force-detach-on-timeout":            {added: 30},
		"disable-http2-serving":                      {added: 31},
		"emulated-version":                           {added: 31},
		"enable-taint-manager":                       {removed: 27},
		"experimental-cluster-signing-duration":      {removed: 25, instead: "cluster-signing-duration"},
		"horizontal-pod-autoscaler-downscale-delay":  {removed: 31, instead: "horizontal-pod-autoscaler-downscale-stabilization"},
		"horizontal-pod-autoscaler-upscale-delay":    {removed: 31},
		"horizontal-pod-autoscaler-use-rest-clients": {removed: 24},
		"log-text-info-buffer-size":                  {added: 30},
		"log-text-split-stream":                      {added: 30},
		"min-compatibility-version":                  {added: 35},
		"pod-eviction-timeout":                       {removed: 27, instead: "default-not-ready-toleration-seconds and default-unreachable-toleration-seconds of the API server"},
		"port":                                       {removed: 24, instead: "secure-port"},
		"requestheader-uid-headers":                  {added: 32},
		"tls-curve-preferences":                      {added: 36},
		"volume-host-allow-local-loopback":           {removed: 31},
		"volume-host-cidr-denylist":                  {removed: 31},
	},
	Scheduler: {
		"address":                      {removed: 24, instead: "bind-address"},
		"algorithm-provider":           {removed: 22, instead: "kubernetes.scheduler.config"},
		"allow-metric-labels-manifest": {added: 29},
		"disable-http2-serving":        {added: 31},
		"emulated-version":             {added: 31},
		"log-text-info-buffer-size":    {added: 30},
		"log-text-split-stream":        {added: 30},
		"min-compatibility-version":    {added: 35},
		"policy-config-file":           {removed: 23, instead: "kubernetes.scheduler.config"},
		"port":                         {removed: 24, instead: "secure-port"},
		"requestheader-uid-headers":    {added: 32},
		"tls-curve-preferences":        {added: 36},
	},
	Kubelet: {
		"api-servers":                     {removed: gone, instead: "a kubeconfig, which every kubelet has"},
		"application-metrics-count-limit": {removed: 37},
		"azure-container-registry-config": {removed: 30, instead: "image-credential-provider-config"},
		"boot-id-file":                    {removed: 37},
		"cloud-config":                    {removed: 34},
		"cni-bin-dir":                     {removed: 24, instead: "the container runtime's configuration"},
		"cni-conf-dir":                    {removed: 24, instead: "the container runtime's configuration"},
		"container-hints":                 {removed: 37},
		"container-runtime":               {removed: 27, instead: "machine.containerRuntime"},
		"containerd":                      {removed: 37},
		"containerd-namespace":            {removed: 37},
		"docker-endpoint":                 {removed: 24, instead: "machine.containerRuntime"},
		"dynamic-config-dir":              {removed: 24, instead: "kubernetes.kubelet.config"},
		"enable-load-reader":              {removed: 37},
		"event-storage-age-limit":         {removed: 37},
		"event-storage-event-limit":       {removed: 37},
		"fail-cgroupv1":                   {added: 31},
		"global-housekeeping-interval":    {removed: 37},
		"image-pull-progress-deadline":    {removed: 24, instead: "the container runtime's configuration"},
		"iptables-drop-bit":               {removed: 31},
		"iptables-masquerade-bit":         {removed: 31},
		"keep-terminated-pod-volumes":     {removed: 31},
		"log-cadvisor-usage":              {removed: 37},
		"log-text-info-buffer-size":       {added: 30},
		"log-text-split-stream":           {added: 30},
		"machine-id-file":                 {removed: 37},
		"master-service-namespace":        {removed: 27},
		"network-plugin":                  {removed: 24, instead: "the container runtime's configuration"},
		"pod-infra-container-image":       {removed: 35, instead: "the container runtime's sandbox image, which khagen sets"},
		"register-schedulable":            {removed: 34, instead: "hosts.NAME.taints"},
		"storage-driver-buffer-duration":  {removed: 37},
		"storage-driver-db":               {removed: 37},
		"storage-driver-host":             {removed: 37},
		"storage-driver-password":         {removed: 37},
		"storage-driver-secure":           {removed: 37},
		"storage-driver-table":            {removed: 37},
		"storage-driver-user":             {removed: 37},
	},
	Etcd: {
		"bootstrap-defrag-threshold-megabytes":        {added: 6},
		"compact-hash-check-time":                     {added: 6},
		"compaction-batch-limit":                      {added: 6},
		"compaction-sleep-interval":                   {added: 6},
		"corrupt-check-time":                          {added: 6},
		"debug":                                       {removed: 5, instead: "log-level"},
		"discovery":                                   {removed: 7},
		"discovery-cacert":                            {added: 6},
		"discovery-cert":                              {added: 6},
		"discovery-dial-timeout":                      {added: 6},
		"discovery-endpoints":                         {added: 6},
		"discovery-insecure-skip-tls-verify":          {added: 6},
		"discovery-insecure-transport":                {added: 6},
		"discovery-keepalive-time":                    {added: 6},
		"discovery-keepalive-timeout":                 {added: 6},
		"discovery-key":                               {added: 6},
		"discovery-password":                          {added: 6},
		"discovery-proxy":                             {removed: 7},
		"discovery-request-timeout":                   {added: 6},
		"discovery-token":                             {added: 6},
		"discovery-user":                              {added: 6},
		"distributed-tracing-address":                 {added: 6},
		"distributed-tracing-instance-id":             {added: 6},
		"distributed-tracing-sampling-rate":           {added: 6},
		"distributed-tracing-service-name":            {added: 6},
		"downgrade-check-time":                        {added: 6},
		"enable-distributed-tracing":                  {added: 6},
		"enable-v2":                                   {removed: 6},
		"experimental-enable-v2v3":                    {removed: 6},
		"experimental-warning-unary-request-duration": {added: 6},
		"feature-gates":                               {added: 6},
		"log-format":                                  {added: 6},
		"log-package-levels":                          {removed: 5, instead: "log-level"},
		"max-learners":                                {added: 6},
		"memory-mlock":                                {added: 6},
		"peer-skip-client-san-verification":           {added: 6},
		"proxy":                                       {removed: 6},
		"proxy-dial-timeout":                          {removed: 6},
		"proxy-failure-wait":                          {removed: 6},
		"proxy-read-timeout":                          {removed: 6},
		"proxy-refresh-interval":                      {removed: 6},
		"proxy-write-timeout":                         {removed: 6},
		"snapshot-catchup-entries":                    {added: 6},
		"warning-apply-duration":                      {added: 6},
		"warning-unary-request-duration":              {added: 6},
		"watch-progress-notify-interval":              {added: 6},
	},
}

// FlagExists says whether any version of a component has or had a flag. It takes the word of versions that khagen doesn't
// know. For etcd, v is etcd's version.
func FlagExists(component, flag string, v Version) bool {
	if l, known := lifeOf(component, flag); known {
		return l.removed != never
	}
	return !flagsRead(component, v)
}

// Flags are those that any version of a component has or had, sorted.
func Flags(component string) []string {
	all := slices.Clone(steady[component])
	for flag, l := range lives[component] {
		if l.removed != never {
			all = append(all, flag)
		}
	}
	if component != Etcd {
		all = slices.AppendSeq(all, maps.Keys(everywhere))
	}
	slices.Sort(all)
	return all
}

// FlagProblem says why a component doesn't know a flag: "was removed in Kubernetes 1.24"; empty where nothing is known
// against it. instead is what takes its place, where something does. For etcd, v is etcd's version.
func FlagProblem(component, flag string, v Version) (problem, instead string) {
	program := "Kubernetes 1"
	if component == Etcd {
		program = "etcd 3"
	}
	l, _ := lifeOf(component, flag)
	switch {
	case !FlagExists(component, flag, v):
		return "is no flag of " + component, l.instead
	case component == Etcd && strings.HasPrefix(flag, "experimental-") && v.Minor >= 7:
		return "was removed in etcd 3.7", "the same flag without experimental-, or feature-gates"
	case l.removed == gone:
		return "was removed long ago", l.instead
	case l.removed > 0 && v.Minor >= l.removed:
		return fmt.Sprintf("was removed in %s.%d", program, l.removed), l.instead
	case v.Minor < l.added:
		return fmt.Sprintf("exists from %s.%d on", program, l.added), l.instead
	}
	return "", ""
}

// lifeOf is all zero for a flag that comes and goes with no version.
func lifeOf(component, flag string) (l life, known bool) {
	if l, known = lives[component][flag]; known {
		return l, true
	}
	if l, known = everywhere[flag]; known && component != Etcd {
		return l, true
	}
	_, known = slices.BinarySearch(steady[component], flag)
	return life{}, known
}

// flagsRead says whether the tables have all flags of a version.
func flagsRead(component string, v Version) bool {
	if component == Etcd {
		newest, read := etcdPatches[v.Minor]
		return read && v.Patch <= newest
	}
	return v.Minor >= oldestFlags && v.Minor <= newestFlags
}
