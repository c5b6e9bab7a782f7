package panos

import (
	"testing"
	"time"
)

func TestTicketFailureInTheLog(t *testing.T) {
	t.Parallel()
	tokyo := time.FixedZone("JST", 9*60*60)
	for _, row := range []struct {
		name    string
		at      time.Time
		failure TicketFailure
		want    string
	}{
		{"as the articles print it", time.Time{}, TicketFailure{Number: -1765328228},
			"Error: pan_user_id_krb5_init_ticket(pan_user_id_win.c:2062): failed to get krb5 tgt ticket with error -1765328228.\n"},
		{"in the log of another release", time.Date(2026, 11, 23, 18, 20, 20, 7_000_000, tokyo), TicketFailure{Number: 11, Line: 1982},
			"2026-11-23 18:20:20.007 +0900 Error: pan_user_id_krb5_init_ticket(pan_user_id_win.c:1982): failed to get krb5 tgt ticket with error 11.\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := string(LogLine{At: row.at, Text: row.failure.Text()}.AppendText(nil)); got != row.want {
				t.Errorf("got  %q\nwant %q", got, row.want)
			}
		})
	}
}

// The lines of the vendor's article on connection failures.
func TestQueryFailureInTheLog(t *testing.T) {
	t.Parallel()
	for want, failure := range map[string]QueryFailure{
		"Error: pan_user_id_winrm_query(pan_user_id_win.c:2794): Connection failed. response code = 0, error: Couldn't connect to server in vsys 1": {Curl: "Couldn't connect to server", Line: 2794},
		"Error: pan_user_id_winrm_query(pan_user_id_win.c:2805): Connection failed. response code = 500, error: (null) in vsys 1":                   {Code: 500},
		"Error: pan_user_id_winrm_query(pan_user_id_win.c:2805): Connection failed. response code = 401, error: (null) in vsys 3":                   {Code: 401, VSys: "vsys3"},
	} {
		if got := failure.Text(); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}
