package inventory_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/inventory"
)

const pin = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

// faults of an error, each of which has to be whole.
func faults(t *testing.T, err error) (all []*inventory.Fault) {
	t.Helper()
	var walk func(error)
	walk = func(err error) {
		if many, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range many.Unwrap() {
				walk(e)
			}
		} else if f, ok := errors.AsType[*inventory.Fault](err); ok {
			all = append(all, f)
		} else if err != nil {
			t.Errorf("no fault: %v", err)
		}
	}
	walk(err)
	for _, f := range all {
		if f.Line == 0 || f.Column == "" || f.Text == "" || f.Cure == "" {
			t.Errorf("incomplete: %+v", f)
		}
	}
	return all
}

// The same list as programs write it.
func TestReadsWhatProgramsWrite(t *testing.T) {
	t.Parallel()
	plain := "address,dept-id,site\n192.0.2.1,0012345,\"Hall, 3\"\nprinter.example,7654321,B\n"
	semicolons := strings.NewReplacer("Hall, 3", "Hall; 3", ",", ";").Replace(plain)
	for name, text := range map[string]string{
		"as it should be":                plain,
		"byte order mark":                "\ufeff" + plain,
		"Windows":                        strings.ReplaceAll(plain, "\n", "\r\n"),
		"semicolons":                     semicolons,
		"semicolon at the end":           strings.ReplaceAll(semicolons, "\n", ";\n"),
		"semicolon at the end of a head": strings.Replace(semicolons, "\n", ";\n", 1)[:strings.IndexByte(semicolons, '\n')+1] + "\n" + strings.SplitN(semicolons, "\n", 2)[1],
		"tabs":                           strings.NewReplacer("Hall, 3", "Hall, 3", ",", "\t").Replace(plain),
		"Excel's hint":                   "sep=;\r\n" + semicolons,
		"quotes everywhere":              "\"address\",\"dept-id\",\"site\"\n\"192.0.2.1\",\"0012345\",\"Hall, 3\"\n\"printer.example\",\"7654321\",\"B\"\n",
		"empty lines":                    strings.ReplaceAll(plain, "\n", "\n\n,,\n"),
		"other names and order":          "Site;Department ID;IP Address\nHall, 3;0012345;192.0.2.1/24\nB;7654321;printer.example\n",
	} {
		l, err := inventory.Read(strings.NewReader(text))
		if err != nil || len(l.Entries) != 2 {
			t.Errorf("%s: %v, %v", name, l, err)
			continue
		}
		a, b := l.Entries[0], l.Entries[1]
		if a.Address != "192.0.2.1" || a.DeptID != "0012345" || !strings.HasPrefix(a.Site, "Hall") || b.Address != "printer.example" || b.Site != "B" || a.Line >= b.Line {
			t.Errorf("%s: %+v", name, l.Entries)
		}
	}
	l, err := inventory.Read(strings.NewReader("Name,Status,Tenant,Site,Location,Rack,Role,Manufacturer,Type,Serial number,IP Address\np1,active,,B,,,printer,Canon,iR,ABC00123,192.0.2.7/24\n"))
	if err != nil || len(l.Entries) != 1 || l.Entries[0].Address != "192.0.2.7" || l.Entries[0].Serial != "ABC00123" || len(l.Ignored) != 7 {
		t.Errorf("NetBox: %+v, %v", l, err)
	}
	l, err = inventory.Read(strings.NewReader("Device Name;Product Name;IP Address;Serial Number;MAC Address;\np1;iR-ADV C5560 III;192.0.2.8;ABC00124;00:00:5e:00:53:01;\n"))
	if err != nil || len(l.Entries) != 1 || l.Entries[0].Address != "192.0.2.8" || l.Entries[0].Serial != "ABC00124" || l.Entries[0].Name != "p1" || len(l.Ignored) != 2 {
		t.Errorf("a management console: %+v, %v", l, err)
	}
}

