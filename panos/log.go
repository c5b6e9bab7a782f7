package panos

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// LogCommand is how the log of the User-ID process is read at the firewall. The XML API has no
// such command.
const LogCommand = "less mp-log useridd.log"

// LogLine is a line of that log.
type LogLine struct {
	// At is when, in the firewall's time zone. The zero value leaves it out, as the vendor's articles
	// print the lines.
	At   time.Time
	Text string // "Error: …"
}

// AppendText appends the line with its end. The form of the time is recalled.
func (l LogLine) AppendText(dst []byte) []byte {
	if !l.At.IsZero() {
		dst = l.At.AppendFormat(dst, "2006-01-02 15:04:05.000 -0700 ")
	}
	return append(append(dst, l.Text...), '\n')
}

// TicketFailure is what the User-ID process logs when it got no Kerberos ticket for its service
// account. It does not say which server it was for.
type TicketFailure struct {
	Number int64 // as the Kerberos library gave it: -1765328360, or 11
	// Line is the number of a source line, different from release to release. 0 means one that the
	// vendor's articles show.
	Line int
}

// ticketLine is a source line that the vendor's articles show.
const ticketLine = 2062

// Text is the line in the words of the vendor's articles, without a time.
func (f TicketFailure) Text() string {
	return fmt.Sprintf("Error: pan_user_id_krb5_init_ticket(pan_user_id_win.c:%d): failed to get krb5 tgt ticket with error %d.",
		cmp.Or(f.Line, ticketLine), f.Number)
}

// QueryFailure is what the User-ID process logs when it could not read a server over WinRM. It does not say which server
// it was.
type QueryFailure struct {
	Code int    // of HTTP; 0 means that there was no answer
	Curl string // what libcurl says; empty means that it had nothing to say, which is printed as (null)
	VSys string // "vsys1"; empty means that
	// Line is the number of a source line, different from release to release. 0 means one that the
	// vendor's articles show.
	Line int
}

// queryLine is a source line that the vendor's articles show.
const queryLine = 2805

// Text is the line in the words of the vendor's articles, without a time.
func (f QueryFailure) Text() string {
	return fmt.Sprintf("Error: pan_user_id_winrm_query(pan_user_id_win.c:%d): Connection failed. response code = %d, error: %s in vsys %s",
		cmp.Or(f.Line, queryLine), f.Code, cmp.Or(f.Curl, "(null)"), strings.TrimPrefix(cmp.Or(f.VSys, "vsys1"), "vsys"))
}
