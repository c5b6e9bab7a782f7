module github.com/uidprobe/uidprobe

go 1.25.0

require (
	github.com/dlclark/regexp2 v1.11.0 // profile: a second engine for regular expressions
	github.com/go-ldap/ldap/v3 v3.4.12 // directory: LDAP messages and filters
	github.com/gopacket/gopacket v1.3.1 // diagnose: captures and their layers
	github.com/jcmturner/gokrb5/v8 v8.4.4 // wire/kerberos: messages and crypto of Kerberos
	github.com/leodido/go-syslog/v4 v4.6.0 // wire/syslog: headers for display, and a second opinion in tests
	github.com/urfave/cli/v2 v2.27.7 // cmd/uidprobe: the command line
	go.yaml.in/yaml/v3 v3.0.6 // strictyaml: YAML nodes with their positions
	golang.org/x/crypto v0.36.0 // certs: OCSP answers
	golang.org/x/net v0.38.0 // wire/dns: DNS messages
	golang.org/x/term v0.36.0 // cmd/uidprobe: whether it is a terminal, and how wide
	golang.org/x/text v0.23.0 // diagnose: Shift-JIS
	software.sslmate.com/src/go-pkcs12 v0.7.4 // certs: PFX files
)

// For tests alone.
require (
	github.com/PaloAltoNetworks/pango v0.10.2 // a client of the XML API that nobody here wrote
	github.com/google/go-cmp v0.7.0 // readable differences
	github.com/rogpeppe/go-internal v1.14.1 // scripts for the command line
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3 // the report against its schema
)

require (
	github.com/Azure/go-ntlmssp v0.0.0-20221128193559-754e69321358 // indirect
	github.com/cpuguy83/go-md2man/v2 v2.0.7 // indirect
	github.com/go-asn1-ber/asn1-ber v1.5.8-0.20250403174932-29230038a667 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/hashicorp/go-uuid v1.0.3 // indirect
	github.com/jcmturner/aescts/v2 v2.0.0 // indirect
	github.com/jcmturner/dnsutils/v2 v2.0.0 // indirect
	github.com/jcmturner/gofork v1.7.6 // indirect
	github.com/jcmturner/rpc/v2 v2.0.3 // indirect
	github.com/russross/blackfriday/v2 v2.1.0 // indirect
	github.com/xrash/smetrics v0.0.0-20240521201337-686a1a2994c1 // indirect
	golang.org/x/sys v0.37.0 // indirect
	golang.org/x/tools v0.26.0 // indirect
)
