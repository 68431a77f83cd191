// Package inventory reads lists of devices as spreadsheets and NetBox write them, and
// as JSON: an array of objects, or an object in each line, as examples/scan writes.
//
// The first line names the columns, in any order: address (the only one that is
// needed), user, dept-id, password-env, password-file, password-ref, pin, trust-on-first-use,
// language, tls-ports, legacy-tls, kind, ca, common-name, external-keys, site, group,
// window, serial, name. NetBox's and other usual names for them are known, too.
// Passwords never stand in a list: it says where they are.
package inventory

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/window"
	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/deviceinfo"
	"github.com/rekey-go/rekey/remoteui"
)

// maxSize bounds a list, in bytes.
const maxSize = 64 << 20

// Entry is a device of the list. What its line leaves empty is zero.
type Entry struct {
	Line    int    // of the list, from 1
	Address string // URL or host
	Name    string // for people
	Serial  string // its own serial number, which it is to show: see rekey.Device
	User    string
	DeptID  string
	// PasswordEnv is an environment variable, PasswordFile a file, that holds the
	// password; at most one is given.
	PasswordEnv, PasswordFile string
	// PasswordRef names the password to the program, which gets it elsewhere: see
	// [Entry.DeviceWith].
	PasswordRef string
	// CA names to the program who issues the device's certificates: [Entry.Member]
	// leaves Options.Issuer to it.
	CA              string
	Pins            []remoteui.SPKIHash
	TrustOnFirstUse bool
	Language        string
	TLSPorts        []int
	LegacyTLS       bool
	Kind            rekey.CertificateKind
	CommonName      string
	ExternalKeys    []string
	Site, Group     string
	Window          *window.Window // nil: at any time
}

// List is what was read.
type List struct {
	Entries []Entry
	// Ignored are the columns that mean nothing here, as they are written.
	Ignored []string
	// Notes are worth reading: what looks as if a spreadsheet had changed it, and serial
	// numbers that name no device.
	Notes []*Fault
}

// Fault is what is wrong at one place of a list, and what to do about it.
type Fault struct {
	Line   int    // from 1
	Column string // its name in the first line, or its number if it has none
	Text   string
	Cure   string
}

func (f *Fault) Error() string {
	return fmt.Sprintf("line %d, column %s: %s: %s", f.Line, f.Column, f.Text, f.Cure)
}

// column is what the fields below one name mean.
type column struct {
	names []string // the first is ours; all without spaces, hyphens and underscores
	set   func(*Entry, string) (text, cure string)
}

func text(to func(*Entry) *string) func(*Entry, string) (string, string) {
	return func(e *Entry, v string) (string, string) {
		*to(e) = v
		return "", ""
	}
}

func yes(to func(*Entry) *bool) func(*Entry, string) (string, string) {
	return func(e *Entry, v string) (string, string) {
		switch strings.ToLower(v) {
		case "yes", "true", "1":
			*to(e) = true
		case "no", "false", "0":
		default:
			return fmt.Sprintf("%q is neither yes nor no", v), "write yes or no"
		}
		return "", ""
	}
}

var columns = []column{
	{[]string{"address", "url", "host", "hostname", "ip", "ipaddress", "primaryip", "primaryip4", "primaryip6", "primaryipv4", "primaryipv6", "dnsname"}, setAddress},
	{[]string{"name", "device", "devicename"}, text(func(e *Entry) *string { return &e.Name })},
	{[]string{"serial", "serialnumber"}, text(func(e *Entry) *string { return &e.Serial })},
	{[]string{"user", "username"}, text(func(e *Entry) *string { return &e.User })},
	{[]string{"deptid", "departmentid", "systemmanagerid"}, setDeptID},
	{[]string{"passwordenv"}, text(func(e *Entry) *string { return &e.PasswordEnv })},
	{[]string{"passwordfile"}, text(func(e *Entry) *string { return &e.PasswordFile })},
	{[]string{"pin", "pins"}, setPins},
	{[]string{"trustonfirstuse"}, yes(func(e *Entry) *bool { return &e.TrustOnFirstUse })},
	{[]string{"language", "lang"}, text(func(e *Entry) *string { return &e.Language })},
	{[]string{"tlsports", "tlsport"}, setPorts},
	{[]string{"legacytls"}, yes(func(e *Entry) *bool { return &e.LegacyTLS })},
	{[]string{"kind", "certificatekind"}, setKind},
	{[]string{"ca", "issuer"}, text(func(e *Entry) *string { return &e.CA })},
	{[]string{"passwordref", "credential"}, text(func(e *Entry) *string { return &e.PasswordRef })},
	{[]string{"commonname", "cn"}, text(func(e *Entry) *string { return &e.CommonName })},
	{[]string{"externalkeys", "externalkey"}, func(e *Entry, v string) (string, string) {
		e.ExternalKeys = strings.FieldsFunc(v, func(r rune) bool { return r == '|' })
		return "", ""
	}},
	{[]string{"site"}, text(func(e *Entry) *string { return &e.Site })},
	{[]string{"group"}, text(func(e *Entry) *string { return &e.Group })},
	{[]string{"window", "maintenancewindow"}, func(e *Entry, v string) (string, string) {
		w, err := window.Parse(v)
		if err != nil {
			what, cure, _ := strings.Cut(err.Error(), "; ")
			return what, cure
		}
		e.Window = &w
		return "", ""
	}},
}

