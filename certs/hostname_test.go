package certs

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"net"
	"os"
	"path/filepath"
	"testing"
)

// hosts are names that a certificate can have and names that can be asked for.
var hosts = []struct {
	name  string
	dns   []string
	ips   []net.IP
	cns   []string
	mail  []string
	asked string
	want  bool
}{
	{"itself", []string{"fw1.corp.example"}, nil, nil, nil, "fw1.corp.example", true},
	{"the case of letters", []string{"FW1.Corp.Example"}, nil, nil, nil, "fw1.corp.EXAMPLE", true},
	{"another", []string{"fw2.corp.example"}, nil, nil, nil, "fw1.corp.example", false},
	{"the second of two", []string{"fw2.corp.example", "fw1.corp.example"}, nil, nil, nil, "fw1.corp.example", true},
	{"a wildcard", []string{"*.corp.example"}, nil, nil, nil, "fw1.corp.example", true},
	{"a wildcard for two labels", []string{"*.corp.example"}, nil, nil, nil, "a.fw1.corp.example", false},
	{"a wildcard for none", []string{"*.corp.example"}, nil, nil, nil, "corp.example", false},
	{"a wildcard of a whole top level", []string{"*.example"}, nil, nil, nil, "corp.example", false},
	{"half a wildcard", []string{"f*.corp.example"}, nil, nil, nil, "fw1.corp.example", false},
	{"a wildcard further on", []string{"fw1.*.example"}, nil, nil, nil, "fw1.corp.example", false},
	{"a dot at the end of the certificate's", []string{"fw1.corp.example."}, nil, nil, nil, "fw1.corp.example", true},
	{"a dot at the end of what is asked", []string{"fw1.corp.example"}, nil, nil, nil, "fw1.corp.example.", true},
	{"the common name alone", nil, nil, []string{"fw1.corp.example"}, nil, "fw1.corp.example", true},
	{"a wildcard in the common name", nil, nil, []string{"*.corp.example"}, nil, "fw1.corp.example", true},
	{"the last of two common names", nil, nil, []string{"x.corp.example", "fw1.corp.example"}, nil, "fw1.corp.example", true},
	{"the first of two common names", nil, nil, []string{"fw1.corp.example", "x.corp.example"}, nil, "fw1.corp.example", false},
	{"the common name beside another name", []string{"x.corp.example"}, nil, []string{"fw1.corp.example"}, nil, "fw1.corp.example", false},
	{"the common name beside an address", nil, []net.IP{{127, 0, 0, 1}}, []string{"fw1.corp.example"}, nil, "fw1.corp.example", false},
	{"the common name beside a mailbox", nil, nil, []string{"fw1.corp.example"}, []string{"a@corp.example"}, "fw1.corp.example", true},
	{"an address", nil, []net.IP{{127, 0, 0, 1}}, nil, nil, "127.0.0.1", true},
	{"another address", nil, []net.IP{{127, 0, 0, 2}}, nil, nil, "127.0.0.1", false},
	{"an address as a name", []string{"127.0.0.1"}, nil, nil, nil, "127.0.0.1", false},
	{"an address as a common name", nil, nil, []string{"127.0.0.1"}, nil, "127.0.0.1", true},
	{"nothing", nil, nil, nil, nil, "fw1.corp.example", false},
}

// Names are compared as curl compares them.
func TestNamesAsCurl(t *testing.T) {
	t.Parallel()
	curl := program(t, "curl")
	for _, test := range hosts {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSpec(authority(t).mill(), []string{host})
			if err := s.apply(NoFlaw, true); err != nil {
				t.Fatal(err)
			}
			s.rootTemplate.PermittedDNSDomains = nil // the subject here is names alone
			s.leaf.DNSNames, s.leaf.IPAddresses, s.leaf.EmailAddresses = test.dns, test.ips, test.mail
			s.leaf.Subject = pkix.Name{Organization: []string{"TEST"}}
			for _, cn := range test.cns {
				s.leaf.Subject.ExtraNames = append(s.leaf.Subject.ExtraNames, pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: cn})
			}
			if err := s.build(); err != nil {
				t.Fatal(err)
			}
			if got := matchName(s.made.leaf.cert, test.asked).ok; got != test.want {
				t.Errorf("it matches: %v, want %v", got, test.want)
			}
			ca := filepath.Join(t.TempDir(), "ca.pem")
			if err := os.WriteFile(ca, appendCertificate(nil, s.root.cert.Raw), 0o600); err != nil {
				t.Fatal(err)
			}
			_, port, _ := net.SplitHostPort(serve(t, s.server()))
			_, code := output(t, "", curl, "--silent", "--max-time", "20", "--cacert", ca,
				"--connect-to", "::127.0.0.1:"+port, "https://"+test.asked+":"+port+"/")
			if (code == 0) != test.want || code != 0 && code != 60 {
				t.Errorf("curl exits with %d, want a match: %v", code, test.want)
			}
		})
	}
}
