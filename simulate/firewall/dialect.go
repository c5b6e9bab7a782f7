package firewall

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/uidprobe/uidprobe/panos"
)

// completeDialect gives the switches that are at their zero value the version's default.
// The error names every switch that has a value it cannot take.
func completeDialect(given panos.Dialect, version string) (panos.Dialect, error) {
	complete, err := panos.DialectFor(version)
	if err != nil {
		return given, err
	}
	// By way of the names, which JSON and Set share: so that no switch can be forgotten here.
	text, err := json.Marshal(given)
	if err != nil {
		return given, err
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(text, &values); err != nil {
		return given, err
	}
	var errs []error
	for _, s := range panos.Switches() {
		if value := strings.Trim(string(values[s.Name]), `"`); value != "" && value != "0" {
			errs = append(errs, complete.Set(s.Name, value))
		}
	}
	return complete, errors.Join(errs...)
}
