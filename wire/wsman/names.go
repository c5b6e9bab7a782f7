package wsman

import "strings"

// The namespaces of messages; MS-WSMV section 2.2.1 and DSP0226 annex A.
const (
	nsSOAP       = "http://www.w3.org/2003/05/soap-envelope"
	nsSOAP11     = "http://schemas.xmlsoap.org/soap/envelope/"
	nsAddressing = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
	nsWSMan      = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
	nsMicrosoft  = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"
	nsEnum       = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
	nsTransfer   = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
	nsEventing   = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
	nsFault      = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
	nsIdentity   = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
	nsCIM        = "http://schemas.dmtf.org/wbem/wscim/1/common"
	nsBinding    = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd"
	nsConfig     = "http://schemas.microsoft.com/wbem/wsman/1/config"
	nsXSI        = "http://www.w3.org/2001/XMLSchema-instance"
	nsXML        = "http://www.w3.org/XML/1998/namespace"

	anonymous = nsAddressing + "/role/anonymous"
)

// prefixes are those that are written, and in which subcodes are named.
var prefixes = []struct{ prefix, space string }{
	{"s", nsSOAP}, {"wsa", nsAddressing}, {"wsman", nsWSMan}, {"wsen", nsEnum}, {"wse", nsEventing}, {"wsx", nsTransfer},
}

// The actions, and what a response adds to one.
const (
	ActionEnumerate = nsEnum + "/Enumerate"
	ActionPull      = nsEnum + "/Pull"
	ActionRelease   = nsEnum + "/Release"
	ActionGet       = nsTransfer + "/Get"
	responseSuffix  = "Response"
)

const (
	// DialectWQL is the dialect of a filter in WQL.
	DialectWQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
	// ResourceConfig is the service's own configuration, what "winrm get winrm/config" shows.
	ResourceConfig = nsConfig
	// wmi is in front of a WMI namespace, MS-WSMV section 2.2.4.
	wmi = "http://schemas.microsoft.com/wbem/wsman/1/wmi/"
	// protocolVersion is what an Identify answers.
	protocolVersion = nsWSMan
)

// ContentSOAP is the type of a message in the clear, as Windows and its clients write it.
const ContentSOAP = "application/soap+xml;charset=UTF-8"

// Default ports and path of WinRM; Microsoft, "Installation and configuration for Windows Remote Management".
const (
	PortHTTP  = 5985
	PortHTTPS = 5986
	Path      = "/wsman"
)

// WMIResource is the resource of a class in a WMI namespace, such as "root/cimv2"; class "*" is what a WQL
// query names.
func WMIResource(namespace, class string) string {
	return wmi + strings.ReplaceAll(namespace, `\`, "/") + "/" + class
}

// ParseWMIResource takes a resource apart; ok is false if it is none of WMI. Case is kept.
func ParseWMIResource(uri string) (namespace, class string, ok bool) {
	if len(uri) < len(wmi) || !strings.EqualFold(uri[:len(wmi)], wmi) {
		return "", "", false
	}
	at := strings.LastIndexByte(uri, '/')
	if at < len(wmi) {
		return "", "", false
	}
	class, _, _ = strings.Cut(uri[at+1:], "?") // Windows takes selectors here, too
	return uri[len(wmi):at], class, true
}
