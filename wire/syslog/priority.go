package syslog

import (
	"fmt"

	"github.com/leodido/go-syslog/v4/common"
)

// MaxPriority is the highest PRI: facility 23, severity 7 (RFC 5424 section 6.2.1).
const MaxPriority = 191

// Priority is the PRI of a facility (0 to 23) and a severity (0 to 7).
func Priority(facility, severity int) int { return facility*8 + severity }

// FacilityName is the usual word for a facility ("auth", "local0"), or its number where
// there is none.
func FacilityName(facility int) string {
	if facility >= 0 && facility <= MaxPriority/8 {
		if word, ok := common.FacilityKeywords[uint8(facility)]; ok {
			return word
		}
	}
	return fmt.Sprintf("facility %d", facility)
}

// SeverityName is the usual word for a severity ("info", "err"), or its number where there
// is none.
func SeverityName(severity int) string {
	if severity >= 0 && severity <= 7 {
		return common.SeverityLevelsShort[uint8(severity)]
	}
	return fmt.Sprintf("severity %d", severity)
}

// cutPriority reads "<N>" at the start of a message: one to three digits, no leading zero,
// at most 191. rest is the message after it.
func cutPriority(message []byte) (priority int, rest []byte, ok bool) {
	if len(message) < 3 || message[0] != '<' {
		return 0, message, false
	}
	for i, b := range message[1:min(len(message), 5)] {
		switch {
		case b == '>' && i > 0:
			return priority, message[i+2:], true
		case b < '0' || b > '9', i > 0 && priority == 0, i == 3:
			return 0, message, false
		}
		if priority = priority*10 + int(b-'0'); priority > MaxPriority {
			return 0, message, false
		}
	}
	return 0, message, false
}
