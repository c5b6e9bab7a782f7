package site

import (
	"fmt"
	"os"
	"path/filepath"
)

// The files that WriteFiles writes.
const (
	SiteFile     = "site.yaml"
	CAFile       = "ca.pem"       // the authority of every certificate
	KeyFile      = "api-key"      // of the XML API; mode 0600
	PasswordFile = "api-password" // of User, for keygen; mode 0600
	ControlFile  = "control.json" // url and token of the control API, if there is one; mode 0600

	// The control APIs of the other peers, if there are any; mode 0600.
	DCControlFile  = "control-dc.json"
	DNSControlFile = "control-dns.json"

	// What a lab with a domain adds.
	ServicePasswordFile = "service-password" // of the service account; mode 0600
	ServiceKeytabFile   = "service.keytab"   // its keys; mode 0600
	KerberosFile        = "krb5.conf"        // for kinit and other clients of MIT krb5
	WinRMCAFile         = "winrm-ca.pem"     // of the domain controller's WinRM-HTTPS: what a certificate profile holds
)

// file is one of them.
type file struct {
	name string
	data []byte
	mode os.FileMode
}

// WriteFiles writes what a client needs into a folder, which it makes if it is not there.
// Each file appears whole, the site file last: who waits for that finds everything.
func (s *Site) WriteFiles(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	files, err := s.controlFiles()
	if err != nil {
		return err
	}
	if s.fw != nil {
		files = append(files, []file{
			{CAFile, s.authorities(), 0o644},
			{KeyFile, []byte(s.fw.APIKey().Reveal() + "\n"), 0o600},
			{PasswordFile, []byte(s.password.Reveal() + "\n"), 0o600},
		}...)
	}
	if s.domain != nil {
		more, err := s.domain.files()
		if err != nil {
			return err
		}
		files = append(files, more...)
	}
	for _, f := range append(files, file{SiteFile, s.SiteYAML(""), 0o644}) {
		if err := write(filepath.Join(dir, f.name), f.data, f.mode); err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
	}
	return nil
}

// files are what a client of the domain needs.
func (d *domain) files() ([]file, error) {
	keytab, err := d.dc.AccountKeytab(d.Account)
	if err != nil {
		return nil, err
	}
	keys, err := keytab.Marshal()
	if err != nil {
		return nil, fmt.Errorf("keytab: %w", err)
	}
	files := []file{
		{ServicePasswordFile, []byte(d.Password.Reveal() + "\n"), 0o600},
		{ServiceKeytabFile, keys, 0o600},
		{KerberosFile, []byte(d.dc.ClientConfig()), 0o644},
	}
	if root := d.dc.WinRMRoot(); root != nil {
		files = append(files, file{WinRMCAFile, root, 0o644})
	}
	return files, nil
}

// write makes a file appear whole, and never readable by more than its mode says.
func write(name string, data []byte, mode os.FileMode) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*.tmp") // of mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temp.Name())
		}
	}()
	_, err = temp.Write(data)
	if closed := temp.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	if err = os.Chmod(temp.Name(), mode); err != nil {
		return err
	}
	return os.Rename(temp.Name(), name)
}
