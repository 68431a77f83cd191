package remoteui_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui"
)

func TestProfileMistakesNameTheirLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"empty", "# nothing\n", "says nothing"},
		{"before a section", "key-list = x", "p:1: stands before any [device]"},
		{"unknown section", "[lables ja]\nkey-list = x", `p:1: section "lables ja" is not known`},
		{"unclosed", "[labels ja\n", "p:1: section without ]"},
		{"language", "[labels japanese language]\n", "p:1: want [labels LANGUAGE]"},
		{"label", "[labels ja]\n\nkey-lst = x", `p:3: label "key-lst" is not known: key-list?`},
		{"page label", "[page tls-setings]\nurl = /x", `p:1: label "tls-setings" is not known: tls-settings?`},
		{"no value", "[labels ja]\nkey-list =\n", "p:2: want NAME = VALUE"},
		{"no equals", "[labels ja]\nkey-list\n", "p:2: want NAME = VALUE"},
		{"the same text twice", "[labels ja]\nkey-list = 鍵\nkey-list = 鍵 :", "p:3: the same text for key-list stands in line 2 already"},
		{"added and replaced", "[labels ja]\nkey-list = a\nkey-list := b", "p:3: label key-list is added to and replaced (line 2)"},
		{"nothing to compare", "[labels ja]\nkey-list = :", "p:2: text \":\" has nothing"},
		{"long text", "[labels ja]\nkey-list = " + strings.Repeat("x", 201), "p:2: text of more than 200 characters"},
		{"long line", "[labels ja]\nkey-list = " + strings.Repeat("x", 1001), "p:2: is longer than 1000 bytes"},
		{"not UTF-8", "[labels ja]\nkey-list = \xff\xfe", "p:2: is not UTF-8"},
		{"control character", "[labels ja]\nkey-list = a\x1bb", "p:2: holds the invisible character U+001B"},
		{"bidirectional override", "[labels ja]\nkey-list = a\u202eb", "p:2: holds the invisible character U+202E"},
		{"zero width", "[labels ja]\nkey-list = a\u200bb", "p:2: holds the invisible character U+200B"},
		{"device twice", "[device]\nfamily = ir-adv\n[device]\n", "p:3: [device] stands in line 1 already"},
		{"unknown device key", "[device]\nvendor = x\n", `p:2: "vendor" is not known here`},
		{"family", "[device]\nfamily = big\n", `p:2: family "big" is not known`},
		{"model", "[device]\nmodel = i*R\n", "p:2: model: a * may stand at the end only"},
		{"version", "[device]\ncontroller = new\n", `p:2: controller "new": want a version`},
		{"versions turned", "[device]\ncontroller = 38 - 37\n", "p:2: controller \"38 - 37\": the second version is older"},
		{"page twice", "[page tls-settings]\nurl = /a\n[page tls-settings]\n", "p:3: [page tls-settings] stands in line 1 already"},
		{"url twice", "[page tls-settings]\nurl = /a\nurl = /b\n", "p:3: url of this page stands in line 2 already"},
		{"other host", "[page tls-settings]\nurl = https://elsewhere.example/a\n", "p:2: address \"https://elsewhere.example/a\": want a path"},
		{"other host without scheme", "[page tls-settings]\nurl = //elsewhere.example/a\n", "p:2: address \"//elsewhere.example/a\": want a path"},
		{"backslash", "[page tls-settings]\nurl = /\\elsewhere.example\n", "p:2: address"},
		{"script", "[page tls-settings]\nurl = javascript:alert(1)\n", "p:2: address"},
		{"climbing", "[page tls-settings]\nurl = /rps/../x\n", "p:2: address"},
		{"an address that acts", "[page tls-settings]\nurl = /rps/x.cgi?Flag=Exec_Data\n", "p:2: address \"/rps/x.cgi?Flag=Exec_Data\" would do something"},
		{"address of a button", "[page delete]\nurl = /x\n", "p:2: page delete is not reached by an address"},
		{"url of a path", "[page /rps/x.cgi]\nurl = /y\n", "p:2: url belongs below [page LABEL]"},
		{"pin without name", "[page tls-settings]\nfield use-tls = usetls\n", "p:2: want field use-tls = name NAME"},
		{"pin of what", "[page tls-settings]\nlink use-tls = id a\n", `p:2: "link use-tls" is not known here`},
		{"pin twice", "[page tls-settings]\nfield use-tls = id a\nfield use-tls = id b\n", "p:3: this field of this page stands in line 2 already"},
		{"replaced outside labels", "[page tls-settings]\nurl := /a\n", "p:2: := replaces texts of labels"},
		{"pin of what finds the model", "[device]\nmodel = X1*\n[page device-information]\nvalue controller = id v\n", "p:4: the pin of controller cannot be for some models only"},
		{"address of what finds the model", "[device]\nmodel = X1*\n[page device-information]\nurl = /v\n", "p:4: the address of device-information"},
		{"replacing what finds the model", "[device]\ncontroller = 1\n[labels en]\ncontroller := C\n", "p:4: the only text of controller"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := remoteui.ParseProfile("p", strings.NewReader(c.text))
			if _, ok := errors.AsType[*remoteui.ProfileError](err); !ok || p != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("profile %v, error %v, want %q", p, err, c.want)
			}
		})
	}
}

func TestProfileNamesAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	text := "[device]\nvendor = x\n[labels ja]\nnone = x\nkey-list = y\nkey-list = y\n"
	_, err := remoteui.ParseProfile("p", strings.NewReader(text))
	e, ok := errors.AsType[*remoteui.ProfileError](err)
	if !ok || len(e.Problems) != 3 || e.Problems[0].Line != 2 || e.Problems[1].Line != 4 || e.Problems[2].Line != 6 {
		t.Fatalf("got %+v", err)
	}
	_, err = remoteui.ParseProfile("p", strings.NewReader("[labels ja]\n"+strings.Repeat("none = x\n", 300)))
	if n := strings.Count(err.Error(), "\n"); n > 30 || !strings.Contains(err.Error(), "and 280 more") {
		t.Errorf("message of %d lines", n)
	}
	if _, err = remoteui.ParseProfile("p", strings.NewReader(strings.Repeat("#", 1<<20))); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("a large file: %v", err)
	}
}

func TestProfileOfEveryStatement(t *testing.T) {
	t.Parallel()
	text := "\ufeff# made by hand\r\n[device]\r\nmodel = iR-ADV C55*\r\ncontroller = 37.00 -\r\nfamily = ir-adv\r\n" +
		"[labels ja]\r\nkey-list := 鍵の管理\r\nkey-list := 鍵=証明書\r\n[labels *]\r\nok = Go\r\n" +
		"[page tls-settings]\r\nurl = /rps/x.cgi?Flag=Init_Data&PageFlag=t.tpl\r\nbutton key-and-certificate = id b1\r\n" +
		"[page /rps/y.cgi?PageFlag=z.tpl]\r\nfield key-name = name k[]\r\n"
	p, err := remoteui.ParseProfile("p", strings.NewReader(text))
	if err != nil || p.Name() != "p" {
		t.Fatalf("%v, %v", p, err)
	}
	if _, err := remoteui.LoadProfile("no such file"); err == nil {
		t.Error("a missing file was read")
	}
}

func FuzzParseProfile(f *testing.F) {
	f.Add("[labels ja]\nkey-list = x\n[page tls-settings]\nurl = /a?b=c\nfield ok = id x\n[device]\nmodel = a*\ncontroller = 1-2\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := remoteui.ParseProfile("p", strings.NewReader(text))
		if (p == nil) == (err == nil) {
			t.Fatalf("%v, %v", p, err)
		}
		if err != nil {
			_ = err.Error()
		}
	})
}
