package survey

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/internal/pages"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
	"github.com/rekey-go/rekey/usage"
)

// mayLack are items of menus, besides those of the usages, that not every device
// has, with the words of their names that are not translated. Where one is missing
// it is either that, or a label that reads otherwise.
var mayLack = map[remoteui.Label][]string{
	labels.SCEPSettings: {"scep"}, labels.SCEPCommunication: nil, labels.AutoRequestSettings: nil, labels.CertificateRequest: nil,
	labels.PrintJobs: nil, labels.FaxMemory: nil,
}

// lackOf says which words an item that is missing would hold, and the function
// whose key is at stake; nil: none is. ok is false if every device has the item.
func lackOf(item remoteui.Label) (words []string, of *usage.Function, ok bool) {
	for _, f := range usage.Functions() {
		if words, ok = f.Absent(item); !ok {
			continue
		}
		if f.PeopleRow == "" {
			of = f
		}
		return words, of, true
	}
	words, ok = mayLack[item]
	return words, nil, ok
}

// notFound says how it is with a page that nothing known leads to, and why.
//
// An item of a menu is taken for one that this device does not have if no item
// of that menu that is not known holds the function's name, and if nothing is
// lost should that be wrong: the key list says of every key what uses it, and no
// key is used for this. Where that cannot be told, every single item of the
// menu must be known. Else it may be there under a name that is not known, and
// is missed. Either way the items that are not known are told.
func (v *surveyor) notFound(ctx context.Context, n *pages.Page, err error) (state, reason string) {
	item := labelOf(err)
	reason = lacking(err)
	at := slices.Index(n.Path, item)
	if at < 0 || !remoteui.Lacks(err, item) {
		return pageMissing, reason
	}
	menu, err := v.s.Walk(ctx, n.Path[:at]...)
	if err != nil {
		return pageMissing, reason
	}
	strange := slices.DeleteFunc(menu.Actions(), menu.Knows)
	told := ""
	if len(strange) > 0 {
		told = fmt.Sprintf("; of %d items that are not known: %s", len(strange), quoted(strange[:min(len(strange), maxStrange)]))
	}
	if why := v.absent(ctx, item, strange); why != "" {
		return pageNotOffered, why + told
	}
	return pageMissing, reason + told
}

// maxStrange bounds how many items of a menu are told.
const maxStrange = 40

// absent says why an item is taken for absent; empty: it is not.
func (v *surveyor) absent(ctx context.Context, item remoteui.Label, strange []string) string {
	words, of, known := lackOf(item)
	named := slices.ContainsFunc(strange, func(text string) bool {
		plain := strings.ToLower(strings.Join(strings.Fields(text), ""))
		return slices.ContainsFunc(words, func(name string) bool { return strings.Contains(plain, name) })
	})
	if !known || named {
		return ""
	}
	state := unused
	if of != nil {
		state = v.inUse(ctx, of)
	}
	// The key of the device signature does not tell that mail is encrypted.
	sure := len(strange) == 0 && (state != used || of != nil && of.InPlace)
	switch {
	case sure:
		return fmt.Sprintf("no item of its menu reads like %s, and all are known", item)
	case state != unused:
		return ""
	case of != nil:
		return fmt.Sprintf("no item of its menu reads like %s, and no key is used for it", item)
	}
	return fmt.Sprintf("no item of its menu reads like %s", item)
}

type useState int

const (
	useUnknown useState = iota
	used
	unused
)

// inUse tells whether a key is used for something, by the key list. Of the
// device signature the key itself tells: it has that use only. // W-5
func (v *surveyor) inUse(ctx context.Context, f *usage.Function) useState {
	if v.keys == nil {
		list, err := keys.ReadList(ctx, v.s)
		if err != nil {
			list = &keys.List{}
		}
		v.keys = list
	}
	told := len(v.keys.Entries) > 0
	for _, k := range v.keys.Entries {
		if k.UsedBy(f.Use) || f.InPlace && k.Name == keys.DeviceSignatureKey {
			return used
		}
		told = told && k.UseText == ""
	}
	// A list without a column of uses shows no use at all; that of TLS is always there.
	if !told || !slices.ContainsFunc(v.keys.Entries, func(k keys.Entry) bool { return k.UsedBy(keys.UseTLS) }) {
		return useUnknown
	}
	return unused
}
