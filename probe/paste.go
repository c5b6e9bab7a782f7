package probe

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/panos"
)

// Paste is how a firewall without an API is read: a person runs commands in its CLI and
// saves what they print, once before the messages are sent and once after.
type Paste struct {
	Before, After string       // files; each is waited for until it is there
	Tell          func(string) // shows the person what to do next
}

// The commands to paste. Mappings of all syslog senders are asked for at once: a person
// types one command, not one for each address.
const (
	pasteState      = "show user server-monitor state all"
	pasteStatistics = "show user server-monitor statistics"
	pasteMappings   = "show user ip-user-mapping all type SYSLOG"
)

// pasteOracle reads what a person pasted. Before the messages are sent it knows the first
// paste, after that the second.
type pasteOracle struct {
	config   Paste
	firewall string
	poll     time.Duration
	text     string // of the paste in force
	paste    panos.Paste
}

// pasteCheck asks for the first paste.
func (s *firewallSession) pasteCheck() check.Check {
	return check.Check{
		ID:     "firewall.paste",
		Title:  lang.Text{EN: "the pasted counters and mappings can be read", JA: "貼り付けたカウンターとマッピングを読み取れる"},
		Source: pasteState + "; " + pasteMappings,
		Target: s.config.Name,
		Run: func(ctx context.Context) check.Result {
			o := &pasteOracle{config: *s.config.Paste, firewall: s.config.Name, poll: s.config.Timing.Poll}
			if err := o.await(ctx, o.config.Before, "before the test"); err != nil {
				return check.Result{Status: check.Error, Summary: err.Error(), Hint: "save the output of the commands in " + o.config.Before}
			}
			s.oracle = o
			r := check.Result{Status: check.Pass, Summary: o.config.Before, Evidence: o.evidence()}
			if _, err := o.mappings(panos.DataPlane); err != nil {
				r.Status, r.Summary = check.Fail, fmt.Sprintf("%s: %v", o.config.Before, err)
				r.Hint = "add the output of: " + pasteMappings
			}
			return r
		},
	}
}

// await waits for a file that holds a paste. The person's time is not the check's.
func (o *pasteOracle) await(ctx context.Context, file, when string) error {
	defer check.Hold(ctx)()
	told := ""
	for {
		err := o.read(file)
		if err == nil {
			return nil
		}
		var unreadable *fs.PathError
		switch missing := errors.Is(err, fs.ErrNotExist); {
		case !missing && errors.As(err, &unreadable):
			return err
		case missing && told == "":
			o.config.Tell(fmt.Sprintf("%s, %s: run these commands, and save what they print in %s\n  %s\n  %s\n  %s",
				o.firewall, when, file, pasteState, pasteStatistics, pasteMappings))
		case !missing && told != err.Error():
			o.config.Tell(fmt.Sprintf("%s: %v; waiting for a better one", file, err))
		}
		told = err.Error()
		if err := pause(ctx, o.poll); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
}

// read takes a file in, if it holds what has to be there.
func (o *pasteOracle) read(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	paste, err := panos.ParsePaste(text)
	if err != nil {
		return err
	}
	if paste.State == nil {
		return &notPastedError{pasteState}
	}
	o.text, o.paste = string(text), paste
	return nil
}

func (o *pasteOracle) evidence() []check.Evidence {
	return []check.Evidence{{Name: "paste", Text: o.text}}
}

func (o *pasteOracle) state(context.Context) (panos.ServerMonitorState, []check.Evidence, error) {
	return *o.paste.State, o.evidence(), nil
}

func (o *pasteOracle) statistics(context.Context) (panos.ServerMonitorStatistics, []check.Evidence, error) {
	if o.paste.Statistics == nil {
		return panos.ServerMonitorStatistics{}, o.evidence(), &notPastedError{pasteStatistics}
	}
	return *o.paste.Statistics, o.evidence(), nil
}

func (o *pasteOracle) highAvailability(context.Context) (panos.HighAvailability, []check.Evidence, error) {
	if o.paste.HA == nil {
		return panos.HighAvailability{}, o.evidence(), &notPastedError{"show high-availability state"}
	}
	return *o.paste.HA, o.evidence(), nil
}

func (o *pasteOracle) mapping(_ context.Context, table panos.Table, address netip.Addr) (*panos.Mapping, []check.Evidence, error) {
	mappings, err := o.mappings(table)
	return ofAddress(mappings, address), o.evidence(), err
}

func (o *pasteOracle) mappings(table panos.Table) (all []panos.Mapping, err error) {
	found := false
	for _, m := range o.paste.Mappings {
		if onManagement := strings.Contains(m.Command.CLI(), string(panos.ManagementPlane)); onManagement == (table == panos.ManagementPlane) {
			found = true
			all = append(all, m.Mappings...)
		}
	}
	if !found {
		return nil, &notPastedError{pasteMappings}
	}
	return all, nil
}

func (o *pasteOracle) close() error { return nil }

// notPastedError says that a person did not paste the output of a command.
type notPastedError struct{ command string }

func (e *notPastedError) Error() string { return "there is no output of: " + e.command }

// clock is not among what a person pastes: between the command and the paste time passes.
func (o *pasteOracle) clock(context.Context) (panos.Clock, []check.Evidence, error) {
	return panos.Clock{}, nil, &notPastedError{"show clock"}
}