func setAddress(e *Entry, v string) (string, string) {
	if p, err := netip.ParsePrefix(v); err == nil { // NetBox writes the mask behind it
		v = p.Addr().String()
	}
	if e.Address != "" {
		return "a second address", "keep one column of addresses"
	}
	if _, err := address.Parse(v); err != nil {
		return err.Error(), "write a host, an IP address or https://HOST:PORT/"
	}
	e.Address = v
	return "", ""
}

func setDeptID(e *Entry, v string) (string, string) {
	if i := strings.IndexFunc(v, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		return "a department ID has digits only", "format the column as text in the spreadsheet, and enter it again"
	}
	e.DeptID = v
	return "", ""
}

func setPins(e *Entry, v string) (string, string) {
	for _, f := range strings.Fields(v) {
		p, err := remoteui.ParsePin(f)
		if err != nil { // it may be a password: devices call theirs a PIN
			return "this is no pin of a public key", "write sha256//BASE64, several with spaces between them"
		}
		e.Pins = append(e.Pins, p)
	}
	return "", ""
}

func setPorts(e *Entry, v string) (string, string) {
	for _, f := range strings.Fields(v) {
		n, err := strconv.ParseUint(f, 10, 16)
		if err != nil || n == 0 {
			return fmt.Sprintf("%q is no port", f), "write numbers from 1 to 65535 with spaces between them"
		}
		e.TLSPorts = append(e.TLSPorts, int(n))
	}
	return "", ""
}

func setKind(e *Entry, v string) (string, string) {
	e.Kind = rekey.CertificateKind(v)
	kinds := []rekey.CertificateKind{rekey.SelfSigned, rekey.ByCSR, rekey.BySCEP}
	if !slices.Contains(kinds, e.Kind) {
		return fmt.Sprintf("%q is no kind of certificate", v), fmt.Sprintf("write one of %q, or nothing for like for like", kinds)
	}
	return "", ""
}

// plain is a column's name without what people write differently.
func plain(name string) string {
	return strings.NewReplacer(" ", "", "-", "", "_", "", ".", "").Replace(strings.ToLower(strings.TrimSpace(name)))
}

// Read reads a list. The error joins a [*Fault] for everything that is wrong with
// it; the entries without faults are returned all the same.
func Read(r io.Reader) (*List, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSize+1))
	if err != nil {
		return nil, err
	}
	whole := func(line int, text, cure string) (*List, error) { return nil, &Fault{line, "1", text, cure} }
	switch {
	case len(data) > maxSize:
		return whole(1, "the list is larger than 64 MiB", "divide it")
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) || bytes.IndexByte(data, 0) >= 0:
		return whole(1, "this is UTF-16 or no text", "save it as \"CSV UTF-8\"")
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	number := 0
	for line := range bytes.Lines(data) {
		if number++; !utf8.Valid(line) {
			return whole(number, "this is not UTF-8", "save it as \"CSV UTF-8\"")
		}
	}
	p := parser{list: new(List)}
	if isJSON(data) {
		if p.records, p.lines, err = jsonRecords(data); err != nil {
			return nil, err
		}
	}
	if rest, ok := bytes.CutPrefix(data, []byte("sep=")); ok && len(rest) > 1 { // Excel's own
		data, p.skipped = bytes.TrimLeft(rest[1:], "\r\n"), 1
	}
	p.csv = csv.NewReader(bytes.NewReader(data))
	p.csv.Comma, p.csv.FieldsPerRecord, p.csv.TrimLeadingSpace = separator(data), -1, true
	if err := p.head(); err != nil {
		return nil, err
	}
	p.rows()
	p.zeros()
	return p.list, errors.Join(p.faults...)
}

