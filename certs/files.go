package certs

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
)

// File is one file of a PKI.
type File struct {
	Name   string
	Means  string // what it is for, in a few words
	Data   []byte
	Secret bool // to be kept with mode 0600
}

// The names of the files of a PKI.
const (
	FileCA          = "ca.pem"
	FileMiddle      = "intermediate.pem"
	FileServer      = "server.pem"
	FileServerKey   = "server.key"
	FileServerPFX   = "server.pfx"
	FileClient      = "client.pem"
	FileClientKey   = "client.key"
	FileClientPFX   = "client.pfx"
	FilePFXPassword = "pfx.password"
	FileCRL         = "crl.pem"
	FileOCSP        = "ocsp.der"
)

// Files are a PKI as files: certificates with their decoded text, keys, PFX files with the
// password (which is in a file as well), revocation lists and the responder's answer. The keys
// of the CAs are in none.
func (p *PKI) Files(pfxPassword string) ([]File, error) {
	server, serverKey, err := EncodePEM(p.Server)
	if err != nil {
		return nil, err
	}
	client, clientKey, err := EncodePEM(p.Client)
	if err != nil {
		return nil, err
	}
	files := []File{
		{Name: FileCA, Means: "the root, for the certificate profile and for --ca", Data: PEM([]*x509.Certificate{p.Root})},
		{Name: FileMiddle, Means: "the CA that signed the server", Data: appendCertificate(nil, p.intermediate.cert.Raw)},
		{Name: FileServer, Means: "what the server sends", Data: p.headed(server)},
		{Name: FileServerKey, Means: "its key", Data: serverKey, Secret: true},
		{Name: FileClient, Means: "a client, with its intermediate", Data: client},
		{Name: FileClientKey, Means: "its key", Data: clientKey, Secret: true},
		{Name: FilePFXPassword, Means: "the password of the PFX files", Data: []byte(pfxPassword + "\n"), Secret: true},
	}
	for _, pfx := range []struct {
		name, means string
		of          tls.Certificate
	}{
		{FileServerPFX, "the server for Windows", p.Server}, {FileClientPFX, "the client for Windows", p.Client},
	} {
		der, err := EncodePFX(pfx.of, pfxPassword)
		if err != nil {
			return nil, err
		}
		files = append(files, File{Name: pfx.name, Means: pfx.means, Data: der, Secret: true})
	}
	lists, err := p.CRLs()
	if err != nil {
		return nil, err
	}
	answer, err := p.OCSP()
	if err != nil {
		return nil, err
	}
	return append(files,
		File{Name: FileCRL, Means: "the revocation lists", Data: lists},
		File{Name: FileOCSP, Means: "the OCSP responder's answer for the server", Data: answer}), nil
}

// headed puts above the certificates what is wrong with them.
func (p *PKI) headed(text []byte) []byte {
	head := fmt.Appendf(nil, "# uidprobe TEST certificates, seed %d; valid for seven days; the CA's key exists nowhere\n", p.Seed)
	if f, ok := FindFlaw(p.Flaw); ok {
		head = fmt.Appendf(head, "# flaw %s: %s\n", f.Flaw, f.Title.EN)
	}
	return append(head, text...)
}
