package simulate

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
	"time"
)

// route is one path of the API and what each method does there. What has a writes wants
// the token.
type route struct {
	path   string
	reads  http.HandlerFunc            // GET
	writes map[string]http.HandlerFunc // by method
}

func (c *Control) routes() []route {
	type writes = map[string]http.HandlerFunc
	return []route{
		{"/v1/health", c.health, nil},
		{"/v1/events", c.events, nil},
		{"/v1/mappings", c.mappings, nil},
		{"/v1/faults", c.listFaults, nil},
		{"/v1/faults/{id}", c.showFault, writes{http.MethodPut: c.startFault, http.MethodDelete: c.stopFault}},
		{"/v1/reset", nil, writes{http.MethodPost: c.reset}},
	}
}

func (c *Control) handler() http.Handler {
	mux := http.NewServeMux()
	var paths []string
	for _, r := range c.routes() {
		paths = append(paths, r.path)
		var methods []string
		if r.reads != nil {
			methods = append(methods, http.MethodGet)
			mux.HandleFunc("GET "+r.path, r.reads)
		}
		for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPost} {
			if do := r.writes[method]; do != nil {
				methods = append(methods, method)
				mux.HandleFunc(method+" "+r.path, c.guarded(do))
			}
		}
		allow := strings.Join(methods, ", ")
		mux.HandleFunc(r.path, func(w http.ResponseWriter, q *http.Request) {
			w.Header().Set("Allow", allow)
			fail(w, http.StatusMethodNotAllowed, "%s %s: there is %s", clip(q.Method), r.path, allow)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, q *http.Request) {
		fail(w, http.StatusNotFound, "no path %q; there are %s", clip(q.URL.Path), strings.Join(paths, ", "))
	})
	return c.local(mux)
}

// local lets through what was asked of loopback by that name. A page whose name was
// pointed at 127.0.0.1 (DNS rebinding) has its own in the Host header.
func (c *Control) local(next http.Handler) http.Handler {
	_, port, _ := net.SplitHostPort(c.Addr().String())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		// A body is waited for no longer than that, also one that nobody wants: net/http takes
		// it in before it answers. Hence twice the time until the client has read its answer;
		// who follows is given more with each piece.
		c.patience(w, 2)
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(c.config.Patience))
			r.Body = http.MaxBytesReader(w, r.Body, maxControlBody)
		}
		host, asked, err := net.SplitHostPort(r.Host)
		if err != nil {
			host, asked = strings.Trim(r.Host, "[]"), "80" // the default of http
		}
		if asked != port || !isLoopback(host) {
			fail(w, http.StatusForbidden, "host %q is not this one: ask for http://%s", clip(r.Host), c.Addr())
			return
		}
		next.ServeHTTP(w, r)
	})
}

// patience gives the client time to read what is written next.
func (c *Control) patience(w http.ResponseWriter, times time.Duration) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(times * c.config.Patience))
}

// guarded lets through who knows the token.
func (c *Control) guarded(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") || !c.knows(strings.TrimSpace(token)) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="uidprobe control"`)
			fail(w, http.StatusUnauthorized, "%s wants the token: send the header Authorization: Bearer TOKEN", r.Method)
			return
		}
		next(w, r)
	}
}

// knows compares in a time that tells nothing of where the two differ, nor of their lengths.
func (c *Control) knows(token string) bool {
	given, right := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(c.token()))
	return subtle.ConstantTimeCompare(given[:], right[:]) == 1
}
