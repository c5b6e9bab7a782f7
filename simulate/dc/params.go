package dc

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/simulate"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// params are the values of a fault's parameters.
type params struct {
	dc     *DC
	values map[string]string
}

var (
	accountParam = simulate.Param{Name: "account", Means: "name of the account; empty means every one"}
	whenParam    = simulate.Param{Name: "when", Default: "before", Means: "before or after the password is looked at"}
	textParam    = simulate.Param{Name: "text", Means: "the error's e-text"}
	shapeParam   = simulate.Param{Name: "shape", Means: "how the NTSTATUS is packed: KERB-ERROR-DATA, METHOD-DATA or none; empty means as the domain's behaviour has it"}
)

func (p params) account() (string, error) {
	name := strings.ToLower(p.values[accountParam.Name])
	if _, ok := p.dc.directory.byName[name]; !ok && name != "" {
		return "", fmt.Errorf("account: there is no %q", name)
	}
	return name, nil
}

func (p params) oneOf(name string, allowed ...string) (string, error) {
	value := p.values[name]
	if !slices.Contains(allowed, value) {
		return "", fmt.Errorf("%s: %q is none of %s", name, value, strings.Join(allowed, ", "))
	}
	return value, nil
}

const maxDuration = 24 * time.Hour

func (p params) duration(name string, negative bool) (time.Duration, error) {
	d, err := time.ParseDuration(p.values[name])
	if err != nil || d.Abs() > maxDuration || d < 0 && !negative {
		return 0, fmt.Errorf("%s: %q is no duration up to %v, such as 10m", name, p.values[name], maxDuration)
	}
	return d, nil
}

// shape is how to pack a status; none also takes the status away.
func (p params) shape(reply *kerberos.ErrorReply) error {
	value, err := p.oneOf(shapeParam.Name, "", string(kerberos.ErrorDataShape), string(kerberos.MethodDataShape), "none")
	if err != nil {
		return err
	}
	if value == "none" {
		reply.Status = 0
		return nil
	}
	reply.Shape = kerberos.DataShape(value)
	return nil
}
