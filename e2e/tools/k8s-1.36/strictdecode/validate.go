package main

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/pkg/apis/apiserver/install"
	apiservervalidation "k8s.io/apiserver/pkg/apis/apiserver/validation"
	"k8s.io/apiserver/pkg/apis/audit"
	auditvalidation "k8s.io/apiserver/pkg/apis/audit/validation"
	apiserveraudit "k8s.io/apiserver/pkg/audit"
	authenticationcel "k8s.io/apiserver/pkg/authentication/cel"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/apiserver/pkg/util/feature"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/api/pod"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install" // into legacyscheme
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	kubelet "k8s.io/kubernetes/pkg/kubelet/apis/config"
	kubeletscheme "k8s.io/kubernetes/pkg/kubelet/apis/config/scheme"
	kubeletvalidation "k8s.io/kubernetes/pkg/kubelet/apis/config/validation"
	"k8s.io/kubernetes/pkg/kubelet/eviction"
	kubeproxy "k8s.io/kubernetes/pkg/proxy/apis/config"
	kubeproxyscheme "k8s.io/kubernetes/pkg/proxy/apis/config/scheme"
	kubeproxyvalidation "k8s.io/kubernetes/pkg/proxy/apis/config/validation"
	scheduler "k8s.io/kubernetes/pkg/scheduler/apis/config"
	schedulerscheme "k8s.io/kubernetes/pkg/scheduler/apis/config/scheme"
	schedulervalidation "k8s.io/kubernetes/pkg/scheduler/apis/config/validation"
)

// readers gives, for a kind that a program reads from a file, how that program
// decodes it: with the defaults filled in, into its internal type.
func readers() (map[schema.GroupKind]runtime.Decoder, error) {
	_, kubeletCodecs, err := kubeletscheme.NewSchemeAndCodecs(serializer.EnableStrict)
	if err != nil {
		return nil, err
	}
	apiserverScheme := runtime.NewScheme()
	install.Install(apiserverScheme)
	apiserverCodecs := serializer.NewCodecFactory(apiserverScheme, serializer.EnableStrict)
	auditCodecs := serializer.NewCodecFactory(apiserveraudit.Scheme, serializer.EnableStrict)

	return map[schema.GroupKind]runtime.Decoder{
		{Group: "", Kind: "Pod"}: legacyscheme.Codecs.UniversalDecoder(),
		{Group: "apiserver.config.k8s.io", Kind: "AuthenticationConfiguration"}:    apiserverCodecs.UniversalDecoder(),
		{Group: "apiserver.config.k8s.io", Kind: "EncryptionConfiguration"}:        apiserverCodecs.UniversalDecoder(),
		{Group: "audit.k8s.io", Kind: "Policy"}:                                    auditCodecs.UniversalDecoder(),
		{Group: "kubelet.config.k8s.io", Kind: "KubeletConfiguration"}:             kubeletCodecs.UniversalDecoder(),
		{Group: "kubeproxy.config.k8s.io", Kind: "KubeProxyConfiguration"}:         kubeproxyscheme.Codecs.UniversalDecoder(),
		{Group: "kubescheduler.config.k8s.io", Kind: "KubeSchedulerConfiguration"}: schedulerscheme.Codecs.UniversalDecoder(),
	}, nil
}

// validate asks the checks that the program makes when it has read its file.
func validate(object runtime.Object) error {
	switch o := object.(type) {
	case *core.Pod:
		return validateStaticPod(o)
	case *apiserver.AuthenticationConfiguration:
		base := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion())
		return apiservervalidation.ValidateAuthenticationConfiguration(authenticationcel.NewCompiler(base), o, nil).ToAggregate()
	case *apiserver.EncryptionConfiguration:
		return apiservervalidation.ValidateEncryptionConfiguration(o, false).ToAggregate()
	case *audit.Policy:
		return auditvalidation.ValidatePolicy(o).ToAggregate()
	case *kubelet.KubeletConfiguration:
		o.FailCgroupV1 = false // about the machine that runs this, not about the file
		if err := kubeletvalidation.ValidateKubeletConfiguration(o, feature.DefaultFeatureGate); err != nil {
			return err
		}
		_, err := eviction.ParseThresholdConfig(o.EnforceNodeAllocatable, o.EvictionHard, o.EvictionSoft, o.EvictionSoftGracePeriod, o.EvictionMinimumReclaim)
		return err
	case *kubeproxy.KubeProxyConfiguration:
		return kubeproxyvalidation.Validate(o).ToAggregate()
	case *scheduler.KubeSchedulerConfiguration:
		if err := schedulervalidation.ValidateKubeSchedulerConfiguration(o); err != nil {
			return err
		}
		return nil
	default:
		return fmt.Errorf("%T has no validation here", object)
	}
}

// validateStaticPod does what the kubelet does with a file of its manifests folder.
func validateStaticPod(p *core.Pod) error {
	if p.Namespace == "" {
		p.Namespace = "default"
	}
	options := pod.GetValidationOptionsFromPodSpecAndMeta(&p.Spec, nil, &p.ObjectMeta, nil)
	if errs := corevalidation.ValidatePodCreate(p, options); len(errs) > 0 {
		return errs.ToAggregate()
	}
	_, resource, err := pod.HasAPIObjectReference(p)
	if err == nil && resource != "" {
		err = fmt.Errorf("a static pod may not refer to %s", resource)
	}
	return err
}