// separator is what the first line has most of.
func separator(data []byte) rune {
	first, _, _ := bytes.Cut(bytes.TrimLeft(data, "\r\n"), []byte("\n"))
	best := ','
	for _, c := range ";\t" {
		if bytes.Count(first, []byte(string(c))) > bytes.Count(first, []byte(string(best))) {
			best = c
		}
	}
	return best
}

type parser struct {
	csv     *csv.Reader
	records [][]string // of JSON; nil: csv has them
	lines   []int      // likewise
	skipped int        // lines before what csv reads
	list    *List
	faults  []error
	names   []string  // of the columns, as written
	columns []*column // nil: ignored
}

func (p *parser) fault(line int, col, text, cure string) {
	p.faults = append(p.faults, &Fault{line, col, text, cure})
}

// next reads a record; the line is that of the list.
func (p *parser) next() (record []string, line int, err error) {
	if p.lines != nil {
		if len(p.records) == 0 {
			return nil, 0, io.EOF
		}
		record, line, p.records, p.lines = p.records[0], p.lines[0], p.records[1:], p.lines[1:]
		return record, line, nil
	}
	record, err = p.csv.Read()
	if bad, ok := errors.AsType[*csv.ParseError](err); ok {
		at := fmt.Sprintf("at character %d", bad.Column)
		if bad.Line != bad.StartLine { // where it is noticed is of no use
			at = "in which a quote opens"
		}
		return nil, 0, &Fault{
			bad.StartLine + p.skipped, at, bad.Err.Error(),
			`write " as "" within quotes, and quotes around the whole field`,
		}
	}
	if err != nil {
		return nil, 0, err
	}
	line, _ = p.csv.FieldPos(0)
	return record, line + p.skipped, nil
}

func (p *parser) head() error {
	head, line, err := p.next()
	if errors.Is(err, io.EOF) {
		return &Fault{1, "1", "the list is empty", "begin it with the names of the columns, one of them address"}
	}
	if err != nil {
		return err
	}
	for len(head) > 0 && strings.TrimSpace(head[len(head)-1]) == "" { // a separator at the end
		head = head[:len(head)-1]
	}
	p.names, p.columns = head, make([]*column, len(head))
	for i, name := range head {
		n := plain(name)
		switch {
		case n == "":
			p.fault(line, strconv.Itoa(i+1), "the column has no name", "name it, or delete it")
			continue
		case n == "password" || n == "pincode" || n == "secret" || n == "passwort":
			p.fault(line, name, "a list holds no passwords", "delete the column, and name an environment variable (password-env) or a file (password-file) for each device")
			continue
		}
		p.columns[i] = columnOf(n)
		if c := p.columns[i]; c == nil {
			if near := similar(n); near != "" {
				p.fault(line, name, "no such column", "is "+near+" meant? Else name it differently")
			}
			p.list.Ignored = append(p.list.Ignored, name)
		} else if j := slices.Index(p.columns[:i], c); j >= 0 {
			p.fault(line, name, fmt.Sprintf("means the same as column %s", head[j]), "delete one of them")
		}
	}
	if !slices.Contains(p.columns, &columns[0]) {
		p.fault(line, "1", "no column is named address", "name the columns in the first line, and one of them address")
	}
	return errors.Join(p.faults...)
}

func columnOf(n string) *column {
	for i := range columns {
		if slices.Contains(columns[i].names, n) {
			return &columns[i]
		}
	}
	return nil
}

// similar finds what is written almost so: who misspells window does not want to
// have none. Short names are too many.
func similar(n string) string {
	for _, c := range columns {
		for _, name := range c.names {
			if len(name) >= 5 && len(n) >= 4 && distance(n, name) <= 1 {
				return c.names[0]
			}
		}
	}
	return ""
}

