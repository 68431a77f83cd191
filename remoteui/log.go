package remoteui

import (
	"log/slog"
	"time"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// logAttrs describes a request by what cannot be secret: the path and how many
// fields went with it, never a value, a parameter, a query or a cookie.
func (t *transport) logAttrs(r *page.Request, status, size int, took time.Duration) []slog.Attr {
	return []slog.Attr{
		slog.String("method", r.Method),
		slog.String("path", t.secrets.Text(pathParameter.ReplaceAllString(r.URL.Path, "$1="+redacted))),
		slog.Int("fields", len(r.Fields)),
		slog.Int("status", status),
		slog.Int("bytes", size),
		slog.Duration("took", took),
	}
}
