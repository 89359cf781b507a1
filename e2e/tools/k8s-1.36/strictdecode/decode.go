package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	apiserverv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"
	apiserverv1beta1 "k8s.io/apiserver/pkg/apis/apiserver/v1beta1"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
	"k8s.io/client-go/kubernetes/scheme"
	kubeconfigv1 "k8s.io/client-go/tools/clientcmd/api/v1"
	kubeproxyv1alpha1 "k8s.io/kube-proxy/config/v1alpha1"
	schedulerv1 "k8s.io/kube-scheduler/config/v1"
	kubeletv1beta1 "k8s.io/kubelet/config/v1beta1"
	kubeadmv1beta3 "k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/v1beta3"
	kubeadmv1beta4 "k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/v1beta4"
	strictyaml "sigs.k8s.io/yaml"
)

type decoder struct {
	strict  runtime.Decoder
	readers map[schema.GroupKind]runtime.Decoder
}

// newDecoder knows the kinds that kubectl applies and those that kubeadm, the
// kubelet and the control plane read from files.
func newDecoder() (decoder, error) {
	kinds := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		scheme.AddToScheme,
		kubeadmv1beta3.AddToScheme,
		kubeadmv1beta4.AddToScheme,
		kubeletv1beta1.AddToScheme,
		kubeproxyv1alpha1.AddToScheme,
		schedulerv1.AddToScheme,
		apiserverv1.AddToScheme,
		apiserverv1beta1.AddToScheme,
		auditv1.AddToScheme,
		kubeconfigv1.AddToScheme,
	} {
		if err := add(kinds); err != nil {
			return decoder{}, err
		}
	}
	codecs := serializer.NewCodecFactory(kinds, serializer.EnableStrict)
	byKind, err := readers()
	if err != nil {
		return decoder{}, err
	}
	return decoder{codecs.UniversalDeserializer(), byKind}, nil
}

// file returns one error for each document of the content that fails. Content
// without any document is an error: a check of nothing must not pass. Of a
// patch only the form is checked, not the values.
func (d decoder) file(content []byte, patch bool) []error {
	var errs []error
	reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(content)))
	number := 0
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return append(errs, err)
		}
		json, err := strictyaml.YAMLToJSONStrict(document)
		if err == nil && string(json) == "null" {
			continue // only comments between two separators
		}
		number++
		if err == nil {
			err = d.document(json, patch)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("document %d: %w", number, err))
		}
	}
	if number == 0 {
		errs = append(errs, errors.New("no document"))
	}
	return errs
}

func (d decoder) document(json []byte, patch bool) error {
	object, kind, err := d.strict.Decode(json, nil, nil)
	if err != nil {
		return err
	}
	if meta.IsListType(object) {
		return errors.New("a list is read without a look at its items: write one document for each")
	}
	reader, ok := d.readers[kind.GroupKind()]
	if !ok || patch {
		return nil
	}
	internal, err := runtime.Decode(reader, json)
	if err != nil {
		return err
	}
	return validate(internal)
}
