package dom

import (
	"cmp"
	"fmt"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
)

// utf8Name is the charset of pages that say none.
const utf8Name = "UTF-8"

// charsetNames are the names of charsets as browsers write them where that is
// not as in the index, which has lower case.
var charsetNames = map[string]string{
	"utf-8": utf8Name, "utf-16be": utf8Name, "utf-16le": utf8Name, "replacement": utf8Name, // forms are never sent in UTF-16
	"shift_jis": "Shift_JIS", "euc-jp": "EUC-JP", "iso-2022-jp": "ISO-2022-JP", "euc-kr": "EUC-KR", "big5": "Big5", "gbk": "GBK",
}

// CharsetName is the name by which a charset is sent for one of its labels;
// empty where the label is of none. ISO-8859-1 is a label of windows-1252.
func CharsetName(label string) string {
	e, err := htmlindex.Get(strings.TrimSpace(label))
	if err != nil {
		return ""
	}
	name, err := htmlindex.Name(e)
	if err != nil {
		return ""
	}
	if known, ok := charsetNames[name]; ok {
		return known
	}
	return name
}

// FormCharset names the charset that a form is sent in: the first known one of
// its accept-charset, else the page's.
func (d *Document) FormCharset(form *html.Node) string {
	for label := range strings.FieldsSeq(Attr(form, "accept-charset")) {
		if name := CharsetName(strings.Trim(label, ",")); name != "" {
			return name
		}
	}
	return d.CharsetName()
}

// CharsetName names the page's charset.
func (d *Document) CharsetName() string { return cmp.Or(d.Charset, utf8Name) }

// Encode writes s in a charset. What the charset does not have becomes a
// numeric reference, as in browsers.
func Encode(charset, s string) string {
	if charset == "" || charset == utf8Name {
		return s
	}
	e, err := htmlindex.Get(charset)
	if err != nil {
		return s
	}
	encoded, err := encoding.HTMLEscapeUnsupported(e.NewEncoder()).String(s)
	if err != nil {
		return s
	}
	return encoded
}

// encodeQuery percent-encodes the query of an address, in the page's charset.
// Octets that are encoded already stay.
func encodeQuery(charset, query string) string {
	query = Encode(charset, query)
	var b strings.Builder
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c > '~' || strings.IndexByte(`"#'<>`, c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
