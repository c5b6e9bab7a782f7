package profile

import (
	"encoding/json"
	"fmt"

	"github.com/uidprobe/uidprobe/panos"
)

// settled returns the dialect with every switch that is at its zero value at its default.
// The error names a switch that has a value it cannot take.
func settled(d panos.Dialect) (panos.Dialect, error) {
	// The JSON keys are the names of the switches: that is how panos prints them as well.
	text, err := json.Marshal(d)
	if err != nil {
		return d, fmt.Errorf("dialect: %w", err)
	}
	var given map[string]any
	if err := json.Unmarshal(text, &given); err != nil {
		return d, fmt.Errorf("dialect: %w", err)
	}
	for _, s := range panos.Switches() {
		value := fmt.Sprint(given[s.Name])
		if value == "" || value == "0" {
			value = s.Default
		}
		if err := d.Set(s.Name, value); err != nil {
			return d, err
		}
	}
	return d, nil
}
