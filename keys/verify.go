package keys

import (
	"context"
	"fmt"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// VerifyCertificate presses [Verify Certificate] on a key's details page and
// returns what the device says. No public document shows its words, so they
// are for people; nothing is decided by them. // D-3
func VerifyCertificate(ctx context.Context, s *remoteui.Session, name string) (string, error) {
	_, live, err := openListAt(ctx, s, nil, name)
	if err != nil {
		return "", err
	}
	_, p, err := live.details(ctx, name)
	if err != nil {
		return "", err
	}
	shown := p.Text()
	answer, err := p.Follow(ctx, labels.VerifyCertificate, remoteui.Where{Confirm: true})
	if said, is := pressed(err); is {
		return said, nil
	}
	if err != nil {
		return "", fmt.Errorf("certificate of key %q: %w", name, err)
	}
	return answer.NewWords(shown), nil
}
