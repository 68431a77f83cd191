package events

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/rekey-go/rekey"
)

// DefaultBuffer is how many lines wait for a writer before progress is dropped: some
// 300 bytes each.
const DefaultBuffer = 10_000

// Stream writes records to a writer that may be slow, or stand still.
type Stream struct {
	now    func() time.Time
	buffer int
	done   chan struct{} // the writer has ended

	mu      sync.Mutex
	more    sync.Cond
	queue   []Record
	seq     uint64
	gap     uint64 // dropped since the last line that was queued
	dropped uint64
	results int
	closed  bool
	err     error
}

// NewStream begins a stream. buffer is how many lines may wait; zero:
// [DefaultBuffer]. [Stream.Close] ends it.
func NewStream(w io.Writer, buffer int) *Stream {
	if buffer <= 0 {
		buffer = DefaultBuffer
	}
	s := &Stream{now: time.Now, buffer: buffer, done: make(chan struct{})}
	s.more.L = &s.mu
	go s.write(w)
	return s
}

// OnEvent is for [rekey.Options].OnEvent: it waits for nobody.
func (s *Stream) OnEvent(e rekey.Event) { s.put(OfEvent(e)) }

// Put adds a record of [OfReport] or [OfAssessment], or one of one's own; it sets
// Seq, and Version and Time where they are zero. A [KindResult] is never dropped.
func (s *Stream) Put(r Record) { s.put(r) }

func (s *Stream) put(r Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seq++
	r.Seq = s.seq
	if r.Version == 0 {
		r.Version = Version
	}
	if r.Time.IsZero() {
		r.Time = s.now().UTC()
	}
	if r.Kind == KindResult {
		s.results++
	}
	if s.closed || s.err != nil || len(s.queue) >= s.buffer && r.Kind != KindResult && r.Kind != KindEnd {
		s.gap++
		s.dropped++
		return
	}
	if s.gap > 0 {
		s.queue = append(s.queue, Record{
			Version: Version, Seq: r.Seq - 1, Time: r.Time, Kind: KindDropped,
			Text: fmt.Sprintf("%d lines are missing before this one: whoever reads them was too slow", s.gap), Fields: &Fields{Dropped: s.gap},
		})
		s.gap = 0
	}
	s.queue = append(s.queue, r)
	s.more.Signal()
}

// Dropped is how many lines were dropped until now.
func (s *Stream) Dropped() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropped
}

// Close writes what waits, and a last line that says how much was dropped. It waits
// for the writer until ctx ends; the error says that lines are missing, and why.
func (s *Stream) Close(ctx context.Context) error {
	s.mu.Lock()
	f := &Fields{Devices: s.results, Dropped: s.dropped}
	s.mu.Unlock()
	s.put(Record{Kind: KindEnd, Fields: f})
	s.mu.Lock()
	s.closed = true
	s.more.Signal()
	s.mu.Unlock()
	select {
	case <-s.done:
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.done:
		if s.err != nil {
			return fmt.Errorf("events: lines are missing: %w", s.err)
		}
		return nil
	default:
		return fmt.Errorf("events: %d lines were not taken: %w", len(s.queue), context.Cause(ctx))
	}
}

// write is the one goroutine that waits for the writer.
func (s *Stream) write(w io.Writer) {
	defer close(s.done)
	out := bufio.NewWriter(w)
	for {
		s.mu.Lock()
		for len(s.queue) == 0 && !s.closed {
			s.more.Wait()
		}
		batch, closed := s.queue, s.closed
		s.queue = nil
		s.mu.Unlock()
		err := encode(out, batch)
		s.mu.Lock()
		if s.err == nil {
			s.err = err
		}
		if s.err != nil {
			s.dropped += uint64(len(s.queue))
			s.queue = nil
		}
		end := closed && len(s.queue) == 0
		s.mu.Unlock()
		if end {
			return
		}
	}
}

func encode(out *bufio.Writer, batch []Record) error {
	for _, r := range batch {
		line, err := json.Marshal(r)
		if err != nil {
			return err
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return out.Flush()
}
