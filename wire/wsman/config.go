package wsman

import (
	"fmt"
	"strconv"
)

// Config is what of the service's configuration matters to a client, MS-WSMV sections 2.2.4.10 and 2.2.4.36.
type Config struct {
	MaxEnvelopeSizeKB int
	MaxTimeoutMS      int
	MaxBatchItems     int

	RootSDDL                       string
	MaxConcurrentOperationsPerUser int
	EnumerationTimeoutMS           int
	MaxConnections                 int
	AllowUnencrypted               bool

	Basic, Kerberos, Negotiate, Certificate, CredSSP bool // of the service's Auth

	CbtHardeningLevel string // "None", "Relaxed" or "Strict"; empty if the server has none
	PortHTTP          int    // of DefaultPorts
	PortHTTPS         int
}

// DefaultConfig is the one of a Windows server as it comes, Microsoft, "Installation and configuration for
// Windows Remote Management". MaxEnvelopeSizeKB is that of newer ones; MS-WSMV section 2.2.4.10 has 150 as well.
func DefaultConfig() Config {
	return Config{
		MaxEnvelopeSizeKB: 500, MaxTimeoutMS: 60000, MaxBatchItems: 32000,
		RootSDDL:                       "O:NSG:BAD:P(A;;GA;;;BA)(A;;GR;;;ER)S:P(AU;FA;GA;;;WD)(AU;SA;GWGX;;;WD)",
		MaxConcurrentOperationsPerUser: 1500, EnumerationTimeoutMS: 60000, MaxConnections: 300,
		Kerberos: true, Negotiate: true, CbtHardeningLevel: "Relaxed", PortHTTP: PortHTTP, PortHTTPS: PortHTTPS,
	}
}

func (c Config) result() string {
	n := func(name string, v int) string { return tag("cfg:"+name, strconv.Itoa(v)) }
	b := func(name string, v bool) string { return tag("cfg:"+name, strconv.FormatBool(v)) }
	return `<cfg:Config xmlns:cfg="` + nsConfig + `" xml:lang="en-US">` +
		n("MaxEnvelopeSizekb", c.MaxEnvelopeSizeKB) + n("MaxTimeoutms", c.MaxTimeoutMS) + n("MaxBatchItems", c.MaxBatchItems) +
		"<cfg:Service>" + tag("cfg:RootSDDL", c.RootSDDL) + n("MaxConcurrentOperationsPerUser", c.MaxConcurrentOperationsPerUser) +
		n("EnumerationTimeoutms", c.EnumerationTimeoutMS) + n("MaxConnections", c.MaxConnections) + b("AllowUnencrypted", c.AllowUnencrypted) +
		"<cfg:Auth>" + b("Basic", c.Basic) + b("Kerberos", c.Kerberos) + b("Negotiate", c.Negotiate) + b("Certificate", c.Certificate) +
		b("CredSSP", c.CredSSP) + tag("cfg:CbtHardeningLevel", c.CbtHardeningLevel) + "</cfg:Auth>" +
		"<cfg:DefaultPorts>" + n("HTTP", c.PortHTTP) + n("HTTPS", c.PortHTTPS) + "</cfg:DefaultPorts></cfg:Service></cfg:Config>"
}

// configReader keeps the first mistake.
type configReader struct{ err error }

func (r *configReader) number(e *element, path ...string) int {
	s := e.child(path...).value()
	if s == "" {
		return 0
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("%s %q: it is no number", path[len(path)-1], s)
	}
	return int(n)
}

func (r *configReader) boolean(e *element, path ...string) bool {
	s := e.child(path...).value()
	if s != "" && s != "true" && s != "false" && s != "1" && s != "0" && r.err == nil {
		r.err = fmt.Errorf("%s %q: it is neither true nor false", path[len(path)-1], s)
	}
	return isTrue(s)
}

// readConfig reads what is there; a part that the account may not read is missing.
func readConfig(e *element) (Result, error) {
	service := e.child("Service")
	auth := service.child("Auth")
	if auth == nil {
		return nil, badFormat("soap", "the configuration has no Service with Auth")
	}
	var r configReader
	c := Config{
		MaxEnvelopeSizeKB: r.number(e, "MaxEnvelopeSizekb"), MaxTimeoutMS: r.number(e, "MaxTimeoutms"), MaxBatchItems: r.number(e, "MaxBatchItems"),
		RootSDDL:                       service.child("RootSDDL").value(),
		MaxConcurrentOperationsPerUser: r.number(service, "MaxConcurrentOperationsPerUser"),
		EnumerationTimeoutMS:           r.number(service, "EnumerationTimeoutms"), MaxConnections: r.number(service, "MaxConnections"),
		AllowUnencrypted: r.boolean(service, "AllowUnencrypted"),
		Basic:            r.boolean(auth, "Basic"), Kerberos: r.boolean(auth, "Kerberos"), Negotiate: r.boolean(auth, "Negotiate"),
		Certificate: r.boolean(auth, "Certificate"), CredSSP: r.boolean(auth, "CredSSP"),
		CbtHardeningLevel: auth.child("CbtHardeningLevel").value(),
		PortHTTP:          r.number(service, "DefaultPorts", "HTTP"), PortHTTPS: r.number(service, "DefaultPorts", "HTTPS"),
	}
	if r.err != nil {
		return nil, &FormatError{"soap", r.err}
	}
	return c, nil
}