// distance is how many characters have to be changed, put in or left out.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := before
			if a[i] != b[j] {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

func (p *parser) rows() {
	addresses, serials := map[string]int{}, map[string]int{}
	for {
		record, line, err := p.next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			p.faults = append(p.faults, err)
			return // where the next line begins is not known
		}
		for len(record) > len(p.names) && strings.TrimSpace(record[len(record)-1]) == "" {
			record = record[:len(record)-1]
		}
		if !slices.ContainsFunc(record, func(f string) bool { return strings.TrimSpace(f) != "" }) {
			continue
		}
		before := len(p.faults)
		if len(record) != len(p.names) {
			p.fault(line, strconv.Itoa(min(len(record), len(p.names))+1), fmt.Sprintf("%d fields, and %d columns are named", len(record), len(p.names)), "put quotes around a field that holds the separator, or fill the line up")
			continue
		}
		e := p.entry(record, line)
		if e.Address != "" {
			p.once(addresses, strings.ToLower(address.Device(e.Address)), line, &columns[0])
		}
		if e.Serial != "" {
			p.once(serials, cmp.Or(deviceinfo.SerialKey(e.Serial), strings.ToUpper(e.Serial)), line, &columns[2])
		}
		if e.Serial != "" && deviceinfo.SerialKey(e.Serial) == "" {
			p.list.Notes = append(p.list.Notes, &Fault{line, p.nameOf(&columns[2]), fmt.Sprintf("%q is no serial number that is understood: the device is told by its key alone", e.Serial), "enter the one on the device's label, or leave the field empty"})
		}
		if len(p.faults) == before {
			p.list.Entries = append(p.list.Entries, e)
		}
	}
}

// once refuses what stood in an earlier line.
func (p *parser) once(seen map[string]int, key string, line int, c *column) {
	if first := seen[key]; first > 0 {
		p.fault(line, p.nameOf(c), fmt.Sprintf("the same device as in line %d", first), "delete one of the lines")
		return
	}
	seen[key] = line
}

func (p *parser) nameOf(c *column) string {
	if i := slices.Index(p.columns, c); i >= 0 {
		return p.names[i]
	}
	return c.names[0]
}

func (p *parser) entry(record []string, line int) Entry {
	e := Entry{Line: line}
	for i, c := range p.columns {
		v := strings.TrimSpace(record[i])
		if c == nil || v == "" {
			continue
		}
		if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			p.fault(line, p.names[i], "the field goes over several lines, or holds control characters", "write it in one line")
			continue
		}
		if mangled(v) && (c == &columns[2] || c == &columns[4]) {
			p.fault(line, p.names[i], "a spreadsheet has made this of a long number", "format the column as text, and enter the number again")
			continue
		}
		if text, cure := c.set(&e, v); text != "" {
			p.fault(line, p.names[i], text, cure)
		}
	}
	if e.Address == "" && !slices.ContainsFunc(p.faults, func(err error) bool {
		f, ok := errors.AsType[*Fault](err)
		return ok && f.Line == line && f.Column == p.nameOf(&columns[0])
	}) {
		p.fault(line, p.nameOf(&columns[0]), "the device has no address", "write one, or delete the line")
	}
	if places := []string{e.PasswordEnv, e.PasswordFile, e.PasswordRef}; len(slices.DeleteFunc(places, func(s string) bool { return s == "" })) > 1 {
		p.fault(line, p.nameOf(&columns[6]), "the password is in two places", "name a variable or a file")
	}
	if e.User != "" && e.DeptID != "" {
		p.fault(line, p.nameOf(&columns[4]), "a user and a department ID", "give what the device's login form asks for")
	}
	return e
}

// mangled reports whether a number is written as 1.23E+11.
func mangled(v string) bool {
	_, err := strconv.ParseFloat(strings.ReplaceAll(v, ",", "."), 64)
	return err == nil && strings.ContainsAny(v, "eE") && strings.ContainsAny(v, ".,+")
}

