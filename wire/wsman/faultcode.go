package wsman

import "fmt"

// Codes of faults: wsmerror.h, winerror.h and wbemcli.h of the Windows SDK.
const (
	CodeAccessDenied           uint32 = 5          // ERROR_ACCESS_DENIED
	CodeEAccessDenied          uint32 = 0x80070005 // E_ACCESSDENIED
	CodeWBEMAccessDenied       uint32 = 0x80041003 // WBEM_E_ACCESS_DENIED
	CodeCannotConnect          uint32 = 0x80338012
	CodeCannotProcessFilter    uint32 = 0x8033801A
	CodeTimedOut               uint32 = 0x80338029
	CodeSchemaValidation       uint32 = 0x80338041
	CodeWMIServiceDenied       uint32 = 0x80338104
	CodeWMIProviderDenied      uint32 = 0x80338105
	CodeWMICannotConnectDenied uint32 = 0x80338106
	CodeQuotaMaxShells         uint32 = 0x803381A5
	CodeQuotaMaxOperations     uint32 = 0x803381A6
	// CodeQuotaMaxOperationsShell is CodeQuotaMaxShells: clients captured it for operations, too.
	CodeQuotaMaxOperationsShell = CodeQuotaMaxShells
)

// knownCode is a code with what is known of the fault that carries it.
type knownCode struct {
	code           uint32
	name           string
	value, subcode string // of the fault
	text           string
}

// knownCodes: codes, names, values and subcodes are those of wsmerror.h, whose texts are given without the advice
// behind them; those of E_ACCESSDENIED are as others captured them. Inferred are the values and subcodes of the WMI
// denials, of CANNOT_CONNECT, of the quotas (QuotaLimit was captured) and of WBEM_E_ACCESS_DENIED, and the texts of the
// last three.
var knownCodes = []knownCode{
	{CodeAccessDenied, "ERROR_ACCESS_DENIED", "Sender", "wsman:AccessDenied", "Access is denied. "},
	{CodeEAccessDenied, "E_ACCESSDENIED", "Receiver", "wsman:InternalError", "Access is denied. "},
	{CodeCannotConnect, "ERROR_WSMAN_CANNOT_CONNECT", "Receiver", "wsman:InternalError", ""},
	{CodeCannotProcessFilter, "ERROR_WSMAN_ENUMERATE_CANNOT_PROCESS_FILTER", "Receiver", "wsen:CannotProcessFilter",
		"The data source could not process the filter. The filter might be missing or it might be invalid. "},
	{CodeTimedOut, "ERROR_WSMAN_OPERATION_TIMEDOUT", "Receiver", "wsman:TimedOut",
		"The WS-Management service cannot complete the operation within the time specified in OperationTimeout. "},
	{CodeSchemaValidation, "ERROR_WSMAN_SCHEMA_VALIDATION_ERROR", "Sender", "wsman:SchemaValidationError",
		"The SOAP XML in the message does not match the corresponding XML schema definition. "},
	{CodeWMIServiceDenied, "ERROR_WSMAN_WMI_SVC_ACCESS_DENIED", "Sender", "wsman:AccessDenied",
		"The WS-Management service cannot process the request. The WMI service returned an 'access denied' error. "},
	{CodeWMIProviderDenied, "ERROR_WSMAN_WMI_PROVIDER_ACCESS_DENIED", "Sender", "wsman:AccessDenied",
		"The WS-Management service cannot process the request. The WMI provider returned an 'access denied' error. "},
	{CodeWMICannotConnectDenied, "ERROR_WSMAN_WMI_CANNOT_CONNECT_ACCESS_DENIED", "Sender", "wsman:AccessDenied",
		"The WS-Management service cannot process the request. An 'access denied' error was received when connecting to the WMI service on the computer specified. "},
	{CodeQuotaMaxShells, "ERROR_WSMAN_QUOTA_MAX_SHELLS", "Receiver", "wsman:QuotaLimit", "The maximum number of concurrent shells has been exceeded. "},
	{CodeQuotaMaxOperations, "ERROR_WSMAN_QUOTA_MAX_OPERATIONS", "Receiver", "wsman:QuotaLimit", "The maximum number of concurrent operations has been exceeded. "},
	{CodeWBEMAccessDenied, "WBEM_E_ACCESS_DENIED", "Receiver", "wsman:InternalError", "Access denied "},
}

// CodeName is a code in hexadecimal, or as it is below 65536, with its name where it has one here.
func CodeName(code uint32) string {
	number := fmt.Sprintf("0x%08X", code)
	if code < 1<<16 {
		number = fmt.Sprint(code)
	}
	for _, k := range knownCodes {
		if k.code == code {
			return number + " " + k.name
		}
	}
	return number
}

// NewFault is the fault with which a Windows machine says a code: value, subcode and text are those of the code
// where it is known, and otherwise an internal error without text.
func NewFault(code uint32, machine string) *Fault {
	f := &Fault{Code: "Receiver", Subcode: "wsman:InternalError", Windows: &WSManFault{Code: code, Machine: machine}}
	for _, k := range knownCodes {
		if k.code == code {
			f.Code, f.Subcode, f.Reason, f.Windows.Message = k.value, k.subcode, k.text, k.text
		}
	}
	return f
}

func schemaFault(detail string) *Fault {
	f := NewFault(CodeSchemaValidation, "")
	f.Windows.Message += detail
	return f
}
