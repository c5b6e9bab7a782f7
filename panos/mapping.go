package panos

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// MappingLayout is how wide a release prints the addresses of the mapping table.
type MappingLayout int

// The layouts, by the characters of the address column.
const (
	AddressNarrow MappingLayout = 15 // as on api-lab.paloaltonetworks.com, ip-user
	AddressWide   MappingLayout = 46 // as captured from newer releases; room for IPv6
)

// The other columns are the same in both layouts.
const (
	mappingVSys = 6
	mappingFrom = 7
	mappingUser = 32
	mappingIdle = 14
	mappingMax  = 13
)

// AppendMappings appends the table of "show user ip-user-mapping all" as the CLI prints
// it. Layout 0 means AddressWide. A field that is longer than its column pushes the others
// to the right. Empty fields cannot be read back.
func AppendMappings(dst []byte, mappings []Mapping, layout MappingLayout) []byte {
	if layout <= 0 {
		layout = AddressWide
	}
	widths := []int{int(layout), mappingVSys, mappingFrom, mappingUser, mappingIdle, mappingMax}
	dst = appendRow(dst, widths, "IP", "Vsys", "From", "User", "IdleTimeout(s)", "MaxTimeout(s)")
	for i, width := range widths {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, strings.Repeat("-", width)...)
	}
	dst = append(dst, '\n')
	for _, m := range mappings {
		dst = appendRow(dst, widths, m.Address.String(), m.VSys, m.From, m.User, seconds(m.Idle), seconds(m.Max))
	}
	return fmt.Appendf(dst, "Total: %d users\n", len(mappings))
}

func appendRow(dst []byte, widths []int, cells ...string) []byte {
	last := len(cells) - 1
	for i, cell := range cells[:last] {
		dst = appendPadded(dst, cell, widths[i]+1, 1)
	}
	return append(append(dst, cells[last]...), '\n')
}

const neverWord = "Never"

// seconds is a remaining time as the firewall prints it.
func seconds(d time.Duration) string {
	if d < 0 {
		return neverWord
	}
	return strconv.FormatInt(int64(d/time.Second), 10)
}

// parseSeconds reads a number of seconds, or "Never".
func parseSeconds(s string) (time.Duration, error) {
	if strings.EqualFold(s, neverWord) {
		return Never, nil
	}
	n, err := parseCounter(s)
	if err != nil {
		return 0, err
	}
	if n > math.MaxInt64/uint64(time.Second) {
		return 0, fmt.Errorf("%s s are more than a duration holds", s)
	}
	return time.Duration(n) * time.Second, nil
}

// ParseMappings reads what "show user ip-user-mapping" prints, in either layout: the table,
// or the lines about one address. No mapping at all is no error if the text is a table. A
// row that is not understood is one, as is a total that differs from the rows: half a
// table must not pass for the whole.
func ParseMappings(text []byte) ([]Mapping, error) {
	var p mappingParser
	for _, line := range lines(text) {
		if err := p.line(strings.TrimSpace(line)); err != nil {
			return nil, fmt.Errorf("mappings: %w", err)
		}
	}
	if p.single != nil {
		m, err := p.single.mapping()
		if err != nil {
			return nil, fmt.Errorf("mappings: %w", err)
		}
		p.mappings = append(p.mappings, m)
	}
	switch {
	case !p.found:
		return nil, notThere("mappings", `a table with the columns "IP Vsys From User IdleTimeout(s) MaxTimeout(s)"`, text)
	case p.counted && p.total != uint64(len(p.mappings)):
		return nil, fmt.Errorf("mappings: %d in the table, but its total says %d", len(p.mappings), p.total)
	}
	return p.mappings, nil
}

type mappingParser struct {
	mappings []Mapping
	found    bool
	counted  bool
	total    uint64
	single   *singleMapping
}

func (p *mappingParser) line(line string) error {
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil
	}
	if _, err := parseAddress(words[0]); err == nil {
		m, err := parseMappingRow(line, words)
		p.found = true
		p.mappings = append(p.mappings, m)
		return err
	}
	switch {
	case len(words) >= 4 && words[0] == "IP" && words[1] == "Vsys":
		p.found = true
	case len(words) >= 2 && words[0] == "Total:":
		n, err := parseCounter(words[1])
		if err != nil {
			return fmt.Errorf("total: %w", err)
		}
		p.found, p.counted = true, true
		p.total = addBounded(p.total, n)
	default:
		return p.singleLine(line)
	}
	return nil
}

// addBounded adds without running over.
func addBounded(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}

// parseMappingRow reads ADDRESS VSYS FROM USER IDLE MAX. The user is what stands between
// the first three words and the last two, blanks and all.
func parseMappingRow(line string, words []string) (Mapping, error) {
	bad := func(why string) (Mapping, error) {
		return Mapping{}, fmt.Errorf("row %q: %s", clip(line, excerptLength), why)
	}
	if len(words) < 6 {
		return bad("expected address, vsys, source, user and two times")
	}
	address, _ := parseAddress(words[0])
	idle, err := parseSeconds(words[len(words)-2])
	if err != nil {
		return bad("idle timeout: " + err.Error())
	}
	limit, err := parseSeconds(words[len(words)-1])
	if err != nil {
		return bad("max timeout: " + err.Error())
	}
	user := line
	for _, word := range words[:3] {
		user = strings.TrimSpace(strings.TrimPrefix(user, word))
	}
	for _, word := range []string{words[len(words)-1], words[len(words)-2]} {
		user = strings.TrimSpace(strings.TrimSuffix(user, word))
	}
	return Mapping{Address: address, VSys: words[1], From: words[2], User: user, Idle: idle, Max: limit}, nil
}
