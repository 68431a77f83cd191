package scrub

import (
	"context"
	"fmt"
	"log/slog"
)

// Handler takes secrets out of what is logged.
func (s *Scrubber) Handler(next slog.Handler) slog.Handler { return &handler{next, s} }

type handler struct {
	slog.Handler
	s *Scrubber
}

// Handle cleans the message and all values.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, h.s.Message(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(h.clean(a))
		return true
	})
	return h.Handler.Handle(ctx, clean)
}

// WithAttrs cleans them.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	all := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		all[i] = h.clean(a)
	}
	return &handler{h.Handler.WithAttrs(all), h.s}
}

// WithGroup goes on with a group.
func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{h.Handler.WithGroup(name), h.s}
}

func (h *handler) clean(a slog.Attr) slog.Attr {
	switch v := a.Value.Resolve(); v.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(h.s.Message(v.String()))
	case slog.KindAny:
		a.Value = slog.StringValue(h.s.Message(fmt.Sprintf("%+v", v.Any())))
	case slog.KindGroup:
		var all []slog.Attr
		for _, of := range v.Group() {
			all = append(all, h.clean(of))
		}
		a.Value = slog.GroupValue(all...)
	default:
		a.Value = v
	}
	return a
}
