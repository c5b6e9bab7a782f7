package plan

import (
	"net/netip"
	"time"
)

// FileVersion is the version of the site file that this program reads.
const FileVersion = 1

// siteFile is the site file as it is written. The keys are in Example, with their meaning.
type siteFile struct {
	Version      int            `yaml:"version"`
	Firewalls    []firewallFile `yaml:"firewalls"`
	ProfileFiles []string       `yaml:"profile_files"`
	Test         testFile       `yaml:"test"`
	AllowLoad    []string       `yaml:"allow_load"`
	Clocks       clocksFile     `yaml:"clocks"`
}

type firewallFile struct {
	Name       string            `yaml:"name"`
	PANOS      string            `yaml:"panos"`
	Dialect    map[string]string `yaml:"dialect"`
	API        apiFile           `yaml:"api"`
	Senders    []senderFile      `yaml:"senders"`
	Monitoring monitoringFile    `yaml:"monitoring"`
}

type apiFile struct {
	URL                string     `yaml:"url"`
	Key                secretFile `yaml:"key,secret"`
	CA                 string     `yaml:"ca"`
	ServerName         string     `yaml:"server_name"`
	InsecureSkipVerify bool       `yaml:"insecure_skip_verify"`
	VSys               string     `yaml:"vsys"`
	Target             string     `yaml:"target"`
}

// secretFile says where a secret is kept.
type secretFile struct {
	Env  string `yaml:"env"`
	File string `yaml:"file"`
}

// keyFile says where a private key is kept. A PEM block has many lines, which an environment
// variable is no place for.
type keyFile struct {
	File string `yaml:"file"`
}

type senderFile struct {
	Name          string           `yaml:"name"`
	To            string           `yaml:"to"`
	From          netip.Addr       `yaml:"from"`
	DefaultDomain string           `yaml:"default_domain"`
	SharedAddress bool             `yaml:"shared_address"`
	TLS           tlsFile          `yaml:"tls"`
	Profiles      []attachmentFile `yaml:"profiles"`
}

type tlsFile struct {
	CA                 string  `yaml:"ca"`
	ServerName         string  `yaml:"server_name"`
	Certificate        string  `yaml:"certificate"`
	Key                keyFile `yaml:"key,secret"`
	MinVersion         string  `yaml:"min_version"`
	InsecureSkipVerify bool    `yaml:"insecure_skip_verify"`
}

type attachmentFile struct {
	Name  string `yaml:"name"`
	Event string `yaml:"event"`
}

// monitoringFile is the fields of the PAN-OS dialogs for agentless server monitoring.
type monitoringFile struct {
	Account       string       `yaml:"account"`
	DomainDNSName string       `yaml:"domain_dns_name"`
	NetBIOS       string       `yaml:"netbios"`
	UPNSuffixes   []string     `yaml:"upn_suffixes"`
	RealmAsTyped  bool         `yaml:"realm_as_typed"`
	Password      secretFile   `yaml:"password,secret"`
	Keytab        string       `yaml:"keytab"`
	Cache         string       `yaml:"cache"`
	KDCs          []string     `yaml:"kerberos_server_profile"`
	DNS           []string     `yaml:"dns"`
	LDAP          ldapFile     `yaml:"ldap"`
	WinRM         winrmFile    `yaml:"winrm"`
	Servers       []serverFile `yaml:"servers"`
}

type ldapFile struct {
	Off  bool   `yaml:"off"`
	Port int    `yaml:"port"`
	TLS  bool   `yaml:"tls"`
	CA   string `yaml:"ca"`
}

type winrmFile struct {
	Off bool `yaml:"off"`
}

type serverFile struct {
	Name               string `yaml:"name"`
	Host               string `yaml:"host"`
	Transport          string `yaml:"transport"`
	Port               int    `yaml:"port"`
	CertificateProfile string `yaml:"certificate_profile"`
	Authentication     string `yaml:"authentication"`
}

type testFile struct {
	Users     string         `yaml:"users"`
	Addresses []netip.Prefix `yaml:"addresses"`
	Messages  int            `yaml:"messages"`
	Rate      string         `yaml:"rate"`
	Wait      time.Duration  `yaml:"wait"`
	Poll      time.Duration  `yaml:"poll"`
	Idle      time.Duration  `yaml:"idle"`
}

type clocksFile struct {
	Attempt time.Duration `yaml:"attempt"`
	Check   time.Duration `yaml:"check"`
	Run     time.Duration `yaml:"run"`
}