// zeros notes numbers that are shorter than the others of their column: spreadsheets
// take the zeros off the front.
func (p *parser) zeros() {
	for _, of := range []struct {
		col *column
		get func(*Entry) string
	}{{&columns[2], func(e *Entry) string { return e.Serial }}, {&columns[4], func(e *Entry) string { return e.DeptID }}} {
		lengths := map[int]int{}
		for i := range p.list.Entries {
			if v := of.get(&p.list.Entries[i]); v != "" {
				lengths[len(v)]++
			}
		}
		if len(lengths) < 2 {
			continue
		}
		longest := slices.Max(slices.Collect(maps.Keys(lengths)))
		for i := range p.list.Entries {
			e := &p.list.Entries[i]
			v := of.get(e)
			if _, err := strconv.ParseUint(v, 10, 64); err == nil && len(v) < longest {
				p.list.Notes = append(p.list.Notes, &Fault{
					e.Line, p.nameOf(of.col), fmt.Sprintf("%d digits, and others of the column have %d: zeros at the front may be lost", len(v), longest),
					"if so, format the column as text, and enter it again",
				})
			}
		}
	}
}

// Device is how the device is reached, with its password. An error is a [*Fault]
// that does not hold it.
func (e *Entry) Device() (rekey.Device, error) { return e.DeviceWith(nil) }

// DeviceWith is Device where the column password-ref says by which name to ask for a
// password: of a vault, for example. Of an error that returns, nothing is shown but
// its text.
func (e *Entry) DeviceWith(password func(ref string) (rekey.Secret, error)) (rekey.Device, error) {
	d := rekey.Device{
		URL: e.Address, UserName: e.User, DepartmentID: e.DeptID, Pins: e.Pins, TrustOnFirstUse: e.TrustOnFirstUse,
		Serial: e.Serial, Language: e.Language, TLSPorts: e.TLSPorts, LegacyTLS: e.LegacyTLS,
	}
	switch {
	case e.PasswordRef != "" && password == nil:
		return d, &Fault{e.Line, "password-ref", "this program asks nobody for passwords", "name an environment variable (password-env) or a file (password-file)"}
	case e.PasswordRef != "":
		s, err := password(e.PasswordRef)
		if err == nil && s.Empty() {
			err = errors.New("it is empty")
		}
		if err != nil {
			return d, &Fault{e.Line, "password-ref", fmt.Sprintf("no password is to be had for %q: %v", e.PasswordRef, err), "see who keeps the passwords"}
		}
		d.Password = s
	case e.PasswordEnv != "":
		v := os.Getenv(e.PasswordEnv)
		if v == "" {
			return d, &Fault{e.Line, "password-env", fmt.Sprintf("the environment variable %q is not set, or empty", e.PasswordEnv), "set it"}
		}
		d.Password = rekey.NewSecret(v)
	case e.PasswordFile != "":
		b, err := os.ReadFile(e.PasswordFile)
		v := strings.TrimRight(string(b), "\r\n")
		if err != nil || v == "" {
			return d, &Fault{e.Line, "password-file", fmt.Sprintf("%q cannot be read, or is empty", e.PasswordFile), "name a file with the password in it"}
		}
		d.Password = rekey.NewSecret(v)
	}
	return d, nil
}

// subnet is the /24, or the /64 of IPv6, of an address; empty: it is a name, which is
// not looked up.
func (e *Entry) subnet() string {
	u, err := address.Parse(e.Address)
	if err != nil {
		return ""
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		return ""
	}
	bits := 24
	if ip = ip.Unmap(); ip.Is6() {
		bits = 64
	}
	p, err := ip.WithZone("").Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}

// Member is what is particular to the device, over the options of the fleet, which
// may be nil and are not changed. Its groups are its site, its group, and its subnet
// if it has an IP address: the /24, or the /64 of IPv6.
func (e *Entry) Member(o *rekey.Options) rekey.FleetMember {
	m := rekey.FleetMember{Options: o, Window: e.Window}
	if n := e.subnet(); n != "" {
		m.Groups = append(m.Groups, "subnet "+n)
	}
	if e.Site != "" {
		m.Groups = append(m.Groups, "site "+e.Site)
	}
	if e.Group != "" {
		m.Groups = append(m.Groups, "group "+e.Group)
	}
	if e.Kind == "" && e.CommonName == "" && len(e.ExternalKeys) == 0 {
		return m
	}
	var own rekey.Options
	if o != nil {
		own = *o
	}
	if e.Kind != "" {
		own.Kind = e.Kind
	}
	if e.CommonName != "" {
		own.CommonName = e.CommonName
	}
	own.ExternalKeys = append(slices.Clone(own.ExternalKeys), e.ExternalKeys...)
	m.Options = &own
	return m
}