// Every malformed list says where, what and how to mend it.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		line       int
		column     string
		says       string
	}{
		{"empty", "", 1, "1", "the list is empty"},
		{"no head", "192.0.2.1\n192.0.2.2\n", 1, "1", "no column is named address"},
		{"UTF-16", "\xff\xfea\x00d\x00", 1, "1", "UTF-16"},
		{"not UTF-8", "address,site\n192.0.2.1,Z\xfcrich\n", 2, "1", "not UTF-8"},
		{"column without name", "address,,site\na.example,,B\n", 1, "2", "no name"},
		{"column twice", "address,ip\na.example,b.example\n", 1, "ip", "the same as column address"},
		{"misspelled", "address,windw\na.example,x\n", 1, "windw", "is window meant"},
		{"password", "address,Password\na.example,S3cret!\n", 1, "Password", "no passwords"},
		{"password instead of a pin", "address,PIN\na.example,S3cret!\n", 2, "PIN", "no pin of a public key"},
		{"too many fields", "address,site\na.example,B,C\n", 2, "3", "3 fields, and 2 columns"},
		{"too few fields", "address,site,group\na.example,B\n", 2, "3", "2 fields, and 3 columns"},
		{"quote in the middle", "address,site\na.example,4\" pipe\n", 2, "at character", "quotes"},
		{"quote left open", "address,site\na.example,\"B\nb.example,C\n", 2, "in which a quote opens", "quotes"},
		{"text after a quote", "address,site\na.example,\"B\"C\n", 2, "at character", "quotes"},
		{"no address", "address,site\n,B\n", 2, "address", "no address"},
		{"no host", "address\nhttps://\n", 2, "address", "write a host"},
		{"spaces in an address", "address\nthe printer upstairs\n", 2, "address", "write a host"},
		{"device twice", "address\na.example\nb.example\nhttps://A.example/\n", 4, "address", "as in line 2"},
		{"serial number twice", "address,serial\na.example,X1\nb.example,x1\n", 3, "serial", "as in line 2"},
		{"serial number twice, zeros lost", "address,serial\na.example,0017\nb.example,17\n", 3, "serial", "as in line 2"},
		{"department ID", "address,dept-id\na.example,S3cret!\n", 2, "dept-id", "digits only"},
		{"number made a float", "address,serial\na.example,\"1,23E+11\"\n", 2, "serial", "spreadsheet"},
		{"neither yes nor no", "address,legacy-tls\na.example,maybe\n", 2, "legacy-tls", "yes or no"},
		{"port", "address,tls-ports\na.example,443 70000\n", 2, "tls-ports", "no port"},
		{"kind", "address,kind\na.example,signed\n", 2, "kind", "self-signed"},
		{"window", "address,window\na.example,22:00-05:00\n", 2, "window", "write for example"},
		{"password in two places", "address,password-env,password-file\na.example,A,b\n", 2, "password-file", "two places"},
		{"user and department", "address,user,dept-id\na.example,u,1\n", 2, "dept-id", "login form"},
		{"several lines", "address,site\na.example,\"B\nC\"\n", 2, "site", "several lines"},
	} {
		l, err := inventory.Read(strings.NewReader(tt.text))
		all := faults(t, err)
		if len(all) != 1 {
			t.Errorf("%s: %d faults: %v", tt.name, len(all), err)
			continue
		}
		f := all[0]
		if f.Line != tt.line || !strings.HasPrefix(f.Column, tt.column) || !strings.Contains(f.Error(), tt.says) || strings.Contains(f.Error(), "S3cret") {
			t.Errorf("%s: %v", tt.name, f)
		}
		if l != nil && slices.ContainsFunc(l.Entries, func(e inventory.Entry) bool { return e.Line == f.Line }) {
			t.Errorf("%s: the line is among the entries", tt.name)
		}
	}
	l, err := inventory.Read(strings.NewReader("address,kind\na.example,x\nb.example,\nc.example,y\n"))
	if n := len(faults(t, err)); n != 2 || len(l.Entries) != 1 {
		t.Errorf("%d faults, %+v", n, l)
	}
	l, err = inventory.Read(strings.NewReader("address,dept-id\na.example,0012345\nb.example,12346\n"))
	if err != nil || len(l.Notes) != 1 || l.Notes[0].Line != 3 || !strings.Contains(l.Notes[0].Text, "zeros") {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestEntry(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("fromfile\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("INVENTORY_TEST", "fromenv")
	l, err := inventory.Read(strings.NewReader("address,user,password-env,password-file,pin,site,group,window,kind,cn,external-keys,tls-ports,serial\n" +
		"a.example,admin,INVENTORY_TEST,," + pin + ",B,floor 2,22:00-05:00 UTC,self-signed,a.example,One|Two,5061 631,XYZ 01234\n" +
		"b.example,,," + file + ",,,,,,,,,\n" +
		"c.example,,INVENTORY_TEST_NOT_SET,,,,,,,,,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	a, b, c := &l.Entries[0], &l.Entries[1], &l.Entries[2]
	d, err := a.Device()
	if err != nil || d.URL != "a.example" || d.UserName != "admin" || d.Password.Reveal() != "fromenv" || d.Serial != "XYZ 01234" || len(d.Pins) != 1 || !slices.Equal(d.TLSPorts, []int{5061, 631}) {
		t.Errorf("%+v, %v", d, err)
	}
	of := &rekey.Options{Dir: "state", ExternalKeys: []string{"Zero"}}
	m := a.Member(of)
	if m.Options.Kind != rekey.SelfSigned || m.Options.CommonName != "a.example" || m.Options.Dir != "state" || !slices.Equal(m.Options.ExternalKeys, []string{"Zero", "One", "Two"}) ||
		m.Window == nil || !slices.Equal(m.Groups, []string{"site B", "group floor 2"}) {
		t.Errorf("%+v", m)
	}
	if of.Kind != "" || len(of.ExternalKeys) != 1 {
		t.Errorf("the fleet's options were changed: %+v", of)
	}
	for at, want := range map[string]string{"https://192.0.2.7:8443/": "subnet 192.0.2.0/24", "2001:db8::7": "subnet 2001:db8::/64", "a.example": ""} {
		if g := (&inventory.Entry{Address: at}).Member(nil).Groups; len(g) > 0 != (want != "") || len(g) > 0 && g[0] != want {
			t.Errorf("%s: %q", at, g)
		}
	}
	if d, err := b.Device(); err != nil || d.Password.Reveal() != "fromfile" || b.Member(of).Options != of {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := c.Device(); err == nil || len(faults(t, err)) != 1 {
		t.Errorf("%v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("address;site;\na.example;\"B\";\n")
	f.Add("sep=;\naddress\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := inventory.Read(strings.NewReader(text))
		faults(t, err)
		if l != nil {
			for _, e := range l.Entries {
				if e.Address == "" || e.Line == 0 {
					t.Errorf("%+v", e)
				}
			}
		}
	})
}

// A serial number that names no device is passed on as it is written, and told of.
func TestSerialThatIsNone(t *testing.T) {
	t.Parallel()
	l, err := inventory.Read(strings.NewReader("address,Serial Number\na.example,QLA00255\nb.example,n/a\nc.example,\nd.example,QLA-00 256 (new)\ne.example,****0255\n"))
	if err != nil || len(l.Entries) != 5 || len(l.Notes) != 2 {
		t.Fatalf("%v, %v", err, l)
	}
	for i, want := range []int{3, 6} {
		if n := l.Notes[i]; n.Line != want || n.Column != "Serial Number" || !strings.Contains(n.Text, "no serial number") {
			t.Errorf("%v", n)
		}
	}
}
