package symptom

import "strings"

// CurlError is an error of libcurl, whose text the firewall logs when a WinRM request brings
// no HTTP answer. The same failure has other texts in other generations of libcurl, and one
// text two meanings.
type CurlError struct {
	Code    int    // CURLcode: 60
	Name    string // CURLE_PEER_FAILED_VERIFICATION
	Text    string // of curl_easy_strerror
	Version string // the libcurl that says so: "up to 7.61", "7.62 and later"; "" for all
	Symptom string // the ID of the symptom
}

// CurlErrors returns what is known, by code. The slice is the caller's.
func CurlErrors() []CurlError { return append([]CurlError(nil), curlErrors...) }

// curlErrors are of curl's lib/strerror.c, tags 7.20 to 8.9.
var curlErrors = []CurlError{
	{3, "CURLE_URL_MALFORMAT", "URL using bad/illegal format or missing URL", "", "winrm.other-error"},
	{5, "CURLE_COULDNT_RESOLVE_PROXY", "Couldn't resolve proxy name", "up to 8.8", "winrm.other-error"},
	{5, "CURLE_COULDNT_RESOLVE_PROXY", "Could not resolve proxy name", "8.9 and later", "winrm.other-error"},
	{6, "CURLE_COULDNT_RESOLVE_HOST", "Couldn't resolve host name", "up to 8.8", "winrm.unresolved"},
	{6, "CURLE_COULDNT_RESOLVE_HOST", "Could not resolve hostname", "8.9 and later", "winrm.unresolved"},
	{7, "CURLE_COULDNT_CONNECT", "Couldn't connect to server", "up to 8.8", "winrm.not-reached"},
	{7, "CURLE_COULDNT_CONNECT", "Could not connect to server", "8.9 and later", "winrm.not-reached"},
	{18, "CURLE_PARTIAL_FILE", "Transferred a partial file", "", "winrm.other-error"},
	{27, "CURLE_OUT_OF_MEMORY", "Out of memory", "", "winrm.other-error"},
	{28, "CURLE_OPERATION_TIMEDOUT", "Timeout was reached", "", "winrm.timeout"},
	{35, "CURLE_SSL_CONNECT_ERROR", "SSL connect error", "", "winrm.handshake"},
	{51, "CURLE_SSL_PEER_CERTIFICATE", "SSL peer certificate or SSH remote key was not OK", "up to 7.61", "winrm.certificate-refused"},
	{52, "CURLE_GOT_NOTHING", "Server returned nothing (no headers, no data)", "", "winrm.cut"},
	{55, "CURLE_SEND_ERROR", "Failed sending data to the peer", "", "winrm.cut"},
	{56, "CURLE_RECV_ERROR", "Failure when receiving data from the peer", "", "winrm.cut"},
	{58, "CURLE_SSL_CERTPROBLEM", "Problem with the local SSL certificate", "", "winrm.handshake"},
	{59, "CURLE_SSL_CIPHER", "Couldn't use specified SSL cipher", "", "winrm.handshake"},
	{60, "CURLE_SSL_CACERT", "Peer certificate cannot be authenticated with known CA certificates", "up to 7.21.6", "winrm.certificate-untrusted"},
	{60, "CURLE_SSL_CACERT", "Peer certificate cannot be authenticated with given CA certificates", "7.21.7 to 7.61", "winrm.certificate-untrusted"},
	{60, "CURLE_PEER_FAILED_VERIFICATION", "SSL peer certificate or SSH remote key was not OK", "7.62 and later", "winrm.certificate-refused"},
	{67, "CURLE_LOGIN_DENIED", "Login denied", "", "winrm.unauthorized"},
	{77, "CURLE_SSL_CACERT_BADFILE", "Problem with the SSL CA cert (path? access rights?)", "", "winrm.certificate-untrusted"},
	{83, "CURLE_SSL_ISSUER_ERROR", "Issuer check against peer certificate failed", "", "winrm.certificate-untrusted"},
}

// curlKey brings a text of libcurl into the form in which two of them compare.
func curlKey(text string) string {
	text = strings.ReplaceAll(strings.ToLower(text), "’", "'")
	return strings.TrimRight(strings.Join(strings.Fields(text), " "), ". ")
}

// ByCurlText returns the symptom of a text of libcurl, of any generation.
func ByCurlText(text string) (Symptom, bool) {
	key := curlKey(text)
	for _, c := range curlErrors {
		if curlKey(c.Text) == key {
			return Find(c.Symptom)
		}
	}
	return Symptom{}, false
}
