package adopt

// withoutPlace are variables about what khagen configures, too, but in another way or not at all.
var withoutPlace = []struct {
	variable, remark string
	path             []string
}{
	{"kube_network_plugin", "khagen installs no CNI", []string{"kubernetes", "networking"}},
	{"kube_apiserver_bind_address", "kubernetes.apiServer.bind is \"all\" or \"address\"", []string{"kubernetes"}},
	{"kube_feature_gates", "they go into extraArgs and config of each component", []string{"kubernetes"}},
	{"kube_external_ca_mode", "see kubernetes.certificates.caKeyOnHosts", []string{"kubernetes"}},
	{"kube_webhook_token_auth", "its flags go into kubernetes.apiServer.extraArgs", []string{"kubernetes"}},
	{"kube_webhook_authorization", "its flags go into kubernetes.apiServer.extraArgs", []string{"kubernetes"}},
	{"kube_reserved", "see kubernetes.kubelet.config.kubeReserved", []string{"kubernetes"}},
	{"system_reserved", "see kubernetes.kubelet.config.systemReserved", []string{"kubernetes"}},
	{"eviction_hard", "see kubernetes.kubelet.config.evictionHard", []string{"kubernetes"}},
	{"kube_read_only_port", "see kubernetes.kubelet.config.readOnlyPort", []string{"kubernetes"}},
	{"kubelet_shutdown_grace_period", "see kubernetes.kubelet.config.shutdownGracePeriod", []string{"kubernetes"}},
	{"tls_min_version", "see kubernetes.apiServer.extraArgs.\"tls-min-version\"", []string{"kubernetes"}},
	{"tls_cipher_suites", "see kubernetes.apiServer.extraArgs.\"tls-cipher-suites\"", []string{"kubernetes"}},
	{"kube_api_aggregator_routing", "see kubernetes.apiServer.extraArgs.\"enable-aggregator-routing\"", []string{"kubernetes"}},
	{"cloud_provider", "khagen installs no cloud controller", []string{"kubernetes"}},
	{"external_cloud_provider", "khagen installs no cloud controller", []string{"kubernetes"}},
	{"cilium_kube_proxy_replacement", "then kubernetes.kubeProxy.mode is \"none\"", []string{"kubernetes", "kubeProxy"}},
	{"calico_bpf_enabled", "then kubernetes.kubeProxy.mode is \"none\"", []string{"kubernetes", "kubeProxy"}},
	{"etcd_extra_vars", "as flags they go into extraArgs", []string{"etcd"}},
	{"containerd_insecure_registries", "registries without TLS have no place", []string{"machine"}},
	{"containerd_registry_auth", "a login is credentialsSecret of a registry", []string{"machine"}},
	{"crio_registries", "see machine.registries", []string{"machine"}},
	{"upstream_dns_servers", "khagen leaves resolv.conf alone", []string{"machine"}},
}
