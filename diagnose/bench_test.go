package diagnose

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// BenchmarkLog reads a log of which one line in a hundred says why a server is not connected.
func BenchmarkLog(b *testing.B) {
	var text strings.Builder
	for i := range 10_000 {
		if i%100 == 0 {
			fmt.Fprintf(&text, "2026-03-01 10:15:%02d.123 +0900 Error:  pan_user_id_krb5_init_ticket(pan_user_id_win.c:2062): failed to get krb5 tgt ticket with error -1765328360.\n", i%60)
			continue
		}
		fmt.Fprintf(&text, "2026-03-01 10:15:%02d.123 +0900 debug: pan_user_id_map_update(pan_user_id.c:%d): 192.0.2.%d is corp\\user%d in vsys 1, time-out 2700\n", i%60, i, i%250, i)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		d := New(Config{})
		if err := d.Read(b.Context(), "log", io.NopCloser(strings.NewReader(text.String()))); err != nil {
			b.Fatal(err)
		}
		if d.Counts().Understood != 100 {
			b.Fatalf("counts %+v", d.Counts())
		}
	}
}
