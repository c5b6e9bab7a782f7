package probe

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/wire/wsman"
)

// cimv2 is the namespace that the guide wants rights to.
const cimv2 = "root/cimv2"

// askIdentity asks who answers, and how the service is configured, which Windows tells administrators alone.
func (d *winrmDoor) askIdentity(ctx context.Context) check.Result {
	attempt, cancel := check.Attempt(ctx)
	defer cancel()
	var who wsman.Identity
	err := d.on(attempt, func(ctx context.Context, conn *wsman.Conn) (err error) {
		who, err = conn.Identify(ctx)
		return err
	})
	if err != nil {
		return d.failure(err)
	}
	r := check.Result{Status: check.Pass, Summary: clean(fmt.Sprintf("%s %s", who.ProductVendor, who.ProductVersion))}
	for _, p := range who.Profiles {
		r.Evidence = append(r.Evidence, check.Evidence{Name: "profile", Text: clean(p)})
	}
	d.readConfig(ctx, &r)
	return r
}

// readConfig looks at the service's configuration, where the account may.
func (d *winrmDoor) readConfig(ctx context.Context, r *check.Result) {
	attempt, cancel := check.Attempt(ctx)
	defer cancel()
	var config wsman.Config
	err := d.on(attempt, func(ctx context.Context, conn *wsman.Conn) (err error) {
		config, err = conn.Config(ctx)
		return err
	})
	if err != nil {
		r.Evidence = append(r.Evidence, check.Evidence{Name: "winrm/config", Text: "not readable with this account, which it need not be: " + clean(err.Error())})
		return
	}
	r.Evidence = append(r.Evidence, configEvidence(config)...)
	if config.AllowUnencrypted && !d.bare {
		r.Status = check.Warn
		r.Summary += fmt.Sprintf("; %s takes messages in the clear (AllowUnencrypted = true)", d.target)
		r.Hint = `on the server: winrm get winrm/config/service; then winrm set winrm/config/service @{AllowUnencrypted="false"}: the firewall seals what it sends over HTTP, and never needs it`
	}
}

func configEvidence(c wsman.Config) []check.Evidence {
	var on []string
	for _, scheme := range []struct {
		name string
		on   bool
	}{{"Basic", c.Basic}, {"Kerberos", c.Kerberos}, {"Negotiate", c.Negotiate}, {"Certificate", c.Certificate}, {"CredSSP", c.CredSSP}} {
		if scheme.on {
			on = append(on, scheme.name)
		}
	}
	list := []check.Evidence{
		{Name: "winrm/config/service", Text: fmt.Sprintf("AllowUnencrypted = %t, MaxConcurrentOperationsPerUser = %d", c.AllowUnencrypted, c.MaxConcurrentOperationsPerUser)},
		{Name: "winrm/config/service/auth", Text: strings.Join(on, ", ")},
		{Name: "winrm/config", Text: fmt.Sprintf("MaxEnvelopeSizekb = %d, MaxTimeoutms = %d", c.MaxEnvelopeSizeKB, c.MaxTimeoutMS)},
	}
	if c.CbtHardeningLevel != "" {
		list = append(list, check.Evidence{Name: "CbtHardeningLevel", Text: clean(c.CbtHardeningLevel)})
	}
	return list
}

// aboutServer is a question to the namespace that has one row, and tells whether this is a domain controller.
const aboutServer = "SELECT Name, Domain, DomainRole FROM Win32_ComputerSystem"

// The roles of a domain controller; Microsoft, Win32_ComputerSystem: DomainRole.
const (
	roleBackupDC  = "4"
	rolePrimaryDC = "5"
)

// askQuery asks for one row of root/cimv2.
func (d *winrmDoor) askQuery(ctx context.Context) check.Result {
	attempt, cancel := check.Attempt(ctx)
	defer cancel()
	items, err := d.enumerate(attempt, wsman.Query{Namespace: cimv2, WQL: aboutServer, Batch: 1})
	switch {
	case err != nil:
		return d.failure(err)
	case len(items) == 0:
		return check.Result{
			Status: check.Fail, Summary: fmt.Sprintf(`%s: root\cimv2 has no Win32_ComputerSystem`, d.target),
			Hint: "on the server: Get-CimInstance Win32_ComputerSystem must give a row; if not, look at the WMI repository: winmgmt /verifyrepository",
		}
	}
	name, _ := items[0].Get("Name")
	domain, _ := items[0].Get("Domain")
	role, _ := items[0].Get("DomainRole")
	d.isDC = role == roleBackupDC || role == rolePrimaryDC
	what := "a member of"
	if d.isDC {
		what = "a domain controller of"
	}
	return check.Result{
		Status: check.Pass, Summary: clean(fmt.Sprintf("%s is %s %s", name, what, domain)),
		Evidence: []check.Evidence{{Name: "WQL", Text: aboutServer}, {Name: "DomainRole", Text: clean(role)}},
	}
}

// enumerate asks a query, takes the first answers until one has an item, and lets go of the rest.
func (d *winrmDoor) enumerate(ctx context.Context, q wsman.Query) (items []wsman.Item, err error) {
	var list *wsman.Enumeration
	err = d.on(ctx, func(ctx context.Context, conn *wsman.Conn) (err error) {
		list, err = conn.Enumerate(ctx, q)
		return err
	})
	if err != nil {
		return nil, err
	}
	conn := d.conn
	for items = list.Items; len(items) == 0 && !list.Done; items = list.Items {
		if err = d.onSame(ctx, conn, list.Pull); err != nil {
			return nil, err
		}
	}
	if !list.Done { // what has been read is good whatever becomes of this
		_ = d.onSame(ctx, conn, list.Release)
	}
	return items, nil
}

// errMoved says that a list is gone with its connection.
var errMoved = errors.New("the server ended the connection in the middle of a list")

// onSame goes on with a list, on its own connection.
func (d *winrmDoor) onSame(ctx context.Context, conn *wsman.Conn, do func(context.Context) error) error {
	if conn == nil || d.conn != conn {
		return errMoved
	}
	return d.on(ctx, func(ctx context.Context, now *wsman.Conn) error {
		if now != conn {
			return errMoved
		}
		return do(ctx)
	})
}
